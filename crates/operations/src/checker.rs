//! How easily values are guessed, and whether weak ones are refused.

mod check_secrets;
mod show_secrets_config;
mod update_secrets_config;

use strongroom_storage::Id;

use crate::{Answer, Denial, Operations, Refusal, strength};

impl Operations {
    /// Refuses a weak text value where the project says so. None, for a binary one, is never weak.
    pub(crate) async fn judge_strength(&self, project: Id, secret_string: Option<&str>) -> Answer<()> {
        if !self.refuses_weak(project).await? {
            return Ok(());
        }
        secret_string.and_then(weakness).map_or(Ok(()), |refusal| Err(refusal.into()))
    }

    /// Whether the project refuses weak values, for those who have many to judge.
    pub(crate) async fn refuses_weak(&self, project: Id) -> Answer<bool> {
        let settings = self.view().await?.checker_settings(project).await;
        let settings = settings.map_err(Denial::fault("reading the settings of the checker"))?;
        Ok(settings.is_some_and(|settings| settings.record.strength))
    }
}

/// Why a text value is too weak to be stored, if it is.
pub(crate) fn weakness(secret_string: &str) -> Option<Refusal> {
    let judged = strength::judge(secret_string);
    (!judged.strong).then_some(Refusal::WeakValue {
        score: judged.score,
        needed: strength::STRONG,
        reason: judged.reason,
        suggestions: judged.suggestions,
    })
}
