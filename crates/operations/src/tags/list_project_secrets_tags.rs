//! Listing the keys that secrets of a project are tagged with, and their values.
//!
//! Costs one read for each value, however many secrets have it, unless overdue secrets stand first.

use std::collections::BTreeSet;

use strongroom_contract::v1::{ListProjectSecretsTagsRequest, ListProjectSecretsTagsResponse, TagValues};
use strongroom_storage::{FirstOfTag, Id, Names, PAGE, View};

use crate::names::after;
use crate::{Answer, Call, OperationError, Operations};

/// Most tags that are looked at, values of all keys together. Chosen by us: 10,000 seeks take
/// about 30 milliseconds. The contract names it.
const LOOKED_AT: usize = 10_000;

impl Operations {
    pub async fn list_project_secrets_tags(
        &self,
        call: &Call,
        _: ListProjectSecretsTagsRequest,
    ) -> Answer<ListProjectSecretsTagsResponse> {
        let view = self.view().await?;
        let overdue = self.overdue_names(&view, call).await?;

        let found = view
            .tags(call.project(), None, LOOKED_AT + 1)
            .await
            .map_err(OperationError::internal("listing tags"))?;
        let truncated = found.len() > LOOKED_AT;
        let mut tags: Vec<TagValues> = Vec::new();
        for tag in found.into_iter().take(LOOKED_AT) {
            if !is_used(&view, call.project(), &tag, &overdue).await? {
                continue;
            }
            match tags.last_mut().filter(|known| known.key == tag.key) {
                Some(known) => known.values.push(tag.value),
                None => tags.push(TagValues { key: tag.key, values: vec![tag.value] }),
            }
        }
        Ok(ListProjectSecretsTagsResponse { tags, truncated })
    }
}

/// Whether the time of one secret at least that has the tag has not come.
async fn is_used(view: &View, project: Id, tag: &FirstOfTag, overdue: &BTreeSet<String>) -> Answer<bool> {
    let names = Names::Tagged { key: &tag.key, value: &tag.value };
    let mut last = tag.name.clone();
    while overdue.contains(&last) {
        let found = view.names(project, names, &after(&last), PAGE).await;
        let found = found.map_err(OperationError::internal("listing tags"))?;
        let Some(name) = found.iter().find(|name| !overdue.contains(*name)).or(found.last()) else {
            return Ok(false);
        };
        last.clone_from(name);
    }
    Ok(true)
}
