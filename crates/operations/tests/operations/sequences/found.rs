//! What looking for secrets finds: by their tags, their names and their states.

use std::collections::{BTreeMap, BTreeSet};

use strongroom_contract::v1;

use super::model::{Model, Secret};
use super::steps::{KEYS, VALUES};
use crate::strongroom::Strongroom;

pub async fn what_is_looked_for(strongroom: &Strongroom, model: &Model) {
    tags_listed(strongroom, model).await;
    let by = |holds: &dyn Fn(&str, &Secret) -> bool| -> Vec<String> {
        let found = model.secrets.iter().filter(|(name, secret)| holds(name, secret));
        found.map(|(name, _)| (*name).to_owned()).collect()
    };
    for key in KEYS {
        let any = by(&|_, secret| secret.tags.contains_key(key));
        assert_eq!(tagged(strongroom, key, None).await, any, "{key}");
        assert_eq!(searched(strongroom, &format!("tag:{key}")).await, any, "{key}");
        let none = by(&|_, secret| !secret.tags.contains_key(key));
        assert_eq!(searched(strongroom, &format!("-tag:{key}")).await, none, "{key}");
        for value in VALUES {
            let exactly = by(&|_, secret| secret.tags.get(key) == Some(&value));
            assert_eq!(tagged(strongroom, key, Some(value)).await, exactly, "{key}={value}");
            assert_eq!(searched(strongroom, &format!("tag:{key}={value}")).await, exactly, "{key}={value}");
        }
    }
    let waiting = by(&|_, secret| secret.due.is_some());
    assert_eq!(searched(strongroom, "state:PENDING_DELETE").await, waiting);
    let begins = by(&|name, secret| name.starts_with('a') && secret.due.is_none());
    assert_eq!(searched(strongroom, "name:a* -state:PENDING_DELETE").await, begins);
}

async fn tags_listed(strongroom: &Strongroom, model: &Model) {
    let pairs = |tags: Vec<v1::Tag>| tags.into_iter().map(|tag| (tag.key, tag.value)).collect::<Vec<_>>();
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for secret in model.secrets.values() {
        let request = v1::ListSecretTagsRequest { secret_id: secret.id.clone(), ..Default::default() };
        let call = strongroom.call("ListSecretTags");
        let answer = strongroom.operations.list_secret_tags(&call, request).await.unwrap();
        let expected: Vec<_> =
            secret.tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        assert_eq!(pairs(answer.tags), expected);
        for (key, value) in expected {
            all.entry(key).or_default().insert(value);
        }
    }
    let call = strongroom.call("ListProjectSecretsTags");
    let request = v1::ListProjectSecretsTagsRequest::default();
    let answer = strongroom.operations.list_project_secrets_tags(&call, request).await.unwrap();
    let listed: Vec<_> = answer.tags.into_iter().map(|tag| (tag.key, tag.values)).collect();
    let all: Vec<_> = all.into_iter().map(|(key, values)| (key, values.into_iter().collect())).collect();
    assert_eq!(listed, all);
}

async fn tagged(strongroom: &Strongroom, key: &str, value: Option<&str>) -> Vec<String> {
    let values = value.into_iter().map(str::to_owned).collect();
    let request = v1::ListResourceInstancesRequest {
        action: v1::InstanceAction::Filter.into(),
        tags: vec![v1::TagValues { key: key.to_owned(), values }],
        ..Default::default()
    };
    let call = strongroom.call("ListResourceInstances");
    let answer = strongroom.operations.list_resource_instances(&call, request).await.unwrap();
    let resources = answer.resources.unwrap().resources;
    assert_eq!(answer.total_count as usize, resources.len());
    resources.into_iter().map(|resource| resource.resource_name).collect()
}

async fn searched(strongroom: &Strongroom, query: &str) -> Vec<String> {
    let request = v1::SearchSecretsRequest { query: query.to_owned(), ..Default::default() };
    let call = strongroom.call("SearchSecrets");
    let answer = strongroom.operations.search_secrets(&call, request).await.unwrap();
    answer.secrets.into_iter().map(|secret| secret.name).collect()
}
