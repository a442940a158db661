//! Showing the limits, for clients that check before they send.

use strongroom_contract::v1::{ShowLimitsRequest, ShowLimitsResponse};
use strongroom_validation::limits;

use crate::{Answer, Call, Denial, Operations};

impl Operations {
    pub async fn show_limits(&self, call: &Call, request: ShowLimitsRequest) -> Answer<ShowLimitsResponse> {
        let project = self.project(call, &request.project_id)?;
        let stored = self.counts.current(&self.storage, project).await;
        let stored = stored.map_err(Denial::fault("counting the secrets of a project"))?;
        let overdue = self.view().await?.overdue(call.now, usize::MAX).await;
        let overdue = overdue.map_err(Denial::fault("looking for overdue secrets"))?;
        let gone = overdue.iter().filter(|(of, _)| *of == project).count();
        Ok(ShowLimitsResponse {
            secrets_used: number(stored.saturating_sub(gone)),
            secrets: number(self.limits.secrets),
            versions: number(self.limits.versions),
            stages: number(self.limits.stages),
            tags: number(self.limits.tags),
            value_bytes: number(self.limits.value_bytes),
            body_bytes: i64::try_from(self.limits.body_bytes).unwrap_or(i64::MAX),
            import_entries: number(self.limits.import_entries),
            batch_get_names: number(limits::MAX_BATCH_GET_NAMES),
            keys: number(self.limits.keys),
            page_items: i32::try_from(limits::MAX_LIST_LIMIT).unwrap_or(i32::MAX),
        })
    }
}

/// A limit as the wire carries it. Settings keep them far below the bound.
fn number(limit: usize) -> i32 {
    i32::try_from(limit).unwrap_or(i32::MAX)
}
