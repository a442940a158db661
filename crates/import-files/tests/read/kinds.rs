//! Files that used to be stored as something they are not, by kind of fault. Each input stands for its kind.

use strongroom_import_files::{
    Contents, CsvOptions, Format, Items, Limits, NameOptions, Options, judge, read,
};

use super::expect::{good, notes, problems, value, values};

fn named(name: &str) -> Options {
    Options { file_name: Some(name.to_owned()), ..Options::default() }
}

fn messages(contents: &Contents) -> Vec<String> {
    judge(contents, &Limits::default()).into_iter().map(|problem| problem.message.into_owned()).collect()
}

/// Nothing of the file is stored, whatever is left out: one problem about the file, with what to do.
fn rejected(text: &str, name: &str, code: &str, says: &str) {
    let contents = read(text, &named(name));
    let found = judge(&contents, &Limits::default());
    assert_eq!(found.len(), 1, "{text}: {:?}", messages(&contents));
    assert_eq!((found[0].entry, found[0].code.as_str()), (None, code), "{text}");
    assert!(found[0].message.contains(says), "{text}: {}", found[0].message);
    assert_eq!(contents.entries.len(), 0, "{text}");
}

fn noted(contents: &Contents, line: usize, says: &str) {
    let found = notes(contents).into_iter().any(|(at, message)| at == line && message.contains(says));
    assert!(found, "{says}: {:?}", notes(contents));
}

#[test]
fn lists_without_values_name_the_command_that_gives_them() {
    for (text, says) in [
        (r#"{"SecretList": [{"ARN": "arn:aws:secretsmanager:x", "Name": "a"}]}"#, "batch-get-secret-value"),
        (r#"{"SecretList": []}"#, "batch-get-secret-value"),
        (
            r#"[{"attributes": {"enabled": true}, "id": "https://v.vault.azure.net/secrets/a", "name": "a"}]"#,
            "az keyvault secret show",
        ),
        (r#"[{"createTime": "t", "name": "projects/1/secrets/a"}]"#, "versions access"),
        (r#"{"secrets": [{"name": "projects/1/secrets/a", "createTime": "t"}]}"#, "versions access"),
        (r#"{"name": "projects/1/secrets/a/versions/2", "state": "ENABLED"}"#, "versions access"),
        (r#"[{"id": "x", "title": "web", "vault": {"id": "v"}, "category": "LOGIN"}]"#, "op item get"),
        (r#"["app/", "db"]"#, "vault kv get"),
        (r#"[{"Name": "A", "Digest": "d", "CreatedAt": "t"}]"#, "Fly.io"),
        (r#"[{"name": "A", "updatedAt": "t"}]"#, "GitHub"),
        (r#"{"total_count": 1, "secrets": [{"name": "A", "created_at": "t"}]}"#, "GitHub"),
        (r#"[{"ID": "x", "CreatedAt": "t", "Spec": {"Name": "a"}}]"#, "Docker"),
        (
            r#"{"secrets": [{"id": "u", "name": "a", "state": "ENABLED", "create_time": 1}]}"#,
            "strongroom export",
        ),
        ("- createTime: t\n  name: projects/1/secrets/a\n", "versions access"),
        ("arn:aws:secretsmanager:eu-west-1:1:secret:a\t1700000000.0\ta\tx\tv1\n", "--output json"),
        ("NAME   TYPE     DATA   AGE\ndb     Opaque   2      3d\n", "kubectl get secret"),
        ("====== Data ======\nKey    Value\n---    -----\na      x\n", "-format=json"),
        ("NAME  CREATED  REPLICATION_POLICY  LOCATIONS\na  t  automatic  -\n", "versions access"),
        ("ID   TITLE   VAULT   EDITED\nx    web     Prod    now\n", "op item get"),
        ("┌──────┬───────┐\n│ NAME │ VALUE │\n", "JSON"),
        ("<!DOCTYPE html>\n<html></html>\n", "HTML"),
    ] {
        rejected(text, "list", "INCOMPLETE", says);
    }
}

#[test]
fn outputs_of_unknown_programs_are_not_names_with_values() {
    for (text, says) in [
        (r#"{"users": [{"name": "a", "password": "x"}]}"#, "`users`"),
        (r#"{"createdAt": "t", "updatedAt": "t", "password": "x"}"#, "`createdAt`, `updatedAt`"),
        (r#"{"data": {"password": "x"}}"#, "`data`"),
        (r#"[{"uuid": "1", "label": "a", "secret": "x"}]"#, "`uuid`"),
        ("createdAt: t\netag: x\npassword: y\n", "`createdAt`"),
        (r#"{"Namespace": "default", "Path": "app", "CreateIndex": 1, "Items": {"a": "x"}}"#, "`Namespace`"),
        (
            r#"{"$schema": "https://schema.management.azure.com/x", "parameters": {"a": {"value": "x"}}}"#,
            "`$schema`",
        ),
    ] {
        rejected(text, "x", "INCOMPLETE", says);
    }
    // Entries in our own form are never such a list, whatever their names are.
    let own = r#"{"secrets": [{"name": "projects/1/secrets/a", "secret_string": "x"}]}"#;
    assert_eq!(values(&read(own, &Options::default())), [(1, "projects/1/secrets/a", "x")]);
    // The same when it is chosen as what it looks like.
    let options = Options { format: Some(Format::Json), ..Options::default() };
    assert_eq!(
        values(&good(r#"{"data": {"password": "x"}}"#, &options)),
        [(1, "data", r#"{"password": "x"}"#)]
    );
}

#[test]
fn members_beside_secrets_are_a_problem() {
    for (text, line) in [
        ("{\"db_password\": \"s3cret\", \"secrets\": {\"a\": \"x\"}}", 1),
        ("{\n  \"secrets\": {\"a\": \"x\"},\n  \"KEY\": \"k\", \"OTHER\": \"k\"\n}", 3),
        ("DB: x\nsecrets:\n  a: x\n", 1),
        ("{\"more\": 1, \"secrets\": [{\"name\": \"a\", \"value\": \"x\"}]}", 1),
    ] {
        let contents = read(text, &Options::default());
        let found = problems(&contents);
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!((found[0].0, found[0].2, found[0].4), (line, None, "UNKNOWN_FIELD"), "{text}");
    }
    // With all names on one level, `secrets` is a name like the others.
    let flat = Options { flatten: Some(".".to_owned()), ..Options::default() };
    let contents = good(r#"{"db": "s3cret", "secrets": {"a": "x"}}"#, &flat);
    assert_eq!(values(&contents), [(1, "db", "s3cret"), (1, "secrets.a", "x")]);
}

#[test]
fn encrypted_files_name_the_command_that_decrypts_them() {
    for (text, says) in [
        (
            "A=ENC[AES256_GCM,data:Zm9v,iv:aQ==,tag:dA==,type:str]\nsops_version=3.9.0\nsops_mac=ENC[AES256_GCM,data:x]\n",
            "sops decrypt",
        ),
        ("[db]\na = ENC[AES256_GCM,data:x]\n[sops]\nmac = ENC[AES256_GCM,data:x]\n", "sops decrypt"),
        (
            "a: ENC[AES256_GCM,data:x]\nsops:\n  mac: ENC[AES256_GCM,data:x]\n  version: 3.9.0\n",
            "sops decrypt",
        ),
        (
            "{\"a\": \"ENC[AES256_GCM,data:x]\", \"sops\": {\"lastmodified\": \"t\", \"mac\": \"m\"}}",
            "sops decrypt",
        ),
        ("DOTENV_PUBLIC_KEY_PRODUCTION=\"03ab\"\nA=\"encrypted:BE3abc==\"\n", "dotenvx decrypt"),
        ("$ANSIBLE_VAULT;1.1;AES256\n6162\n", "ansible-vault view"),
        ("-----BEGIN AGE ENCRYPTED FILE-----\nYQ==\n-----END AGE ENCRYPTED FILE-----\n", "age --decrypt"),
        ("-----BEGIN PGP MESSAGE-----\n\nhQ==\n-----END PGP MESSAGE-----\n", "gpg --decrypt"),
        ("U2FsdGVkX19abcdef\n", "openssl enc"),
        ("q0abcDEF123==--abcDEF==--ghiJKL==\n", "credentials:show"),
        ("eyJhbGciOiJkaXIifQ..aXY.Y3Q.dGFn\n", "JWE"),
        ("{\"encrypted\": true, \"salt\": \"c2FsdA==\", \"data\": \"2.a|b|c\"}", "bw export"),
        ("{\"encrypted\": true, \"items\": [{\"name\": \"2.a|b|c\"}]}", "bw export"),
        ("{\"_public_key\": \"ab\", \"password\": \"EJ[1:x:y:z]\"}", "ejson decrypt"),
        (
            "{\"id\": \"x\", \"password\": {\"encrypted_data\": \"x\", \"iv\": \"y\", \"version\": 3}}",
            "knife data bag show",
        ),
        ("encryptionsalt: v1:x\nconfig:\n  app:password:\n    secure: v1:y\n", "pulumi config"),
        (
            "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: a}\nspec: {encryptedData: {p: AgB}}\n",
            "kubectl get secret",
        ),
        (
            "---\napiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: a}\n",
            "kubectl get secret",
        ),
    ] {
        for name in ["x", "x.env", "x.yaml", "x.json"] {
            rejected(text, name, "ENCRYPTED", says);
        }
    }
}

#[test]
fn encrypted_values_are_rejected_one_by_one() {
    for (encrypted, says) in [
        ("ENC[AES256_GCM,data:Zm9v,iv:aQ==,tag:dA==,type:str]", "sops"),
        ("ENC[PKCS7,MIIBeQYJ]", "eyaml"),
        ("ENC[GPG,hQEMA]", "eyaml"),
        ("EJ[1:a:b:c]", "ejson"),
        ("ENC(nrmZtkF7T0kjG/VodDvBw93Ct8EgjCA+)", "Jasypt"),
        ("encrypted:BE3abcDEF==", "dotenvx"),
        ("{cipher}682bc583", "Spring"),
        ("vault:v1:8SDd3WHDOjf7mq69CyCqYjBXAiQQAVZRkFM13ok481zoCmHnSeDX9vyf7w==", "transit"),
        ("U2FsdGVkX1+abcd", "openssl"),
        ("2.AAAAAAAAAAAAAAAAAAAAAA==|BBBBBBBBBBBBBBBBBBBBBB==|CCCCCCCCCCCCCCCCCCCCCC==", "Bitwarden"),
        ("(sensitive value)", "printed this in place of the value"),
        ("<sensitive>", "printed this in place of the value"),
        ("[REDACTED]", "printed this in place of the value"),
        ("<concealed by 1Password>", "printed this in place of the value"),
        ("********", "printed this in place of the value"),
    ] {
        let texts = [
            format!("A='{encrypted}'\nB=x\n"),
            format!("A: '{encrypted}'\nB: x\n"),
            format!("{{\"A\": \"{encrypted}\", \"B\": \"x\"}}"),
            format!("name,value\nA,\"{encrypted}\"\nB,x\n"),
        ];
        for text in texts {
            let contents = read(&text, &Options::default());
            let found = judge(&contents, &Limits::default());
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!((found[0].entry, found[0].field), (Some(0), "secret_string"), "{text}");
            assert!(found[0].message.contains(says), "{text}: {}", found[0].message);
        }
        // Whoever names the field means this text.
        let text = format!("{{\"secrets\": [{{\"name\": \"A\", \"secret_string\": \"{encrypted}\"}}]}}");
        assert_eq!(values(&good(&text, &Options::default())), [(1, "A", encrypted)]);
    }
    let nested = r#"{"db": {"password": "ENC[AES256_GCM,data:x]", "user": ["a"]}}"#;
    assert_eq!(problems(&read(nested, &Options::default())), [(1, 8, Some(0), "secret_string", "ENCRYPTED")]);
    for plain in
        ["ENC", "ENCODED", "encrypted: no", "vault:v1", "2.0", "2.a|b|c", "<none>", "(x)", "**", "[a]"]
    {
        let text = format!("A='{plain}'\n");
        assert_eq!(values(&good(&text, &Options::default())), [(1, "A", plain)]);
    }
}

#[test]
fn references_to_other_stores_are_noted() {
    for reference in [
        "op://vault/item/password",
        "vault:secret/data/app#password",
        "ref+vault://secret/app#/password",
        "arn:aws:secretsmanager:eu-west-1:1:secret:a",
        "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/a)",
        "{{resolve:secretsmanager:a}}",
        "projects/1/secrets/a/versions/latest",
        "${{ secrets.A }}",
        "{{ op://vault/item/field }}",
    ] {
        let contents = good(&format!("B=x\nA='{reference}'\n"), &Options::default());
        assert_eq!(values(&contents)[1], (2, "A", reference));
        noted(&contents, 2, "refers to a secret in another store");
    }
}

#[test]
fn text_behind_a_comment_sign_is_never_lost_silently() {
    for (text, name, line) in [
        ("A=x\nCOLOR=#FF0000\n", "x.env", 2),
        ("A=x\nexport PASSWORD=#S3cret!\n", "x.env", 2),
        ("A=x\nB= # fill me in\n", "x.env", 2),
        ("a: x\npassword: #S3cret!\n", "x.yaml", 2),
        ("a: x\n\"password\":   #S3cret!\nb: y\n", "x.yaml", 2),
        ("a: x\npassword: #S3cret!", "x.yaml", 2),
    ] {
        let found = problems(&read(text, &named(name)));
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!((found[0].0, found[0].2, found[0].3), (line, Some(1), "secret_string"), "{text}");
    }
    for (text, name, kept, line) in [
        ("A=x\nB=y #z\n", "x.env", "y", 2),
        ("a: x\nb: y #z\n", "x.yaml", "y", 2),
        ("a: x\nb: y # z\nc: d\n", "x.yaml", "y", 2),
    ] {
        let contents = good(text, &named(name));
        assert_eq!(values(&contents)[1].2, kept, "{text}");
        noted(&contents, line, "is left out");
    }
    let contents = good("a: x\nb: #y\n  z\nc: w\n", &named("x.yaml"));
    assert_eq!(values(&contents)[1].2, "z");
    noted(&contents, 2, "is left out");
    let flat = Options { flatten: Some(".".to_owned()), ..named("x.yaml") };
    assert_eq!(problems(&read("a:\n  - x\n  - #y\n", &flat)).len(), 1);
    // Nothing is lost here, so nothing is said.
    for (text, name) in [
        ("A='x' # y\nB=x#y\n# z\n", "x.env"),
        ("a: 'x' # y\nb: x#y\n# z\nc:\n  |\n  x # y\n", "x.yaml"),
        ("# a\nb: x\n  # c\nd: [] # e\n", "y.yaml"),
    ] {
        let contents = read(text, &named(name));
        assert!(
            notes(&contents).iter().all(|(_, message)| !message.contains('#')),
            "{text}: {:?}",
            notes(&contents)
        );
    }
    let contents = good("a=x #y\n[s]\nb=x ;y\n", &named("x.ini"));
    assert_eq!(values(&contents), [(1, "a", "x #y"), (3, "s.b", "x ;y")]);
    noted(&contents, 1, "part of the value");
    assert_eq!(values(&good("a=x #y\n", &named("x.properties"))), [(1, "a", "x #y")]);
}

#[test]
fn signs_of_yaml_never_take_a_value_away() {
    for (value, says) in [
        ("&S3cret", "starts with &"),
        ("&abc def", "starts with &"),
        ("!S3cret", "starts with !"),
        ("!", "starts with !"),
        ("! x", "starts with !"),
        ("!!int 3", "starts with !"),
        ("*S3cret", "starts with *"),
        ("!vault |\n    $ANSIBLE_VAULT;1.1;AES256\n    6162", "ansible"),
    ] {
        for text in [format!("a: x\npassword: {value}\nb: y\n"), format!("a: x\npassword: {value}")] {
            let contents = read(&text, &named("x.yaml"));
            let found = problems(&contents);
            assert_eq!(found.len(), 1, "{text}: {:?}", messages(&contents));
            assert_eq!((found[0].2, found[0].3), (Some(1), "secret_string"), "{text}");
            assert!(messages(&contents)[0].contains(says), "{text}: {:?}", messages(&contents));
            assert!(value_of(&contents, 1).is_none(), "{text}");
        }
    }
    // A mark on a map names no value.
    assert_eq!(problems(&read("secrets: &all\n  a: x\n", &named("x.yaml"))), []);
    let contents = good("a: null\nb: ~\n", &named("x.yaml"));
    assert_eq!(values(&contents), [(1, "a", "null"), (2, "b", "~")]);
    noted(&contents, 1, "taken as this text");
}

fn value_of(contents: &Contents, index: usize) -> Option<&str> {
    contents.entries.get(index).and_then(value)
}

#[test]
fn a_carriage_return_alone_ends_a_line_in_every_format() {
    for (text, name) in [
        ("A=1\rB=2\rC=3\r", "x.env"),
        ("name,value\rA,1\rB,2\rC,3", "x.csv"),
        ("A: 1\rB: 2\rC: 3\r", "x.yaml"),
        ("A=1\rB=2\rC=3\r", "x.properties"),
        ("A=1\rB=2\rC=3\r", "x.ini"),
        ("A = 1\rB = 2\rC = 3\r", "x.toml"),
        ("A = 1\rB = 2\rC = 3\r", "x.tfvars"),
        ("{\"A\": 1,\r\"B\": 2,\r\"C\": 3}", "x.json"),
    ] {
        for end in ["\r", "\r\n", "\n"] {
            let text = text.replace('\r', end);
            let contents = good(&text, &named(name));
            let first = contents.entries[0].line;
            let lines: Vec<_> = contents.entries.iter().map(|entry| entry.line - first).collect();
            assert_eq!(lines, [0, 1, 2], "{name} {end:?}");
            let read: Vec<_> = values(&contents).into_iter().map(|(_, name, value)| (name, value)).collect();
            assert_eq!(read, [("A", "1"), ("B", "2"), ("C", "3")], "{name} {end:?}");
        }
    }
    let contents = read("name,value\rA,1\rb b,2\r", &named("x.csv"));
    assert_eq!(problems(&contents)[0].0, 3);
    let contents = read("A: 1\rB: *x\r", &named("x.yaml"));
    assert_eq!((problems(&contents)[0].0, problems(&contents)[0].1), (2, 4));
}

#[test]
fn shell_syntax_is_read_as_a_shell_does_or_is_a_problem() {
    for (text, expected) in [
        ("A=$'line one\\nline two'\n", "line one\nline two"),
        ("A=$'it\\'s'\n", "it's"),
        ("declare -x A=\"x y\"\n", "x y"),
        ("typeset -x A='x'\n", "x"),
        ("readonly A=x\n", "x"),
        ("A=s3cret; export A\n", "s3cret"),
        ("A=s3cret;export A;\n", "s3cret"),
        ("A='s3 cret'; export A\n", "s3 cret"),
        ("A=$\"x\"\n", "x"),
        ("A=Server=db;User=x;Password=y;\n", "Server=db;User=x;Password=y;"),
    ] {
        assert_eq!(values(&good(text, &Options::default())), [(1, "A", expected)], "{text}");
    }
    for text in [
        "export A=1 B=2\nZ=z\n",
        "A=1; export A B=2\nZ=z\n",
        "A=x \\\n  -Dpassword=y \\\n  -Dhost=z\nZ=z\n",
        "A=x\\\nMIIab=\\\nZZ==\\\nend=\nZ=z\n",
        "A=\"x\\\ny\"\nZ=z\n",
        "A=$'\\xff'\nZ=z\n",
        "A=-----BEGIN KEY-----\nMIIab=\nZZ==\n-----END KEY-----\nZ=z\n",
        "A=(a b c)\nZ=z\n",
        "A=$(cat x | \nZ=z\n",
    ] {
        let contents = read(text, &Options::default());
        let found = problems(&contents);
        assert_eq!(found.len(), 1, "{text}: {:?}", messages(&contents));
        assert_eq!((found[0].0, found[0].2), (1, Some(0)), "{text}");
        // No secret is made of what follows.
        let names: Vec<_> = contents.entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["A", "Z"], "{text}");
    }
    for text in ["set A=x\n", "setenv A=x\n", "$env:A = \"x\"\n"] {
        let contents = read(text, &Options { format: Some(Format::Env), ..Options::default() });
        assert!(messages(&contents)[0].contains("another kind of shell"), "{text}");
        assert_eq!(contents.entries.len(), 0);
    }
    noted(&good("A=a\\ b\n", &Options::default()), 1, "Backslashes are kept");
    let contents = read("[s]\nA = -----BEGIN KEY-----\nMIIab=\n-----END KEY-----\nZ = z\n", &named("x.ini"));
    let names: Vec<_> = contents.entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!((names, problems(&contents).len()), (vec!["s.A", "s.Z"], 1));
    let contents = good("A=host=db user=x\n", &Options::default());
    assert_eq!(values(&contents), [(1, "A", "host=db user=x")]);
    noted(&contents, 1, "taken as a whole");
}

#[test]
fn spreadsheets_name_their_separator() {
    for text in [
        "sep=;\r\nname;value\r\ndb;a,b\r\n",
        "\"sep=;\"\nname;value\ndb;a,b\n",
        "SEP=,\nname,value\ndb,\"a,b\"\n",
        "sep=|\nname|value\ndb|a,b\n",
        "sep=\t\nname\tvalue\ndb\ta,b\n",
    ] {
        for options in [Options::default(), Options { format: Some(Format::Csv), ..Options::default() }] {
            let contents = good(text, &options);
            assert_eq!(contents.format, Format::Csv, "{text}");
            assert_eq!(values(&contents), [(3, "db", "a,b")], "{text}");
            noted(&contents, 1, "names the separator");
        }
    }
}

#[test]
fn spaces_before_a_quote_belong_to_no_cell() {
    let contents = good("name, value\ndb, \"s3cret\"\nmail, \"a, b\"\nweb,  x\n", &Options::default());
    assert_eq!(values(&contents), [(2, "db", "s3cret"), (3, "mail", "a, b"), (4, "web", "  x")]);
    noted(&contents, 2, "Spaces before an opening quote");
    noted(&contents, 4, "starts with a space");
}

#[test]
fn exports_of_password_managers_are_known_by_their_titles() {
    for (text, why, expected) in [
        (
            "url,username,password,totp,extra,name,grouping,fav\nhttps://e.example,ann,s3cret,,\"a\nb\",web,Prod,0\n",
            "LastPass",
            "web",
        ),
        (
            "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\n\
             Prod,,login,web,n,pin: 1,0,https://e.example,ann,s3cret,\n",
            "Bitwarden",
            "web",
        ),
        (
            "\"Group\",\"Title\",\"Username\",\"Password\",\"URL\",\"Notes\",\"TOTP\",\"Icon\",\"Last Modified\",\"Created\"\n\
             \"Root\",\"web\",\"ann\",\"s3cret\",\"https://e.example\",\"n\",\"\",\"0\",\"t\",\"t\"\n",
            "KeePass",
            "web",
        ),
        (
            "\"Account\",\"Login Name\",\"Password\",\"Web Site\",\"Comments\"\n\"web\",\"ann\",\"s3cret\",\"\",\"n\"\n",
            "KeePass",
            "web",
        ),
        ("name,url,username,password,note\nweb,https://e.example,ann,s3cret,n\n", "Chrome", "web"),
        ("name,url,username,password\nweb,https://e.example,ann,s3cret\n", "Chrome", "web"),
        (
            "type,name,url,email,username,password,note,totp,createTime,modifyTime,vault\n\
             login,web,https://e.example,a@e.example,ann,s3cret,n,,1,1,Personal\n",
            "Proton",
            "web",
        ),
        (
            "\"url\",\"username\",\"password\",\"httpRealm\",\"formActionOrigin\",\"guid\",\"timeCreated\",\"timeLastUsed\",\"timePasswordChanged\"\n\
             \"https://e.example/x\",\"ann\",\"s3cret\",,\"\",\"{g}\",\"1\",\"1\",\"1\"\n",
            "Firefox",
            "e.example",
        ),
        ("Title,URL,Username,Password,Notes,OTPAuth\nweb,https://e.example,ann,s3cret,n,\n", "Safari", "web"),
        (
            "Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes\nweb,https://e.example,ann,s3cret,,false,false,,n\n",
            "1Password",
            "web",
        ),
        (
            "username,username2,username3,title,password,note,url,category,otpSecret\nann,,,web,s3cret,n,https://e.example,,\n",
            "Dashlane",
            "web",
        ),
        ("username,password\nann,s3cret\n", "a password manager", "ann"),
        ("Title,Username,Password,Color of it\nweb,ann,s3cret,y\n", "a password manager", "web"),
        ("Name,Url,MatchUrl,Login,Pwd,Note,Folder,RfFieldsV2\nweb,u,m,ann,s3cret,n,f,r\n", "browser", "web"),
    ] {
        for end in ["\n", "\r\n"] {
            let contents = good(&text.replace('\n', end), &named("x.csv"));
            assert!(contents.why.contains(why), "{}", contents.why);
            let found: Vec<_> = values(&contents).into_iter().map(|(_, name, value)| (name, value)).collect();
            assert_eq!(found, [(expected, "s3cret")], "{text}");
            assert_eq!(contents.entries[0].description, "", "{text}");
        }
        // Whoever wants all fields gets them in the value.
        let contents = good(text, &Options { items: Items::Json, ..Options::default() });
        assert!(value(&contents.entries[0]).unwrap().contains("\"password\":\"s3cret\""), "{text}");
    }
}

#[test]
fn logins_of_one_title_have_names_of_their_own() {
    let text = "url,username,password,totp,extra,name,grouping,fav\n\
                https://e.example,ann,1,,,web,Prod,0\n\
                https://e.example,bob,2,,,web,Prod,0\n\
                https://e.example,ann,3,,,web,Test,0\n\
                http://sn,,,,\"NoteType:Server\nPassword:x\",srv,Prod,0\n";
    let contents = good(text, &Options::default());
    assert_eq!(
        values(&contents),
        [
            (2, "Prod.web.ann", "1"),
            (3, "web.bob", "2"),
            (4, "Test.web.ann", "3"),
            (5, "srv", "NoteType:Server\nPassword:x"),
        ]
    );
    noted(&contents, 5, "its notes are its value");
    noted(&contents, 2, "Titles that repeat");
    noted(&contents, 2, "Left out: user names (3)");
}

#[test]
fn a_login_without_a_password_is_not_an_empty_secret() {
    let titles = "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\n";
    let note = format!("{titles}Prod,,note,Recovery,code 1111,,0,,,,\n");
    assert_eq!(values(&good(&note, &Options::default())), [(2, "Recovery", "code 1111")]);
    let nothing = format!("{titles}Prod,,login,web,,,0,https://e.example,ann,,\n");
    assert_eq!(
        problems(&read(&nothing, &Options::default())),
        [(2, 1, Some(0), "secret_string", "INCOMPLETE")]
    );
    let card = format!("{titles}Prod,,card,visa,,number: 4111,0,,,,\n");
    assert_eq!(values(&good(&card, &Options::default())), [(2, "visa", "{\"fields\":\"number: 4111\"}")]);
    // The same when the columns are mapped to what they are.
    let contents = good(&note, &mapping(&[("name", "name"), ("login_password", "secret_string")]));
    assert_eq!(values(&contents), [(2, "Recovery", "code 1111")]);
    assert_eq!(contents.entries[0].description, "");
    // Another mapping is followed to the letter.
    let contents = read(&note, &mapping(&[("login_password", "secret_string"), ("notes", "name")]));
    assert_eq!(
        problems(&contents).iter().map(|found| found.4).collect::<Vec<_>>(),
        ["INCOMPLETE", "BAD_CHARACTERS"]
    );
    // Notes become the description when that is asked for, and only then.
    let login = format!("{titles}Prod,,login,web,n,,0,https://e.example,ann,s3cret,\n");
    let contents = good(&login, &mapping(&[("notes", "description")]));
    assert_eq!(
        (values(&contents), contents.entries[0].description.as_str()),
        (vec![(2, "web", "s3cret")], "n")
    );
}

fn mapping(columns: &[(&str, &str)]) -> Options {
    let columns = columns.iter().map(|(title, field)| ((*title).to_owned(), (*field).to_owned())).collect();
    Options { csv: CsvOptions { columns, ..CsvOptions::default() }, ..Options::default() }
}

#[test]
fn titles_that_nobody_knows_are_one_problem_with_the_way_on() {
    let text = "who,what\n".to_owned() + &"ann,x\n".repeat(20_000);
    for options in [named("x.csv"), Options { format: Some(Format::Csv), ..Options::default() }] {
        let contents = read(&text, &options);
        assert_eq!(problems(&contents), [(1, 1, None, "", "COLUMNS")]);
        assert!(messages(&contents)[0].contains("--column"), "{:?}", messages(&contents));
    }
    let contents =
        good("\u{feff}Access key ID,Secret access key\r\nAKIAEXAMPLE,abc/def\r\n", &Options::default());
    assert_eq!(values(&contents), [(2, "AKIAEXAMPLE", "abc/def")]);
}

#[test]
fn advice_gives_the_right_value_when_it_is_followed() {
    let variables = "A=1\0B=two words\0C=line\nbreak\0";
    let contents = good(variables, &Options::default());
    assert_eq!(contents.format, Format::Env0);
    assert_eq!(values(&contents), [(1, "A", "1"), (1, "B", "two words"), (1, "C", "line\nbreak")]);
    let contents = read(variables, &Options { format: Some(Format::Env), ..Options::default() });
    assert!(messages(&contents)[0].contains("--format env-0"), "{:?}", messages(&contents));
    let contents = good("key: !!binary |\n  YWJj\n  ZGVm\nb: x\n", &named("x.yaml"));
    assert_eq!(contents.entries[0].secret_binary.as_ref().unwrap().as_str(), "YWJjZGVm");
    assert!(contents.entries[0].secret_string.is_none());
    assert_eq!(problems(&read("key: !!binary no\n", &named("x.yaml")))[0].4, "SYNTAX");
}

#[test]
fn only_what_vault_says_is_deleted_is_deleted() {
    let answer = |data: &str| format!("{{\"saml\": {{\"request_id\": \"r\", \"data\": {data}}}}}");
    // A secret of the first version of the engine with keys of these names.
    for data in [
        "{\"data\": \"abc\", \"metadata\": \"<xml/>\"}",
        "{\"data\": {\"a\": 1}, \"metadata\": \"x\"}",
        "{\"data\": \"x\", \"metadata\": {\"version\": 1, \"created_time\": \"t\"}}",
        "{\"metadata\": \"x\"}",
    ] {
        let text = answer(data);
        assert_eq!(values(&good(&text, &Options::default())), [(1, "saml", data)]);
    }
    let metadata = |more: &str| format!("\"metadata\": {{\"created_time\": \"t\", \"version\": 2{more}}}");
    let text = answer(&format!("{{\"data\": {{\"a\": 1}}, {}}}", metadata("")));
    assert_eq!(values(&good(&text, &Options::default())), [(1, "saml", "{\"a\": 1}")]);
    for (more, says) in [
        (", \"deletion_time\": \"2024\"", "is deleted"),
        (", \"destroyed\": true", "is deleted"),
        (", \"deletion_time\": \"\", \"destroyed\": false", "no data"),
    ] {
        let text = answer(&format!("{{\"data\": null, {}}}", metadata(more)));
        noted(&read(&text, &Options::default()), 1, says);
    }
}

#[test]
fn equal_notes_and_problems_of_a_file_are_one_with_a_count() {
    let contents = good(&"A=1\n".repeat(100_000), &Options::default());
    assert_eq!(contents.notes.len(), 1);
    assert_eq!((contents.notes[0].line, contents.notes[0].count), (2, 99_999));
    assert!(contents.notes[0].message.contains("last in line 100000"));
    let maps: String = (0..500).map(|n| format!("\"K{n}\": {{\"a\": {n}}},\n")).collect();
    let contents = good(&format!("{{{maps}\"z\": 1}}"), &Options::default());
    assert_eq!(contents.notes.len(), 1);
    let lines = "words only\n".repeat(80_000);
    let contents = read(&lines, &Options { format: Some(Format::Env), ..Options::default() });
    let found = judge(&contents, &Limits::default());
    assert_eq!((found.len(), found[0].count), (1, 80_000));
    // Different notes end too.
    let batch: String =
        (0..200).map(|n| format!("{{\"dry_run\": {n}, \"secrets\": {{\"K{n}\": 1}}}}\n")).collect();
    assert_eq!(read(&batch, &Options::default()).notes.len(), 1);
}

#[test]
fn suggestions_fit_and_never_make_one_name_of_two() {
    let text = "{\"/app/db\": 1, \"app/db\": 2, \"app-db\": 3, \"My Web (prod)\": 4, \"é\": 5, \"ü\": 6, \"fine\": 7}";
    let contents = read(text, &Options::default());
    let suggested: Vec<_> = contents.entries.iter().map(|entry| entry.suggested_name.as_str()).collect();
    assert_eq!(&suggested[..4], ["app-db-2", "app-db-3", "", "My-Web-prod"]);
    assert_eq!(suggested[6], "");
    let renames = contents.entries.iter().filter(|entry| !entry.suggested_name.is_empty());
    let renames = renames.map(|entry| (entry.name.clone(), entry.suggested_name.clone())).collect();
    let options = Options { names: NameOptions { renames, ..NameOptions::default() }, ..Options::default() };
    assert_eq!(good(text, &options).entries.len(), 7);
    let long = format!("{{\"{0}a\": 1, \"{0}b\": 2}}", "x".repeat(80));
    let shorten =
        Options { names: NameOptions { shorten: true, ..NameOptions::default() }, ..Options::default() };
    let contents = good(&long, &shorten);
    assert_ne!(contents.entries[0].name, contents.entries[1].name);
    assert!(contents.entries.iter().all(|entry| entry.name.len() == 64));
    // Equal values do not make one of two names that a replacement makes equal.
    let replace = Options {
        names: NameOptions { replacement: Some('-'), ..NameOptions::default() },
        ..Options::default()
    };
    let contents = read("{\"a/b\": \"1\", \"a-b\": \"1\"}", &replace);
    assert_eq!(problems(&contents), [(1, 0, Some(1), "name", "REPEATED")]);
}

#[test]
fn renames_of_names_that_are_not_there_are_a_problem() {
    let renames = vec![("a/b".to_owned(), "x".to_owned()), ("a/c".to_owned(), "y".to_owned())];
    let options = Options { names: NameOptions { renames, ..NameOptions::default() }, ..Options::default() };
    let contents = read("{\"a/b\": 1}", &options);
    assert_eq!(values(&contents), [(1, "x", "1")]);
    assert_eq!(problems(&contents), [(1, 1, None, "", "NAMES")]);
}
