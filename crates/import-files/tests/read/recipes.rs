//! The exports of other products, as their tools write them.

use strongroom_import_files::{Format, Maps, NameOptions, Options, read};

use super::expect::{good, notes, problems, value, values};

fn file(name: &str) -> String {
    std::fs::read_to_string(format!("{}/tests/files/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn slashes() -> Options {
    Options { names: NameOptions { replacement: Some('-'), ..NameOptions::default() }, ..Options::default() }
}

#[test]
fn aws_batch() {
    let contents = good(&file("aws-batch-get-secret-value.json"), &slashes());
    assert_eq!(contents.format, Format::AwsSecretsManager);
    assert_eq!(
        values(&contents),
        [
            (3, "prod-app-database", "{\"username\":\"app\",\"password\":\"not-a-real-one\"}"),
            (13, "prod-app-signing-key", "bm90IGEgcmVhbCBrZXk="),
            (23, "prod-app-banner", "first line\nsecond \"line\""),
        ]
    );
    assert!(contents.entries[1].secret_binary.is_some());
    // One that AWS could not read, and that there are more. The names were changed, too.
    assert_eq!(notes(&contents).iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 34, 36]);
}

#[test]
fn aws_one_by_one() {
    let contents = good(&file("aws-get-secret-value.ndjson"), &Options::default());
    assert_eq!(contents.format, Format::AwsSecretsManager);
    assert_eq!(
        values(&contents),
        [(1, "api-token", "not-a-real-token"), (12, "webhook", "https://example.com/?a=1&b=2")]
    );
}

#[test]
fn google() {
    let contents = good(&file("google-versions-access.ndjson"), &Options::default());
    assert_eq!(contents.format, Format::GoogleSecretManager);
    assert_eq!(
        values(&contents),
        [
            (1, "db_password", "not-a-real-password"),
            (8, "tls-key", "-----BEGIN KEY-----\nbm90\n-----END KEY-----\n"),
            (15, "binary", "//79/A=="),
        ]
    );
    assert!(contents.entries[2].secret_binary.is_some());
}

#[test]
fn vault_paths_are_one_secret_each() {
    let contents = good(&file("vault-kv2-paths.ndjson"), &slashes());
    assert_eq!(contents.format, Format::Vault);
    assert_eq!(
        values(&contents),
        [
            (1, "app-database", "{\"password\":\"not-a-real-one\",\"port\":5432,\"username\":\"app\"}"),
            (2, "app-token", "{\"value\":\"not-a-real-token\"}"),
        ]
    );
    assert_eq!(contents.notes[1].line, 3);
}

#[test]
fn vault_keys_are_one_secret_each_on_request() {
    let options = Options { maps: Maps::OneSecretEach, ..slashes() };
    let contents = good(&file("vault-kv2-paths.ndjson"), &options);
    assert_eq!(
        values(&contents),
        [
            (1, "app-database.password", "not-a-real-one"),
            (1, "app-database.port", "5432"),
            (1, "app-database.username", "app"),
            (2, "app-token.value", "not-a-real-token"),
        ]
    );
}

#[test]
fn the_first_version_of_vaults_engine_has_no_metadata() {
    let contents = good(&file("vault-kv1-paths.json"), &slashes());
    assert_eq!(
        values(&contents),
        [(2, "legacy-mail", "{\n      \"data\": \"x\",\n      \"host\": \"mail.example.com\"\n    }")]
    );
}

#[test]
fn vault_alone_does_not_tell_the_path() {
    let alone = file("vault-kv-get.json");
    let contents = read(&alone, &Options::default());
    assert_eq!(contents.format, Format::Vault);
    assert_eq!(problems(&contents), [(1, 1, None, "", "INCOMPLETE")]);
    let each = Options { maps: Maps::OneSecretEach, ..Options::default() };
    assert_eq!(values(&good(&alone, &each)), [(8, "password", "not-a-real-one"), (9, "username", "app")]);
}

#[test]
fn infisical_in_all_its_formats() {
    for (name, format, lines) in [
        ("infisical.json", Format::Infisical, [2, 14]),
        ("infisical.csv", Format::Csv, [2, 3]),
        ("infisical.env", Format::Env, [1, 2]),
        ("infisical-export.env", Format::Env, [1, 2]),
        ("infisical.yaml", Format::Yaml, [1, 2]),
    ] {
        let contents = good(&file(name), &Options::default());
        assert_eq!(contents.format, format, "{name}");
        assert_eq!(
            values(&contents),
            [
                (lines[0], "API_TOKEN", "not-a-real-token"),
                (lines[1], "DB_URL", "postgres://app:x@db/app?a=b#c")
            ],
            "{name}"
        );
    }
    let contents = read(&file("infisical.json"), &Options::default());
    assert_eq!(contents.entries[0].description, "for the pager");
    assert_eq!(value(&contents.entries[0]), Some("not-a-real-token"));
    assert_eq!(notes(&contents), []);
}

#[test]
fn infisical_in_other_spellings() {
    for text in [
        r#"[{"id": "1", "type": "shared", "key": "A", "value": "x", "comment": "c"}]"#,
        r#"[{"type": "personal", "key": "A", "value": "x", "comment": "c"}]"#,
        r#"[{"id": "1", "type": "shared", "secretKey": "A", "secretValue": "x", "secretComment": "c"}]"#,
        r#"[{"secretKey": "A", "secretValue": "x", "secretComment": "c"}]"#,
    ] {
        let contents = good(text, &Options::default());
        assert_eq!(contents.format, Format::Infisical, "{text}");
        assert!(contents.why.contains("Infisical"), "{}", contents.why);
        assert_eq!(values(&contents), [(1, "A", "x")], "{text}");
        assert_eq!(contents.entries[0].description, "c", "{text}");
    }
}

#[test]
fn a_value_that_infisical_hid_is_reported() {
    let text = r#"[{"secretKey": "A", "secretValue": "(hidden)", "secretValueHidden": true}]"#;
    assert_eq!(problems(&read(text, &Options::default())), [(1, 36, Some(0), "secret_string", "INCOMPLETE")]);
}

#[test]
fn another_shape_under_the_name_of_a_product_is_reported() {
    for format in [Format::AwsSecretsManager, Format::GoogleSecretManager, Format::Vault, Format::Infisical] {
        for text in ["{\"a\": \"x\"}", "[1]", "7"] {
            let contents = read(text, &Options { format: Some(format), ..Options::default() });
            assert_eq!(problems(&contents).len(), 1, "{format:?} {text}");
            assert_eq!(contents.entries.len(), 0, "{format:?} {text}");
        }
    }
}
