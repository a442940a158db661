//! Listing the secrets of a project.

use strongroom_contract::v1::{ListSecretsRequest, ListSecretsResponse};
use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Id, Names, StorageError, View};

use crate::{Answer, Call, OperationError, Operations, Rejection, describe, lifecycle, names};

impl Operations {
    pub async fn list_secrets(
        &self,
        call: &Call,
        request: ListSecretsRequest,
    ) -> Answer<ListSecretsResponse> {
        let limit = strongroom_validation::list_limit(request.limit);
        let limit = limit.map_err(Rejection::invalid)? as usize;
        if let Some(problem) = strongroom_validation::marker(&request.marker) {
            return Err(Rejection::invalid(problem).into());
        }

        let view = self.view().await?;
        let (mut secrets, mut last, event) = (Vec::new(), request.marker, request.event_name);
        // One more than the page, to know whether another follows. Overdue ones are passed over, so it may take more reads.
        while secrets.len() <= limit {
            let wanted = limit + 1 - secrets.len();
            let start = names::after(&last);
            let found = match event.as_str() {
                "" => view.secrets(call.project(), &start, wanted).await,
                event => subscribed(&view, call.project(), event, &start, wanted).await,
            };
            let found = found.map_err(OperationError::internal("listing secrets"))?;
            let Some(secret) = found.last() else { break };
            last.clone_from(&secret.name);
            let exhausted = found.len() < wanted;
            secrets.extend(found.into_iter().filter(|secret| !lifecycle::is_gone(secret, call.now)));
            if exhausted {
                break;
            }
        }

        let more = secrets.len() > limit;
        secrets.truncate(limit);
        let page_info = describe::page_info(&secrets, more, |secret| &secret.name);
        let secrets = match event.as_str() {
            "" => self.described_page(&view, call, secrets).await?,
            _ => self.described_each(&view, call, secrets).await?,
        };
        Ok(ListSecretsResponse { secrets, page_info: Some(page_info) })
    }
}

/// The first `limit` secrets subscribed to the event from the name `start` on, that one included.
async fn subscribed(
    view: &View,
    project: Id,
    event: &str,
    start: &str,
    limit: usize,
) -> Result<Vec<SecretRecord>, StorageError> {
    let names = view.names(project, Names::Subscribed { event }, start, limit).await?;
    view.secrets_named(project, &names).await
}
