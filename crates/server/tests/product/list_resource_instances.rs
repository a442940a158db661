use serde_json::{Value, json};
use strongroom_contract::v1::{
    InstanceAction, ListResourceInstancesRequest, ListResourceInstancesResponse, TagMatch, TagValues,
};

use crate::create_secret_tag::{give, stored};
use crate::product::Product;
use crate::transports::{Transport, through_all_transports};

async fn shop(transport: Transport, product: &Product) {
    for (name, team) in [("a-web", "shop"), ("b-web", "shop"), ("c", "web")] {
        let id = stored(transport, product, name).await;
        give(transport, product, &id, "team", team).await;
    }
}

fn team(values: &[&str]) -> Vec<TagValues> {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    vec![TagValues { key: "team".to_owned(), values }]
}

#[tokio::test]
async fn list_resource_instances() {
    through_all_transports(|transport, product| async move {
        shop(transport, &product).await;
        let filter =
            || ListResourceInstancesRequest { action: InstanceAction::Filter.into(), ..Default::default() };
        let count = InstanceAction::Count.into();
        let named = |key: &str, value: &str| vec![TagMatch { key: key.to_owned(), value: value.to_owned() }];
        let mut seen = Vec::new();
        for request in [
            ListResourceInstancesRequest { tags: team(&["shop"]), ..filter() },
            ListResourceInstancesRequest {
                tags: team(&[]),
                limit: "1".to_owned(),
                offset: "2".to_owned(),
                ..filter()
            },
            ListResourceInstancesRequest { tags: team(&["shop", "web"]), action: count, ..filter() },
            ListResourceInstancesRequest { matches: named("resource_name", "B-W"), ..filter() },
            ListResourceInstancesRequest {
                matches: [named("resource_name", "web"), named("resource_name", "A-")].concat(),
                ..filter()
            },
            ListResourceInstancesRequest {
                matches: named("name", "b"),
                limit: "x".to_owned(),
                action: -1,
                ..filter()
            },
            ListResourceInstancesRequest {
                tags: [team(&[]), team(&["a", "a"])].concat(),
                offset: "-1".to_owned(),
                ..filter()
            },
        ] {
            let rpc = "ListResourceInstances";
            seen.push(transport.send::<_, ListResourceInstancesResponse>(&product, rpc, request).await);
        }
        let answer = |number: usize| seen[number].as_ref().unwrap();
        let names = |number: usize| -> Vec<&str> {
            let resources = answer(number)["resources"].as_array().unwrap();
            resources.iter().map(|resource| resource["resource_name"].as_str().unwrap()).collect()
        };
        assert_eq!((names(0), &answer(0)["total_count"]), (vec!["a-web", "b-web"], &json!(2)));
        let first = &answer(0)["resources"][0];
        assert_eq!(first["resource_id"], first["resource_detail"]["id"]);
        assert_eq!(first["resource_detail"]["state"], "ENABLED");
        assert_eq!(first["tags"], json!([{"key": "team", "value": "shop"}]));
        assert_eq!(first["sys_tags"], Value::Null);
        assert_eq!((names(1), &answer(1)["total_count"]), (vec!["c"], &json!(3)));
        assert_eq!(*answer(2), json!({"resources": Value::Null, "total_count": 3}));
        assert_eq!(names(3), ["b-web"]);
        assert_eq!(names(4), ["a-web"]);
        assert_eq!(seen[5].as_ref().unwrap_err().fields, ["action", "matches"]);
        assert_eq!(seen[6].as_ref().unwrap_err().fields, ["tags", "tags", "offset"]);
        seen.into_iter().map(|answer| answer.map(without_ids)).collect()
    })
    .await;
}

fn without_ids(mut answer: Value) -> Value {
    for resource in answer["resources"].as_array_mut().into_iter().flatten() {
        resource["resource_id"] = json!("(id)");
    }
    answer
}

#[tokio::test]
async fn rest_takes_numbers_as_text_and_as_numbers() {
    let product = Product::start().await;
    shop(Transport::Rest, &product).await;
    let path = "/v1/{project_id}/csms/resource_instances/action";
    for (body, total, shown) in [
        (json!({"action": "filter", "limit": "1", "offset": "1"}), 3, 1),
        (json!({"action": "filter", "limit": 2, "offset": 0}), 3, 2),
        (json!({"action": "filter", "limit": null, "tags": [{"key": "team", "values": null}]}), 3, 3),
        (json!({"action": "filter", "tags": [{"key": "team"}], "matches": [], "sequence": "x"}), 3, 3),
        (json!({"action": "filter", "tags": [{"key": "none", "values": ["x"]}]}), 0, 0),
    ] {
        let answer: Value =
            product.rest("POST", path).json(&body).send().await.unwrap().json().await.unwrap();
        assert_eq!(answer["total_count"], total, "{body}");
        assert_eq!(answer["resources"].as_array().unwrap().len(), shown, "{body}");
    }
    let counted = product.rest("POST", path).json(&json!({"action": "count", "limit": "x"}));
    let counted: Value = counted.send().await.unwrap().json().await.unwrap();
    assert_eq!(counted, json!({"resources": null, "total_count": 3}));
    let rejected =
        product.rest("POST", path).json(&json!({"action": "filter", "limit": 0})).send().await.unwrap();
    assert_eq!(rejected.status(), 400);
    assert_eq!(rejected.json::<Value>().await.unwrap()["error"]["error_code"], "CSMS.0002");
}
