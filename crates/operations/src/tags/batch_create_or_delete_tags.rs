//! Giving a secret several tags, or taking several away, in one step.

use strongroom_contract::v1::{BatchCreateOrDeleteTagsRequest, BatchCreateOrDeleteTagsResponse, TagAction};
use strongroom_validation::Tag;

use super::{with, without};
use crate::transaction::SecretRef;
use crate::{Answer, Call, Operations, Rejection};

/// The contract names the event of the other action.
const DELETED: &str = "deleteResourceTag";

impl Operations {
    pub async fn batch_create_or_delete_tags(
        &self,
        call: &Call,
        request: BatchCreateOrDeleteTagsRequest,
    ) -> Answer<BatchCreateOrDeleteTagsResponse> {
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
        let call = &Call { event, ..call.clone() };
        let (request, tags) = (&request, &tags);
        self.transact(call, |mut tx| async move {
            let before = tx.secret(SecretRef::Id(&request.secret_id)).await?;
            let after = match deletes {
                true => without(&before.record, &tags.iter().map(|tag| tag.key).collect::<Vec<_>>())?,
                false => with(&before.record, &request.tags, self.limits.tags)?,
            };
            tx.update_secret(&before, &after)?;
            tx.answer(BatchCreateOrDeleteTagsResponse::default()).await
        })
        .await
    }
}
