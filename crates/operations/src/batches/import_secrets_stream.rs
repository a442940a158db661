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

use super::gathering::{End, Gathering, Group};
use super::import::Import;
use super::outcome::is_rejected;
use super::policy::Policy;
use super::quota::QuotaReservation;
use crate::describe::count;
use crate::streams::Untold;
use crate::{Answer, Answers, Call, OperationError, Operations, PendingTransaction, Piece, Rejection};

/// A stream as far as it is stored.
struct Stored<'a> {
    call: &'a Call,
    answers: Answers<ImportSecretsStreamResponse>,
    received: &'a AtomicUsize,
    progress: ImportProgress,
    import: Import,
    /// Of a dry run.
    room: Option<QuotaReservation>,
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
        let project = self.project(call, &first.project_id)?;
        let options = first.options.unwrap_or_default();
        let mut problems =
            strongroom_validation::import_stream(options.atomic, &options.dry_run_token, &options.request_id);
        problems.extend(Policy::problems(options.on_existing, options.on_pending));
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }
        let rules = self.rules(call, project, Policy::of(options.on_existing, options.on_pending)).await?;
        let room = match options.dry_run {
            true => Some(self.room(project).await?),
            false => None,
        };
        let received = AtomicUsize::new(0);
        let gathering = Gathering::of(self, rules, (first.secrets, charge), pieces, &received);
        let stored = Stored {
            call,
            answers,
            received: &received,
            progress: ImportProgress::default(),
            import: Import::in_groups(call, project, options.dry_run),
            room,
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
            group = gathering.held_against(rejected, next);
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
        let dry_run = stored.room.is_some();
        // A stream may take long, and what comes late is judged by the time it comes.
        let call = Call {
            now: self.clock.now(),
            pending: dry_run.then(|| Arc::new(PendingTransaction::dry_run())),
            ..stored.call.clone()
        };
        stored.import.has_come_to(stored.received.load(Ordering::Relaxed));
        let (decisions, mut outcomes) =
            self.import(&call, &mut stored.import, group.entries(), end.is_some()).await?;
        stored.progress.batch_id = stored.import.batch_id();
        stored.progress.finished = matches!(end, Some(End::Whole));
        if let Some(room) = &mut stored.room {
            let decided = group.entries().iter().zip(&decisions).zip(&mut outcomes);
            decided
                .for_each(|((entry, decision), outcome)| room.take(&self.limits, entry, decision, outcome));
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
        self.answers.tell(answer).await.map_err(|untold| match untold {
            Untold::Gone => Stop::Alone,
            Untold::Slow { patience } => {
                Stop::Denied(Rejection::NotListening { seconds: patience.as_secs() }.into())
            }
        })
    }
}
