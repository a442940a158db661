use serde_json::{Value, json};
use strongroom_contract::v1::{
    CreateSecretResponse, CreateSecretTagRequest, CreateSecretTagResponse, ListSecretTagsRequest,
    ListSecretTagsResponse, Tag,
};

use crate::create_secret::{request, text};
use crate::product::Product;
use crate::transports::{Transport, through_all_transports};

/// Stores a secret and returns its id.
pub async fn stored(transport: Transport, product: &Product, name: &str) -> String {
    let answer =
        transport.send::<_, CreateSecretResponse>(product, "CreateSecret", request(text(name, "x"))).await;
    answer.unwrap()["secret"]["id"].as_str().unwrap().to_owned()
}

pub fn tag(key: &str, value: &str) -> Tag {
    Tag { key: key.to_owned(), value: value.to_owned() }
}

pub async fn give(transport: Transport, product: &Product, id: &str, key: &str, value: &str) -> Value {
    let tag = Some(tag(key, value));
    let request = CreateSecretTagRequest { secret_id: id.to_owned(), tag, ..Default::default() };
    transport.send::<_, CreateSecretTagResponse>(product, "CreateSecretTag", request).await.unwrap()
}

pub async fn tags_of(transport: Transport, product: &Product, id: &str) -> Value {
    let request = ListSecretTagsRequest { secret_id: id.to_owned(), ..Default::default() };
    transport.send::<_, ListSecretTagsResponse>(product, "ListSecretTags", request).await.unwrap()
}

#[tokio::test]
async fn create_secret_tag() {
    through_all_transports(|transport, product| async move {
        let id = stored(transport, &product, "db").await;
        let mut seen = Vec::new();
        for (id, tag) in [
            (id.as_str(), Some(tag("team", "shop"))),
            (id.as_str(), Some(tag("team", "web/größe"))),
            (id.as_str(), Some(tag("empty", ""))),
            (id.as_str(), None),
            (id.as_str(), Some(tag("_sys_a", ","))),
            ("db", Some(tag("a", ""))),
            ("00000000-0000-0000-0000-000000000000", Some(tag("a", ""))),
        ] {
            let request = CreateSecretTagRequest { secret_id: id.to_owned(), tag, ..Default::default() };
            seen.push(
                transport.send::<_, CreateSecretTagResponse>(&product, "CreateSecretTag", request).await,
            );
        }
        assert!(seen[..3].iter().all(|answer| *answer == Ok(json!({}))));
        for (rejected, (code, fields)) in seen[3..].iter().zip([
            ("CSMS.0002", vec!["key"]),
            ("CSMS.0002", vec!["key", "value"]),
            ("CSMS.0002", vec!["secret_id"]),
            ("CSMS.0005", vec![]),
        ]) {
            let told = rejected.as_ref().unwrap_err();
            assert_eq!(told.code, code);
            assert_eq!(told.fields, fields);
        }
        seen.push(Ok(tags_of(transport, &product, &id).await));
        let tags = json!([{"key": "empty", "value": ""}, {"key": "team", "value": "web/größe"}]);
        assert_eq!(seen[7].as_ref().unwrap()["tags"], tags);
        seen
    })
    .await;
}

#[tokio::test]
async fn over_rest_a_tag_is_answered_with_204_and_rejected_one_level_down() {
    let product = Product::start().await;
    let id = stored(Transport::Rest, &product, "db").await;
    let path = format!("/v1/{{project_id}}/csms/{id}/tags");
    let stored = product.rest("POST", &path).json(&json!({"tag": {"key": "a"}})).send().await.unwrap();
    assert_eq!(stored.status(), 204);
    assert!(stored.bytes().await.unwrap().is_empty());

    let rejected = product.rest("POST", &path).json(&json!({"tag": {"key": " a"}})).send().await.unwrap();
    assert_eq!(rejected.status(), 400);
    let body: Value = rejected.json().await.unwrap();
    assert_eq!(body["error"]["error_code"], "CSMS.0002");
    assert_eq!(body["error"]["problems"][0]["field"], "key");

    let unknown = product.rest("GET", "/v1/{project_id}/csms/00000000-0000-0000-0000-000000000000/tags");
    let unknown = unknown.send().await.unwrap();
    assert_eq!(unknown.status(), 404);
    assert_eq!(unknown.json::<Value>().await.unwrap()["error"]["error_code"], "CSMS.0005");
}
