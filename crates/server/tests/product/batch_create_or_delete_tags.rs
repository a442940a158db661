use strongroom_contract::v1::{
    BatchCreateOrDeleteTagsRequest, BatchCreateOrDeleteTagsResponse, Tag, TagAction,
};

use crate::create_secret_tag::{stored, tag, tags_of};
use crate::transports::through_all_transports;

#[tokio::test]
async fn batch_create_or_delete_tags() {
    through_all_transports(|transport, product| async move {
        let id = stored(transport, &product, "db").await;
        let twenty: Vec<Tag> = (0..20).map(|key| tag(&format!("k{key:02}"), "x")).collect();
        let mut seen = Vec::new();
        for (action, tags) in [
            (TagAction::Create, twenty.clone()),
            (TagAction::Delete, [&twenty[..18], &[tag("none", "")]].concat()),
            (TagAction::Create, vec![tag("a", ""), tag("b", ""), tag("a", "")]),
            (
                TagAction::Create,
                twenty[..19].iter().map(|tag| Tag { key: format!("n{}", tag.key), ..tag.clone() }).collect(),
            ),
            (TagAction::Delete, vec![]),
            (TagAction::Unspecified, vec![tag("a", "")]),
        ] {
            let request = BatchCreateOrDeleteTagsRequest {
                secret_id: id.clone(),
                action: action.into(),
                tags,
                ..Default::default()
            };
            let rpc = "BatchCreateOrDeleteTags";
            seen.push(transport.send::<_, BatchCreateOrDeleteTagsResponse>(&product, rpc, request).await);
        }
        assert!(seen[..2].iter().all(Result::is_ok), "{seen:?}");
        for (rejected, (field, sentence)) in seen[2..].iter().zip([
            ("tags", "Tag 3: Its key is the same as that of tag 1."),
            ("tags", "Secret db would have 21 tags; at most 20 are allowed."),
            ("tags", "There are no tags."),
            ("action", "The action is missing"),
        ]) {
            let told = rejected.as_ref().unwrap_err();
            assert_eq!((told.code.as_str(), told.fields[0].as_str()), ("CSMS.0002", field));
            assert!(told.problems[0].1.starts_with(sentence), "{told:?}");
        }
        let left = tags_of(transport, &product, &id).await;
        assert_eq!(left["tags"], serde_json::to_value(&twenty[18..]).unwrap());
        seen.push(Ok(left));
        seen
    })
    .await;
}

#[tokio::test]
async fn rest_takes_the_action_as_a_word_and_allows_a_missing_value() {
    let product = crate::product::Product::start().await;
    let id = stored(crate::transports::Transport::Rest, &product, "db").await;
    let path = format!("/v1/{{project_id}}/csms/{id}/tags/action");
    for (body, status) in [
        (r#"{"action":"create","tags":[{"key":"a","value":"1"},{"key":"b"}],"sequence":"anything"}"#, 204),
        (r#"{"action":"delete","tags":[{"key":"a"}]}"#, 204),
        (r#"{"action":"drop","tags":[{"key":"b"}]}"#, 400),
        (r#"{"action":"delete"}"#, 400),
    ] {
        let sent = product.rest("POST", &path).header("content-type", "application/json").body(body);
        assert_eq!(sent.send().await.unwrap().status(), status, "{body}");
    }
    let left = tags_of(crate::transports::Transport::Rest, &product, &id).await;
    assert_eq!(left["tags"], serde_json::json!([{"key": "b", "value": ""}]));
}
