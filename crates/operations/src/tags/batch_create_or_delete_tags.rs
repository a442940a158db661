//! Giving a secret several tags, or taking several away, in one step.

use strongroom_contract::v1::{BatchCreateOrDeleteTagsRequest, BatchCreateOrDeleteTagsResponse, TagAction};
use strongroom_validation::Tag;

use super::{with, without};
use crate::change::Which;
use crate::{Answer, Call, Operations, Rejection};

/// The contract names the event of the other action.
const DELETED: &str = "deleteResourceTag";

impl Operations {
    pub async fn batch_create_or_delete_tags(
        &self,
        call: &Call,
        request: BatchCreateOrDeleteTagsRequest,
    ) -> Answer<BatchCreateOrDeleteTagsResponse> {
        let project = self.project(call, &request.project_id)?;
        let action = TagAction::try_from(request.action).unwrap_or_default();
        let deletes = action == TagAction::Delete;
        let tags: Vec<_> = request
            .tags
            .iter()
            .map(|tag| Tag { key: &tag.key, value: (!deletes).then_some(tag.value.as_str()) })
            .collect();
        let mut problems = strongroom_validation::tag_batch(&tags, (!deletes).then_some(self.limits.tags));
        if action == TagAction::Unspecified {
            problems.insert(0, strongroom_validation::unknown_action(["create", "delete"]));
        }
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }

        let event = if deletes { DELETED } else { call.event };
        let call = Call { event, ..call.clone() };
        self.change_secret(&call, project, Which::Id(&request.secret_id), |secret, _| {
            if deletes {
                let keys: Vec<_> = tags.iter().map(|tag| tag.key).collect();
                return Ok(Some(without(secret, &keys)?));
            }
            Ok(Some(with(secret, &request.tags, self.limits.tags)?))
        })
        .await?;
        Ok(BatchCreateOrDeleteTagsResponse::default())
    }
}
