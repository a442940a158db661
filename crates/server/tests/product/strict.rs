//! A request that destroys something is rejected for anything unknown in it, and nothing stored is changed.

use prost_reflect::{MethodDescriptor, Value as Reflected};
use serde_json::{Value, json};
use strongroom_contract::v1::{BatchDeleteSecretsResponse, ShowSecretResponse};

use crate::product::Product;
use crate::transports::{CONTRACT, TRANSPORTS, Transport, answered_in_lines, lines_to, methods};

fn access(method: &MethodDescriptor, name: &str) -> Reflected {
    let extension = CONTRACT.get_extension_by_name("strongroom.v1.access").unwrap();
    let options = method.options();
    let access = options.get_extension(&extension);
    access.as_message().unwrap().get_field_by_name(name).unwrap().into_owned()
}

fn is_strict(method: &MethodDescriptor) -> bool {
    access(method, "strict").as_bool().unwrap()
}

/// Method and path of an rpc over REST, and whether it has a body.
fn place(method: &MethodDescriptor) -> (String, String, bool) {
    let extension = CONTRACT.get_extension_by_name("google.api.http").unwrap();
    let options = method.options();
    let rule = options.get_extension(&extension);
    let text = |name: &str| {
        rule.as_message().unwrap().get_field_by_name(name).unwrap().as_str().unwrap_or_default().to_owned()
    };
    let verb = ["get", "put", "post", "delete"].into_iter().find(|verb| !text(verb).is_empty()).unwrap();
    (verb.to_uppercase(), text(verb), !text("body").is_empty())
}

#[test]
fn everything_that_deletes_or_undoes_is_strict() {
    for method in methods() {
        let event = access(&method, "audit").as_str().unwrap().to_lowercase();
        let destroys = ["delete", "del", "undo", "revoke"].iter().any(|word| event.contains(word));
        let (verb, ..) = place(&method);
        assert!(
            is_strict(&method) || !(destroys || verb == "DELETE") || is_undoing_only(&method),
            "{method:?}"
        );
        let replaces = method.input().get_field_by_name("on_existing").is_some();
        assert!(!replaces || access(&method, "strict_with").as_list().unwrap().len() == 2, "{method:?}");
    }
}

/// Cancelling one deletion destroys nothing, and the documented call takes any body.
fn is_undoing_only(method: &MethodDescriptor) -> bool {
    method.name() == "CancelDeletion"
}

#[tokio::test]
async fn every_strict_rpc_rejects_what_is_unknown_in_the_query_and_in_the_body() {
    let product = Product::start().await;
    let strict: Vec<_> = methods().into_iter().filter(is_strict).collect();
    assert!(strict.len() >= 10);
    for method in strict {
        let (verb, path, has_body) = place(&method);
        let path = path
            .replace("{secret_name}", "db")
            .replace("{secret_id}", "bb6a3d22-dc93-47ac-b5bd-88df7ad35f1e")
            .replace("{batch_id}", &"0".repeat(32))
            .replace("{stage_name}", "s")
            .replace("{access_key}", "AK")
            .replace("{key}", "k");
        let in_query = product.rest(&verb, &format!("{path}?unknown_option=7"));
        let in_query = if has_body { in_query.json(&json!({})) } else { in_query };
        let in_body = product.rest(&verb, &path).json(&json!({"unknown_option": 7}));
        for request in [in_query, in_body] {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 400, "{}", method.name());
            let body = answer.text().await.unwrap();
            assert!(body.contains("*: There is no such "), "{}: {body}", method.name());
            assert!(!body.contains("unknown_option"), "a name like no other is not repeated: {body}");
            assert!(body.contains("Nothing was done."), "{}: {body}", method.name());
        }
    }
}

async fn store(product: &Product, name: &str) {
    let body = json!({"name": name, "secret_string": "x"});
    let created = product.rest("POST", "/v1/{project_id}/secrets").json(&body).send().await.unwrap();
    assert_eq!(created.status(), 200);
}

#[tokio::test]
async fn a_slip_of_a_finger_deletes_nothing() {
    let product = Product::start().await;
    store(&product, "a").await;
    store(&product, "b").await;
    let delete = "/v1/{project_id}/secrets/batch-delete";
    for (path, mut body) in [
        (delete, json!({"recoveryWindowInDays": 7})),
        (delete, json!({"recovery_window_days": 7})),
        (delete, json!({"recovery-window-in-days": 7})),
        (delete, json!({"options": {"recovery_window_in_days": 7}})),
        ("/v1/{project_id}/secrets/batch-delete?recovery_window_in_days=7", json!({})),
        ("/v1/{project_id}/secrets/batch-delete?recoveryWindowInDays=7", json!({})),
    ] {
        body["names"] = json!(["a", "b"]);
        body["expect_total"] = json!(2);
        let answer = product.rest("POST", path).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{path} {body}");
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["error_code"], "CSMS.0002");
        assert_eq!(answer["problems"][0]["code"], "UNKNOWN");
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.contains("recovery_window_in_days") || detail.contains("Known here"), "{detail}");
    }
    let one = product.rest("DELETE", "/v1/{project_id}/secrets/a?recovery_window_in_days=7").send().await;
    assert_eq!(one.unwrap().status(), 400);
    let list: Value =
        product.rest("GET", "/v1/{project_id}/secrets").send().await.unwrap().json().await.unwrap();
    assert_eq!(list["secrets"].as_array().unwrap().len(), 2, "nothing was deleted");
}

/// Over gRPC there are no names to mistype, but a newer client may set what this server does not know.
#[tokio::test]
async fn an_unknown_field_number_deletes_nothing() {
    #[derive(Clone, PartialEq, prost::Message, serde::Serialize)]
    struct Newer {
        #[prost(string, repeated, tag = "5")]
        names: Vec<String>,
        #[prost(int32, tag = "8")]
        expect_total: i32,
        #[prost(bool, tag = "77")]
        keep: bool,
    }
    let product = Product::start().await;
    store(&product, "a").await;
    for transport in TRANSPORTS.into_iter().filter(|transport| *transport != Transport::Rest) {
        let request = || Newer { names: vec!["a".to_owned()], expect_total: 1, keep: true };
        let answer =
            transport.send::<_, BatchDeleteSecretsResponse>(&product, "BatchDeleteSecrets", request()).await;
        let rejected = answer.unwrap_err();
        assert_eq!((rejected.code.as_str(), rejected.fields), ("CSMS.0002", vec!["77".to_owned()]));
        let show =
            strongroom_contract::v1::ShowSecretRequest { secret_name: "a".to_owned(), ..Default::default() };
        assert!(transport.send::<_, ShowSecretResponse>(&product, "ShowSecret", show).await.is_ok());
    }
}

#[tokio::test]
async fn an_import_that_replaces_is_strict_and_any_other_is_not() {
    let product = Product::start().await;
    store(&product, "a").await;
    let import =
        |body: Value| product.rest("POST", "/v1/{project_id}/secrets/batch-import").json(&body).send();
    let entry = |name: &str| json!({"name": name, "secret_string": "y", "onExisting": "SKIP"});
    let plain: Value = import(json!({"secrets": [entry("b")]})).await.unwrap().json().await.unwrap();
    assert_eq!(plain["success"], 1, "as existing clients need");
    let rejected = import(json!({"secrets": [entry("a")], "on_existing": "NEW_VERSION"})).await.unwrap();
    assert_eq!(rejected.status(), 400);
    let rejected: Value = rejected.json().await.unwrap();
    assert_eq!(rejected["problems"][0]["field"], "secrets[0].onExisting");

    let lines = "{\"options\":{\"on_existing\":\"NEW_VERSION\"}}\n{\"name\":\"a\",\"secret_string\":\"y\",\"onExisting\":\"SKIP\"}\n";
    let answer = lines_to(&product, "/v1/{project_id}/secrets/import-stream", lines).send().await.unwrap();
    let (answers, told) = answered_in_lines::<Value>(answer).await;
    assert!(told.is_none());
    let outcomes: Vec<_> = answers.iter().flat_map(|answer| answer["outcomes"].as_array().unwrap()).collect();
    assert_eq!(outcomes[0]["action"], "REJECTED");
    assert!(outcomes[0]["next_step"].to_string().contains("Write on_existing"), "{outcomes:?}");
    let versions = product.rest("GET", "/v1/{project_id}/secrets/a/versions").send().await.unwrap();
    let versions: Value = versions.json().await.unwrap();
    assert_eq!(versions["version_metadatas"].as_array().unwrap().len(), 1, "nothing was replaced");
}
