//! What the tools of other products print, as JSON and as YAML.

use strongroom_import_files::{Format, Items, Options, read};

use super::expect::{good, notes, problems, value, values};

fn pairs(text: &str, format: Format) -> Vec<(String, String)> {
    let contents = good(text, &Options::default());
    assert_eq!(contents.format, format, "{text}");
    values(&contents).into_iter().map(|(_, name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn are(text: &str, format: Format, expected: &[(&str, &str)]) {
    let found = pairs(text, format);
    let found: Vec<_> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn kubernetes_secrets_in_every_form() {
    let expected = [("db.username", "app"), ("db.password", "s3cret")];
    for text in [
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  namespace: prod\ntype: Opaque\ndata:\n  username: YXBw\n  password: czNjcmV0\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {username: app, password: s3cret}\n",
        "{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"metadata\": {\"name\": \"db\"}, \"data\": {\"username\": \"YXBw\", \"password\": \"czNjcmV0\"}}",
        "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"metadata\": {\"name\": \"db\"}, \"data\": {\"username\": \"YXBw\", \"password\": \"czNjcmV0\"}}]}",
        "kind: SecretList\napiVersion: v1\nitems:\n- metadata: {name: db}\n  data: {username: YXBw, password: czNjcmV0}\n",
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: x}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: db}\ndata: {username: YXBw}\nstringData: {password: s3cret}\n---\n",
    ] {
        are(text, Format::Kubernetes, &expected);
    }
}

#[test]
fn kubernetes_values_are_what_the_cluster_would_have() {
    let text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {key: eA==, bin: //79/A==, empty: ''}\nstringData: {key: y}\n\
                ---\napiVersion: v1\nkind: Secret\nmetadata: {name: b}\ndata: {key: eQ==}\n";
    let contents = good(text, &Options::default());
    assert_eq!(
        values(&contents),
        [(4, "a.bin", "//79/A=="), (4, "a.empty", ""), (5, "a.key", "y"), (10, "b.key", "y")]
    );
    assert!(contents.entries[0].secret_binary.is_some());
    assert!(notes(&contents).iter().any(|(_, note)| note.contains("stringData")), "{:?}", notes(&contents));
    let two = "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [\
        {\"kind\": \"Secret\", \"metadata\": {\"name\": \"a\", \"namespace\": \"x\"}, \"data\": {\"k\": \"eA==\"}},\
        {\"kind\": \"Secret\", \"metadata\": {\"name\": \"a\", \"namespace\": \"y\"}, \"data\": {\"k\": \"eA==\"}}]}";
    are(two, Format::Kubernetes, &[("x.a.k", "x"), ("y.a.k", "x")]);
    let wrong = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {k: 'not base64!'}\n";
    assert_eq!(
        problems(&read(wrong, &Options::default())),
        [(4, 11, Some(0), "secret_string", "NOT_BASE64")]
    );
    for none in [
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n",
        "apiVersion: v1\nkind: Secret\ndata: {k: eA==}\n",
    ] {
        assert_eq!(problems(&read(none, &Options::default()))[0].4, "INCOMPLETE", "{none}");
    }
}

#[test]
fn aws_parameters() {
    let parameter = r#"{"Name": "app.db", "Type": "SecureString", "Value": "s3cret", "Version": 3, "ARN": "arn:aws:ssm:x", "DataType": "text"}"#;
    for text in [
        format!("{{\"Parameters\": [{parameter}]}}"),
        format!("{{\"Parameter\": {parameter}}}"),
        format!("[{parameter}]"),
        "Parameters:\n- Name: app.db\n  Type: SecureString\n  Value: s3cret\n".to_owned(),
    ] {
        are(&text, Format::AwsParameters, &[("app.db", "s3cret")]);
    }
    for (text, code) in [
        (parameter.replace("s3cret", "AQICAHhQbW=="), "ENCRYPTED"),
        (parameter.replace("\"Value\": \"s3cret\", ", ""), "INCOMPLETE"),
    ] {
        let found = problems(&read(&format!("{{\"Parameters\": [{text}]}}"), &Options::default()));
        assert_eq!(
            found,
            [(1, 17, Some(0), "secret_string", code)].map(|mut one| {
                one.1 = found[0].1;
                one
            })
        );
    }
}

#[test]
fn aws_output_as_yaml() {
    let text = "ARN: arn:aws:secretsmanager:x\nName: app\nSecretString: '{\"user\":\"app\"}'\nVersionStages:\n- AWSCURRENT\n";
    are(text, Format::AwsSecretsManager, &[("app", "{\"user\":\"app\"}")]);
    let described = "{\"ARN\": \"arn:aws:secretsmanager:x\", \"Name\": \"app\", \"LastChangedDate\": 1}";
    let found = problems(&read(described, &Options::default()));
    assert_eq!((found.len(), found[0].4), (1, "INCOMPLETE"));
}

#[test]
fn vault_output_as_yaml() {
    let text = "app:\n  request_id: r\n  data:\n    data:\n      password: s3cret\n      port: 5432\n      on: null\n    metadata:\n      created_time: t\n      version: 1\n";
    are(text, Format::Vault, &[("app", "{\"password\":\"s3cret\",\"port\":5432,\"on\":null}")]);
}

#[test]
fn azure_key_vault_and_app_configuration() {
    let show = r#"{"attributes": {"enabled": true}, "id": "https://v.vault.azure.net/secrets/db-password/0123", "name": "db-password", "tags": {"file-encoding": "utf-8"}, "value": "s3cret"}"#;
    are(show, Format::AzureKeyVault, &[("db-password", "s3cret")]);
    are(
        &format!("{show}\n{}", show.replace("db-password", "b")),
        Format::AzureKeyVault,
        &[("db-password", "s3cret"), ("b", "s3cret")],
    );
    let contents = good(&show.replace("utf-8", "base64").replace("s3cret", "//79/A=="), &Options::default());
    assert!(contents.entries[0].secret_binary.is_some());
    let settings = r#"[
        {"key": "A", "value": "x", "label": null, "content_type": "", "etag": "e", "locked": false},
        {"key": "B", "value": "y", "label": "prod", "content_type": "", "etag": "e", "locked": false},
        {"key": "A", "value": "z", "label": "prod", "content_type": "", "etag": "e", "locked": false}
    ]"#;
    are(settings, Format::AzureAppConfig, &[("A", "x"), ("B", "y"), ("A.prod", "z")]);
    let reference = r#"[{"key": "A", "value": "{}", "label": null, "etag": "e", "content_type": "application/vnd.microsoft.appconfig.keyvaultref+json;charset=utf-8"}]"#;
    assert_eq!(problems(&read(reference, &Options::default()))[0].4, "INCOMPLETE");
}

#[test]
fn gitlab_variables_of_several_scopes() {
    let text = r#"[
        {"variable_type": "env_var", "key": "TOKEN", "value": "a", "environment_scope": "*", "description": "d"},
        {"variable_type": "env_var", "key": "TOKEN", "value": "b", "environment_scope": "prod", "description": null},
        {"variable_type": "file", "key": "CERT", "value": "c", "environment_scope": "prod"}
    ]"#;
    are(text, Format::GitLab, &[("TOKEN", "a"), ("TOKEN.prod", "b"), ("CERT", "c")]);
    assert_eq!(good(text, &Options::default()).entries[0].description, "d");
    let hidden = r#"[{"variable_type": "env_var", "key": "A", "value": null, "hidden": true}]"#;
    assert_eq!(problems(&read(hidden, &Options::default()))[0].4, "INCOMPLETE");
}

#[test]
fn doppler_and_terraform() {
    let doppler =
        r#"{"A": {"computed": "x", "raw": "${B}", "note": ""}, "B": {"computed": "x", "note": "n"}}"#;
    are(doppler, Format::Doppler, &[("A", "x"), ("B", "x")]);
    are(
        &format!("{{\"secrets\": {doppler}, \"success\": true}}"),
        Format::Doppler,
        &[("A", "x"), ("B", "x")],
    );
    let restricted = r#"{"A": {"computed": null, "raw": null}}"#;
    assert_eq!(problems(&read(restricted, &Options::default()))[0].4, "INCOMPLETE");
    let outputs = r#"{"db": {"sensitive": true, "type": "string", "value": "s3cret"}, "port": {"sensitive": false, "type": "number", "value": 5432}, "all": {"sensitive": false, "type": ["list", "string"], "value": ["a"]}}"#;
    are(outputs, Format::Terraform, &[("db", "s3cret"), ("port", "5432"), ("all", "[\"a\"]")]);
    let settings = r#"{"db": {"value": "s3cret", "secret": true}, "n": {"value": "1", "secret": false}}"#;
    are(settings, Format::Terraform, &[("db", "s3cret"), ("n", "1")]);
    let hidden = r#"{"db": {"secret": true}}"#;
    assert_eq!(problems(&read(hidden, &Options::default()))[0].4, "INCOMPLETE");
    let state = format!(
        "{{\"version\": 4, \"terraform_version\": \"1.9\", \"outputs\": {outputs}, \"resources\": [{{}}]}}"
    );
    assert_eq!(pairs(&state, Format::Terraform).len(), 3);
}

#[test]
fn one_password_items() {
    let item = |fields: &str| {
        format!(
            "{{\"id\": \"x\", \"title\": \"web\", \"vault\": {{\"id\": \"v\", \"name\": \"Prod\"}}, \"category\": \"LOGIN\", \"fields\": [{fields}]}}"
        )
    };
    let user =
        r#"{"id": "username", "type": "STRING", "purpose": "USERNAME", "label": "username", "value": "ann"}"#;
    let password = r#"{"id": "password", "type": "CONCEALED", "purpose": "PASSWORD", "label": "password", "value": "s3cret"}"#;
    let credential = r#"{"id": "credential", "type": "CONCEALED", "label": "credential", "value": "s3cret"}"#;
    are(&item(&[user, password].join(",")), Format::OnePassword, &[("web", "s3cret")]);
    are(&item(credential), Format::OnePassword, &[("web", "s3cret")]);
    let several = item(&[user, password].join(","));
    are(
        &format!("{several}\n{}", several.replace("web", "mail")),
        Format::OnePassword,
        &[("web", "s3cret"), ("mail", "s3cret")],
    );
    let whole = Options { items: Items::Json, ..Options::default() };
    let contents = good(&several, &whole);
    assert_eq!(value(&contents.entries[0]), Some("{\"username\":\"ann\",\"password\":\"s3cret\"}"));
    // Without --reveal the field is there and its value is not.
    let hidden =
        item(r#"{"id": "password", "type": "CONCEALED", "purpose": "PASSWORD", "label": "password"}"#);
    assert!(problems(&read(&hidden, &Options::default())).iter().any(|found| found.4 == "INCOMPLETE"));
    let keys = r#"{"id": "a", "type": "CONCEALED", "label": "first", "value": "1"}, {"id": "b", "type": "CONCEALED", "label": "second", "value": "2"}"#;
    are(&item(keys), Format::OnePassword, &[("web", "{\"first\":\"1\",\"second\":\"2\"}")]);
}

#[test]
fn bitwarden_export_and_items() {
    let item = r#"{"object": "item", "id": "i", "folderId": "f", "type": 1, "name": "web", "notes": null, "login": {"uris": [{"uri": "https://e.example"}], "username": "ann", "password": "s3cret", "totp": null}, "fields": [{"name": "pin", "value": "1", "type": 1}]}"#;
    let note = r#"{"type": 2, "name": "code", "notes": "1111", "secureNote": {"type": 0}}"#;
    let card = r#"{"type": 3, "name": "visa", "notes": null, "card": {"number": "4111", "code": null}}"#;
    let export = format!(
        "{{\"encrypted\": false, \"folders\": [{{\"id\": \"f\", \"name\": \"Prod\"}}], \"items\": [{item}, {note}, {card}]}}"
    );
    are(
        &export,
        Format::Bitwarden,
        &[("web", "s3cret"), ("code", "1111"), ("visa", "{\"number\":\"4111\"}")],
    );
    are(&format!("[{item}]"), Format::Bitwarden, &[("web", "s3cret")]);
    let contents = good(&export, &Options { items: Items::Json, ..Options::default() });
    assert_eq!(
        value(&contents.entries[0]),
        Some("{\"username\":\"ann\",\"password\":\"s3cret\",\"url\":\"https://e.example\",\"pin\":\"1\"}")
    );
}

#[test]
fn bitwarden_secrets_manager() {
    let secret = r#"{"object": "secret", "id": "u", "organizationId": "o", "projectId": "p", "key": "API_KEY", "value": "s3cret", "note": "n"}"#;
    are(&format!("[{secret}]"), Format::BitwardenSecrets, &[("API_KEY", "s3cret")]);
    are(secret, Format::BitwardenSecrets, &[("API_KEY", "s3cret")]);
    let export = r#"{"projects": [{"id": "p", "name": "Prod"}], "secrets": [{"key": "API_KEY", "value": "s3cret", "note": "", "id": "u", "projectIds": ["p"]}]}"#;
    are(export, Format::BitwardenSecrets, &[("API_KEY", "s3cret")]);
    let contents = good(&format!("[{secret}]"), &Options::default());
    assert_eq!(contents.entries[0].description, "");
    assert!(notes(&contents)[0].1.contains("Notes are left out"));
}

#[test]
fn keepass_exports() {
    let entry = |title: &str, password: &str| {
        format!(
            "<Entry><UUID>e</UUID><String><Key>Title</Key><Value>{title}</Value></String>\
             <String><Key>UserName</Key><Value>ann</Value></String>\
             <String><Key>Password</Key><Value ProtectInMemory=\"True\">{password}</Value></String>\
             <History><Entry><String><Key>Title</Key><Value>{title}</Value></String>\
             <String><Key>Password</Key><Value>old</Value></String></Entry></History></Entry>\n"
        )
    };
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\n<!-- c -->\n<KeePassFile>\n<Meta><RecycleBinUUID>r</RecycleBinUUID></Meta>\n\
         <Root><Group><UUID>a</UUID><Name>Root</Name>\n{}{}<Group><UUID>b</UUID><Name>Prod</Name>\n{}</Group>\n\
         <Group><UUID>r</UUID><Name>Recycle Bin</Name>\n{}</Group></Group></Root></KeePassFile>\n",
        entry("web", "a&amp;b&lt;&#x41;&quot;"),
        entry("mail", "<![CDATA[<x>]]>"),
        entry("git", "s3cret"),
        entry("gone", "x")
    );
    are(&text, Format::KeePass, &[("web", "a&b<A\""), ("mail", "<x>"), ("git", "s3cret")]);
    let contents = good(&text, &Options::default());
    assert!(notes(&contents).iter().any(|(_, note)| note.contains("recycle bin")), "{:?}", notes(&contents));
    let encrypted = text.replace("ProtectInMemory", "Protected");
    assert_eq!(problems(&read(&encrypted, &Options::default()))[0].4, "ENCRYPTED");
    for (text, code) in [
        ("<?xml version=\"1.0\"?>\n<other><a/></other>", "NOT_SUPPORTED"),
        ("<?xml version=\"1.0\"?>\n<KeePassFile><Root>", "SYNTAX"),
        ("<KeePassFile><Root></KeePassFile>", "SYNTAX"),
        ("<KeePassFile>a & b</KeePassFile>", "SYNTAX"),
        ("<KeePassFile>&other;</KeePassFile>", "SYNTAX"),
    ] {
        let contents = read(text, &Options::default());
        let found = problems(&contents);
        assert_eq!((found.len(), found[0].4), (1, code), "{text}");
        assert_eq!(contents.entries.len(), 0, "{text}");
    }
}
