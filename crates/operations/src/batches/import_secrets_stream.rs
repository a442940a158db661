//! Storing secrets that arrive over time: in groups, each told as soon as it is on disk.
//!
//! While one group is being stored the next is gathered, and no more than that is held. When the caller is gone the group
//! at hand is finished, and the stream stops there.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use strongroom_contract::v1::{
    ImportProgress, ImportSecretsStreamRequest, ImportSecretsStreamResponse, Outcome,
};
use tokio::sync::{Notify, mpsc};

use crate::describe::count;
use crate::import::Import;
use crate::import::dry_run_quota::DryRunQuota;
use crate::import::policy::Policy;
use crate::import::stream::{End, Gathering, Group};
use crate::journal::outcome::is_rejected;
use crate::streams::NotSent;
use crate::{Answer, Answers, Call, OperationError, Operations, Piece, Rejection, RequestOptions};

/// A stream as far as it is stored.
struct Stored<'a> {
    call: &'a Call,
    answers: Answers<ImportSecretsStreamResponse>,
    received: &'a AtomicUsize,
    progress: ImportProgress,
    import: Import,
    /// Present in a dry run.
    dry_run_quota: Option<DryRunQuota>,
}

/// Why a stream goes no further.
enum Stop {
    Denied(OperationError),
    /// Nobody listens any more.
    Alone,
}

impl From<OperationError> for Stop {
    fn from(denial: OperationError) -> Self {
        Self::Denied(denial)
    }
}

impl Operations {
    pub async fn import_secrets_stream(
        &self,
        call: &Call,
        mut pieces: mpsc::Receiver<Piece<ImportSecretsStreamRequest>>,
        answers: Answers<ImportSecretsStreamResponse>,
    ) -> Answer<()> {
        let Some(Piece::Message { message: first, charge }) = pieces.recv().await else { return Ok(()) };
        call.verify_project(&first.project_id)?;
        let options = first.options.unwrap_or_default();
        let mut problems =
            strongroom_validation::import_stream(options.atomic, &options.dry_run_token, &options.request_id);
        problems.extend(Policy::problems(options.on_existing, options.on_pending));
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }
        let rules = self.rules(call, Policy::of(options.on_existing, options.on_pending)).await?;
        let dry_run_quota = match options.dry_run {
            true => Some(self.dry_run_quota(call.project()).await?),
            false => None,
        };
        let received = AtomicUsize::new(0);
        let gathering = Gathering::of(self, rules, (first.secrets, charge), pieces, &received);
        let stored = Stored {
            call,
            answers,
            received: &received,
            progress: ImportProgress::default(),
            import: Import::of_stream(call, options.dry_run),
            dry_run_quota,
        };
        match self.take_in(gathering, stored).await {
            Ok(()) | Err(Stop::Alone) => Ok(()),
            Err(Stop::Denied(denial)) => Err(denial),
        }
    }

    async fn take_in(&self, mut gathering: Gathering<'_>, mut stored: Stored<'_>) -> Result<(), Stop> {
        // Some callers send nothing before they are answered.
        stored.tell(Vec::new()).await?;
        let mut group = Group::default();
        loop {
            let idle = Notify::new();
            let storing = async {
                let rejected = match group.is_empty() {
                    true => Vec::new(),
                    false => self.import_group(&mut stored, &group, None).await?,
                };
                idle.notify_one();
                Ok(rejected)
            };
            let gathered = async { gathering.next(&idle).await.map_err(Stop::from) };
            let (rejected, next) = tokio::try_join!(storing, gathered)?;
            group = gathering.reject_duplicates(rejected, next);
            let Some(end) = group.end.take() else { continue };
            if matches!(end, End::Whole | End::Rejected(_)) {
                self.import_group(&mut stored, &group, Some(&end)).await?;
            }
            return match end {
                End::Whole | End::Broken => Ok(()),
                End::Rejected(rejection) => Err(Stop::Denied(rejection.into())),
            };
        }
    }

    /// Stores a group and tells of it. Answers with the places of the entries that were rejected.
    async fn import_group(
        &self,
        stored: &mut Stored<'_>,
        group: &Group,
        end: Option<&End>,
    ) -> Result<Vec<usize>, Stop> {
        let dry_run = stored.dry_run_quota.is_some();
        // A stream may take long, and what comes late is judged by the time it comes.
        let call = Call {
            now: self.clock.now(),
            options: dry_run.then(|| Arc::new(RequestOptions::dry_run())),
            ..stored.call.clone()
        };
        stored.import.set_total(stored.received.load(Ordering::Relaxed));
        let (decisions, mut outcomes) =
            self.import_next(&call, &mut stored.import, group.entries(), end.is_some()).await?;
        stored.progress.batch_id = stored.import.batch_id();
        stored.progress.finished = matches!(end, Some(End::Whole));
        if let Some(quota) = &mut stored.dry_run_quota {
            let decided = group.entries().iter().zip(&decisions).zip(&mut outcomes);
            decided
                .for_each(|((entry, decision), outcome)| quota.count(&self.limits, entry, decision, outcome));
        }
        let rejected = outcomes.iter().filter(|outcome| is_rejected(outcome));
        let rejected = rejected.filter_map(|outcome| usize::try_from(outcome.index).ok()).collect();
        stored.tell(outcomes).await?;
        Ok(rejected)
    }
}

impl Stored<'_> {
    async fn tell(&mut self, outcomes: Vec<Outcome>) -> Result<(), Stop> {
        let rejected = count(outcomes.iter().filter(|outcome| is_rejected(outcome)).count());
        let progress = &mut self.progress;
        progress.received = count(self.received.load(Ordering::Relaxed));
        progress.done += count(outcomes.len());
        progress.failed += rejected;
        progress.success = progress.done - progress.failed;
        let answer = ImportSecretsStreamResponse { outcomes, progress: Some(progress.clone()) };
        self.answers.tell(answer).await.map_err(|not_sent| match not_sent {
            NotSent::Closed => Stop::Alone,
            NotSent::Slow { patience } => {
                Stop::Denied(Rejection::NotListening { seconds: patience.as_secs() }.into())
            }
        })
    }
}
