//! Which format a text is taken for, and that the user is told why.

use strongroom_import_files::{Format, Options, read, recognise};

#[test]
fn the_text_tells_its_format() {
    for (text, expected) in [
        ("{\"a\": \"x\"}", Format::Json),
        ("\n  [ ]", Format::Json),
        ("\u{feff}{}", Format::Json),
        ("{\"SecretValues\": []}", Format::AwsSecretsManager),
        ("{\"ARN\": \"a\", \"Name\": \"n\"}", Format::AwsSecretsManager),
        (
            "{\"name\": \"projects/p/secrets/n/versions/1\", \"payload\": {\"data\": \"\"}}",
            Format::GoogleSecretManager,
        ),
        ("{\"request_id\": \"\", \"data\": {}}", Format::Vault),
        ("{\"a/b\": {\"request_id\": \"\", \"data\": {}}}", Format::Vault),
        ("[{\"key\": \"a\", \"value\": \"x\", \"workspace\": \"w\"}]", Format::Infisical),
        ("[{\"id\": 1, \"type\": \"shared\", \"key\": \"a\", \"value\": \"x\"}]", Format::Infisical),
        ("[{\"secretKey\": \"a\", \"secretValue\": \"x\"}]", Format::Infisical),
        ("[{\"key\": \"a\", \"value\": \"x\"}]", Format::Json),
        ("[{\"key\": \"a\", \"value\": \"x\", \"type\": \"COMMON\"}]", Format::Json),
        ("name,value\n", Format::Csv),
        ("\"Key\";\"Value\"\n", Format::Csv),
        ("a\tsecret_name\n", Format::Csv),
        ("A=x", Format::Env),
        ("# comment\n\nexport A=x", Format::Env),
        ("A=x: y", Format::Env),
        ("A=1,name", Format::Env),
        ("a: x, name", Format::Yaml),
        ("---\nA=x", Format::Yaml),
        ("a: x", Format::Yaml),
        ("a:\n", Format::Yaml),
        ("a: x=y", Format::Yaml),
        ("- name: a", Format::Yaml),
    ] {
        let recognised = recognise(text, None);
        assert_eq!(recognised.format, expected, "{text}");
        assert_eq!(read(text, &Options::default()).format, expected, "{text}");
        assert!(recognised.why.ends_with('.'), "{text}");
    }
}

#[test]
fn what_two_formats_would_take_is_reported() {
    assert!(recognise("A=x: y", None).why.contains("could also be YAML"));
    assert!(recognise("a: x=y", None).why.contains("could also be .env"));
}

#[test]
fn the_name_of_the_file_decides_only_where_the_text_does_not() {
    for (text, name, expected) in [
        ("words", "a.csv", Format::Csv),
        ("words", "a.TSV", Format::Csv),
        ("words", "a.yml", Format::Yaml),
        ("words", "a.json", Format::Json),
        ("words", ".env", Format::Env),
        ("words", "a.txt", Format::Env),
        ("A=x", "a.json", Format::Env),
        ("", "a.yaml", Format::Yaml),
    ] {
        let recognised = recognise(text, Some(name));
        assert_eq!(recognised.format, expected, "{text} {name}");
        let by_name = recognised.why.contains("file name");
        assert_eq!(by_name, text != "A=x" && name != "a.txt", "{text} {name}");
    }
}

#[test]
fn a_format_that_was_named_is_taken() {
    let options = Options { format: Some(Format::Yaml), ..Options::default() };
    let contents = read("{\"a\": \"x\"}", &options);
    assert_eq!((contents.format, contents.entries.len()), (Format::Yaml, 1));
    assert_eq!(contents.why, "You chose the format YAML.");
}

#[test]
fn words_and_titles_stay() {
    let words = Format::ALL.map(|format| (format.word(), format.title()));
    assert_eq!(
        words,
        [
            ("json", "JSON"),
            ("csv", "CSV"),
            ("env", ".env"),
            ("yaml", "YAML"),
            ("aws", "AWS Secrets Manager"),
            ("google", "Google Secret Manager"),
            ("vault", "Vault or OpenBao"),
            ("infisical", "Infisical"),
            ("kubernetes", "Kubernetes Secret"),
            ("aws-ssm", "AWS SSM parameters"),
            ("azure-keyvault", "Azure Key Vault"),
            ("azure-appconfig", "Azure App Configuration"),
            ("gitlab", "GitLab variables"),
            ("doppler", "Doppler"),
            ("terraform", "Terraform or Pulumi"),
            ("1password", "1Password"),
            ("bitwarden", "Bitwarden"),
            ("bitwarden-secrets", "Bitwarden Secrets Manager"),
            ("keepass", "KeePass XML"),
            ("properties", "Java properties"),
            ("toml", "TOML"),
            ("ini", "INI"),
            ("tfvars", "Terraform variables"),
            ("env-0", "env -0"),
        ]
    );
    for format in Format::ALL {
        assert_eq!(Format::of(format.word()), Some(format));
    }
    assert_eq!(Format::of("xml"), None);
}

#[test]
fn the_readme_lists_every_format() {
    let readme = include_str!("../../README.md");
    let section = readme.split("\n## Formats\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows: Vec<_> = section
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>())
        .map(|cells| (cells[1].trim_matches('`').to_owned(), cells[2].to_owned()))
        .collect();
    let formats = Format::ALL.map(|format| (format.word().to_owned(), format.title().to_owned()));
    assert_eq!(rows, formats);
}
