//! How easily values are guessed, and whether weak ones are rejected.

mod check_secrets;
mod show_secrets_config;
mod update_secrets_config;

use strongroom_contract::v1::Strength;
use strongroom_storage::Id;
use zeroize::Zeroizing;

use crate::{Answer, OperationError, Operations, Rejection, strength};

impl Operations {
    /// Rejects a weak text value where the project says so. None, for a binary one, is never weak.
    pub(crate) async fn judge_strength(&self, project: Id, secret_string: Option<&str>) -> Answer<()> {
        let Some(text) = secret_string else { return Ok(()) };
        if !self.rejects_weak(project).await? {
            return Ok(());
        }
        self.weakness(text).await?.map_or(Ok(()), |rejection| Err(rejection.into()))
    }

    /// Why a text value is too weak to be stored, if it is.
    pub(crate) async fn weakness(&self, secret_string: &str) -> Answer<Option<Rejection>> {
        let judged = self.strength(secret_string).await?;
        Ok((!judged.strong).then_some(Rejection::WeakValue {
            score: judged.score,
            needed: strength::STRONG,
            reason: judged.reason,
            suggestions: judged.suggestions,
        }))
    }

    /// How easily a text is guessed. Judged one at a time and apart from the threads that answer, because a text may be
    /// chosen to take long.
    pub(crate) async fn strength(&self, text: &str) -> Answer<Strength> {
        let text = Zeroizing::new(text.to_owned());
        let turn = self.judging.clone().acquire_owned().await;
        let turn = turn.map_err(OperationError::internal("waiting to judge a text"))?;
        let judged = tokio::task::spawn_blocking(move || {
            let judged = strength::judge(&text);
            drop(turn);
            judged
        });
        judged.await.map_err(OperationError::internal("judging a text"))
    }

    /// Whether the project rejects weak values, for those who have many to judge.
    pub(crate) async fn rejects_weak(&self, project: Id) -> Answer<bool> {
        let settings = self.view().await?.checker_settings(project).await;
        let settings = settings.map_err(OperationError::internal("reading the settings of the checker"))?;
        Ok(settings.is_some_and(|settings| settings.record.strength))
    }
}
