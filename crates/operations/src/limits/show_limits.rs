//! Showing the limits, for clients that check before they send.

use strongroom_contract::v1::{ShowLimitsRequest, ShowLimitsResponse};
use strongroom_validation::limits;

use crate::describe::count;
use crate::{Answer, Call, OperationError, Operations};

impl Operations {
    pub async fn show_limits(&self, call: &Call, _: ShowLimitsRequest) -> Answer<ShowLimitsResponse> {
        let stored = self.counts.current(&self.storage, call.project()).await;
        let stored = stored.map_err(OperationError::internal("counting the secrets of a project"))?;
        let gone = self.overdue_names(&self.view().await?, call).await?.len();
        Ok(ShowLimitsResponse {
            secrets_used: count(stored.saturating_sub(gone)),
            secrets: count(self.limits.secrets),
            versions: count(self.limits.versions),
            stages: count(self.limits.stages),
            tags: count(self.limits.tags),
            value_bytes: count(self.limits.value_bytes),
            body_bytes: i64::try_from(self.limits.body_bytes).unwrap_or(i64::MAX),
            import_entries: count(self.limits.import_entries),
            stream_entries: count(self.limits.stream_entries),
            selected_secrets: count(self.limits.selected_secrets),
            batch_get_names: count(limits::MAX_BATCH_GET_NAMES),
            keys: count(self.limits.keys),
            step_entries: count(self.entries_per_transaction()),
            step_bytes: i64::try_from(self.storage.limits().bytes).unwrap_or(i64::MAX),
            page_items: count(limits::MAX_LIST_LIMIT as usize),
        })
    }
}
