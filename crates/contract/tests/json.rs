//! The JSON form of the messages, as existing clients write and read it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may")]

use serde_json::{Value, from_value, json, to_value};
use strongroom_contract::object::Object;
use strongroom_contract::shape::{Count, MARGIN, counted};
use strongroom_contract::{spelling, v1};

fn read<T: for<'de> serde::Deserialize<'de>>(body: Value) -> Result<T, String> {
    from_value::<Object<T>>(body).map(|object| object.0).map_err(|error| error.to_string())
}

#[test]
fn what_is_absent_or_null_is_not_given() {
    for body in [
        json!({"name": "a"}),
        json!({"name": "a", "description": null, "secret_type": null, "auto_rotation": null, "secret_string": null, "event_subscriptions": null}),
    ] {
        let secret: v1::NewSecret = read(body).unwrap();
        assert_eq!(secret, v1::NewSecret { name: "a".to_owned(), ..Default::default() });
    }
    let search: v1::ListResourceInstancesRequest =
        read(json!({"limit": null, "tags": null, "matches": null})).unwrap();
    assert_eq!(search, v1::ListResourceInstancesRequest::default());
    let empty: v1::NewSecret = read(json!({"secret_string": ""})).unwrap();
    assert_eq!(empty.secret_string.as_deref(), Some(""), "an empty value is a value");
}

#[test]
fn a_wrong_type_is_rejected_wherever_it_stands() {
    for body in [
        json!({"secrets": {}}),
        json!({"secrets": null}),
        json!({"secrets": [1]}),
        json!({"secrets": [["a"]]}),
        json!({"secrets": [{"name": 1}]}),
        json!({"secrets": [{"auto_rotation": "true"}]}),
        json!({"secrets": [{"secret_type": 1}]}),
        json!([[]]),
        json!({}),
    ] {
        assert!(read::<v1::BatchImportSecretsRequest>(body.clone()).is_err(), "{body}");
    }
}

#[test]
fn enums_are_spelled_as_documented() {
    for (number, word) in [(1, "COMMON"), (2, "RDS"), (3, "RDS-FG"), (4, "GaussDB-FG"), (0, ""), (9, "?")] {
        assert_eq!(spelling::of::<v1::SecretType>(number), word);
    }
    let read_type = |word: &str| read::<v1::NewSecret>(json!({ "secret_type": word })).unwrap().secret_type;
    assert_eq!(["RDS-FG", "", "rds-fg"].map(read_type), [3, 0, spelling::UNKNOWN]);
    let request: v1::BatchDeleteSecretsRequest = read(json!({"instance_type": "TaurusDB"})).unwrap();
    assert_eq!(request.instance_type, i32::from(v1::InstanceType::Taurusdb));
}

#[test]
fn an_answer_has_every_member() {
    let secret = to_value(v1::Secret::default()).unwrap();
    assert_eq!(secret["scheduled_delete_time"], Value::Null);
    assert_eq!(secret["description"], "");
    assert_eq!(secret["event_subscriptions"], json!([]));
    let version =
        to_value(v1::Version { secret_string: Some("x".to_owned()), ..Default::default() }).unwrap();
    assert_eq!(version["secret_binary"], Value::Null);
}

#[test]
fn debug_output_never_shows_a_value() {
    let secret = v1::NewSecret { secret_string: Some("marker".to_owned()), ..Default::default() };
    let user = v1::PasswordUser { password: "marker".to_owned(), ..Default::default() };
    let version = v1::Version { secret_binary: Some("marker".to_owned()), ..Default::default() };
    let token = v1::CreateTokenResponse { subject_token: "marker".to_owned(), ..Default::default() };
    let import = v1::BatchImportSecretsRequest { secrets: vec![secret.clone()], ..Default::default() };
    let shown = format!("{secret:?} {user:?} {version:?} {token:?} {import:?}");
    assert!(!shown.contains("marker"), "{shown}");
}

#[test]
fn elements_of_lists_are_counted_while_they_are_read() {
    const ENTRY: usize = size_of::<v1::NewSecret>();
    let import = |entries: usize| format!(r#"{{"secrets":[{}]}}"#, vec!["{}"; entries].join(","));
    let read = |body: &str| {
        counted(10, || {
            let read: Result<Object<v1::BatchImportSecretsRequest>, _> = serde_json::from_str(body);
            read.map(|object| object.0.secrets.len()).map_err(drop)
        })
    };
    assert_eq!(read(&import(11)), (Ok(11), Count { bytes: 11 * ENTRY, exceeded: None }));
    let most = 10 + MARGIN;
    assert_eq!(read(&import(most)), (Ok(most), Count { bytes: most * ENTRY, exceeded: None }));
    assert_eq!(read(&import(most + 1)), (Err(()), Count { bytes: most * ENTRY, exceeded: Some(10) }));
    let nested =
        format!(r#"{{"secrets":[{{"event_subscriptions":[{}]}}]}}"#, vec!["\"\""; MARGIN + 2].join(","));
    assert_eq!(read(&nested).1.exceeded, Some(1), "of a limit in the contract");
}
