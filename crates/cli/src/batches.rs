//! How every command changes many secrets: preview, ask, then execute exactly what was shown.

use clap::builder::NonEmptyStringValueParser;
use prost::Message;
use serde::Serialize;
use strongroom_contract::v1;

use crate::connection::Session;
use crate::failure::CommandError;
use crate::outcomes::{self, Tense};
use crate::output::{Output, counted, note};
use crate::terminal;

/// The flags of every command that changes many secrets.
#[derive(clap::Args, Default)]
pub struct BatchFlags {
    /// Show what would happen, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do it without a preview and without asking
    #[arg(long, short = 'y', conflicts_with = "dry_run")]
    pub yes: bool,
    /// All or nothing: if one entry is rejected, nothing is changed
    #[arg(long)]
    pub atomic: bool,
    /// Idempotency key: repeating the command with the same ID within 30 days returns the first answer and changes nothing
    #[arg(long, value_name = "ID", requires = "yes", value_parser = NonEmptyStringValueParser::new())]
    pub request_id: Option<String>,
}

/// A request that changes many secrets.
pub trait Batch: Message + Clone + 'static {
    type Answer: Report;
    const PATH: &'static str;

    fn set_options(&mut self, dry_run: bool, token: String, request_id: String);
}

/// The response to a [`Batch`].
pub trait Report: Message + Default + Serialize + 'static {
    /// The outcomes, the batch id, and the dry run token.
    fn parts(&self) -> (&[v1::Outcome], &str, &str);

    fn outcomes(&self) -> &[v1::Outcome] {
        self.parts().0
    }
    fn batch_id(&self) -> &str {
        self.parts().1
    }
    fn dry_run_token(&self) -> &str {
        self.parts().2
    }
}

/// What to ask between the preview of a batch and its execution.
#[derive(PartialEq, Eq)]
pub enum Question {
    /// Nothing, so there is no preview either: the change is harmless, or the request says how many secrets it expects.
    None,
    YesOrNo(&'static str),
    /// The number of secrets, which the user types. For changes that cannot be undone: they are previewed even with `--yes`.
    Count(&'static str),
}

/// The answer of an executed batch, or of its preview if it was not executed.
pub struct BatchResult<A> {
    pub answer: A,
    pub is_executed: bool,
}

impl<A: Report> BatchResult<A> {
    pub fn text(&self) -> String {
        render(&self.answer, if self.is_executed { Tense::Done } else { Tense::Preview })
    }

    fn print(self, out: Output) -> Result<A, CommandError> {
        out.result(&self.answer, || self.text())?;
        Ok(self.answer)
    }
}

impl BatchFlags {
    /// Previews the batch, asks, executes exactly what was shown, and prints the result.
    pub async fn run_and_print<B: Batch>(
        &self,
        session: &mut Session,
        out: Output,
        batch: B,
        question: Question,
    ) -> Result<B::Answer, CommandError> {
        self.run(session, out, batch, question).await?.print(out)
    }

    /// Like [`Self::run_and_print`], but returns the result instead of printing it.
    pub async fn run<B: Batch>(
        &self,
        session: &mut Session,
        out: Output,
        batch: B,
        question: Question,
    ) -> Result<BatchResult<B::Answer>, CommandError> {
        let asks = !(self.yes || question == Question::None);
        let result = self.preview_and_execute(session, out, batch, question).await;
        result.map_err(|failure| self.name_flags(failure, asks))
    }

    async fn preview_and_execute<B: Batch>(
        &self,
        session: &mut Session,
        out: Output,
        mut batch: B,
        question: Question,
    ) -> Result<BatchResult<B::Answer>, CommandError> {
        let mut token = String::new();
        if self.needs_preview(&question) {
            let mut dry_run = batch.clone();
            dry_run.set_options(true, String::new(), String::new());
            let plan: B::Answer = session.call(B::PATH, dry_run).await?;
            if self.dry_run || !(self.yes || changes_anything(&plan)) {
                return Ok(BatchResult { answer: plan, is_executed: false });
            }
            if !self.yes {
                out.show(&render(&plan, Tense::Preview))?;
                ask(&plan, question).await?;
            }
            plan.dry_run_token().clone_into(&mut token);
        }
        batch.set_options(false, token, self.request_id.clone().unwrap_or_default());
        Ok(BatchResult { answer: session.call(B::PATH, batch).await?, is_executed: true })
    }

    /// Like [`Self::run_and_print`], but asks without a preview when the batch is too large for one.
    pub async fn run_with_optional_preview<B: Batch>(
        &self,
        session: &mut Session,
        out: Output,
        batch: B,
        question: Question,
    ) -> Result<B::Answer, CommandError> {
        let fallback = self.question_without_preview(&question);
        match (self.run_and_print(session, out, batch.clone(), question).await, fallback) {
            (Err(failure), Some(question)) if failure.is_too_large_for_one_transaction() => {
                note(NO_PREVIEW);
                terminal::confirm(question, "--yes").await?;
            }
            (result, _) => return result,
        }
        BatchResult { answer: session.call(B::PATH, batch).await?, is_executed: true }.print(out)
    }

    /// The given flags that require the batch to fit into one transaction.
    pub fn single_transaction_flags(&self) -> Vec<&'static str> {
        let flags = [("--atomic", self.atomic), ("--request-id", self.request_id.is_some())];
        flags.into_iter().filter_map(|(flag, given)| given.then_some(flag)).collect()
    }

    /// Names the flags that require one transaction, if the server rejects the batch as too large for one.
    fn name_flags(&self, failure: CommandError, asks: bool) -> CommandError {
        let dry_run: &[&str] = if self.dry_run { &["--dry-run"] } else { &[] };
        let flags = [dry_run, &self.single_transaction_flags()].concat();
        if flags.is_empty() || !failure.is_too_large_for_one_transaction() {
            return failure;
        }
        let confirmation = if asks { ", after you confirm" } else { "" };
        let flags = flags.join(" and ");
        failure.with_remedy(&format!("Without {flags} it is done in several transactions{confirmation}."))
    }

    fn needs_preview(&self, question: &Question) -> bool {
        match question {
            Question::None => self.dry_run,
            Question::YesOrNo(_) => !self.yes,
            Question::Count(_) => true,
        }
    }

    /// The question to ask when there is no preview. `None` for changes that cannot be undone: they need one.
    fn question_without_preview(&self, question: &Question) -> Option<&'static str> {
        match question {
            Question::YesOrNo(question) if !(self.yes || self.dry_run || self.atomic) => Some(question),
            Question::None | Question::YesOrNo(_) | Question::Count(_) => None,
        }
    }
}

const NO_PREVIEW: &str = "This is too large for one transaction, so there is no preview. It is done in several transactions; \
                          entries that fail are rejected one by one.";

pub async fn ask<A: Report>(plan: &A, question: Question) -> Result<(), CommandError> {
    match question {
        Question::None => Ok(()),
        Question::YesOrNo(question) => terminal::confirm(question, "--yes").await,
        Question::Count(question) => {
            let count = plan.outcomes().iter().filter(|outcome| outcomes::is_change(outcome)).count();
            terminal::confirm_by_typing(question, &count.to_string(), "--yes").await
        }
    }
}

/// One row for each outcome, then a summary line.
pub fn render<A: Report>(answer: &A, tense: Tense) -> String {
    let outcomes = answer.outcomes();
    let title = match tense {
        Tense::Done => "done",
        Tense::Preview => "preview",
    };
    format!("{}{title}: {}\n", outcomes::rows(outcomes, tense), outcomes::summary(outcomes, tense))
}

/// True if any entry changes something. A batch id does not show that: a batch of rejected entries has one too.
pub fn changes_anything(answer: &impl Report) -> bool {
    answer.outcomes().iter().any(outcomes::is_change)
}

/// Prints the command that undoes the batch, if it changed anything.
pub fn note_undo_command(answer: &impl Report) {
    if !answer.batch_id().is_empty() && changes_anything(answer) {
        note(format_args!("To undo this, run: strongroom batch undo {}", answer.batch_id()));
    }
}

/// Fails with exit code 3 if any entry was rejected.
pub fn check_rejected(answer: &impl Report) -> Result<(), CommandError> {
    let outcomes = answer.outcomes();
    match outcomes.iter().filter(|outcome| outcomes::is_rejected(outcome)).count() {
        0 => Ok(()),
        rejected => {
            let (one, many) = (format!("of {} was", outcomes.len()), format!("of {} were", outcomes.len()));
            Err(CommandError::SomeRejected(format!("{} rejected.", counted(rejected, &one, &many))))
        }
    }
}

impl Batch for v1::BatchImportSecretsRequest {
    type Answer = v1::BatchImportSecretsResponse;
    const PATH: &'static str = "/strongroom.v1.Batches/BatchImportSecrets";

    fn set_options(&mut self, dry_run: bool, token: String, request_id: String) {
        (self.dry_run, self.dry_run_token, self.request_id) = (dry_run, token, request_id);
    }
}

impl Batch for v1::BatchDeleteSecretsRequest {
    type Answer = v1::BatchDeleteSecretsResponse;
    const PATH: &'static str = "/strongroom.v1.Batches/BatchDeleteSecrets";

    fn set_options(&mut self, dry_run: bool, token: String, request_id: String) {
        (self.dry_run, self.dry_run_token, self.request_id) = (dry_run, token, request_id);
    }
}

impl Batch for v1::BatchCancelDeletionsRequest {
    type Answer = v1::BatchCancelDeletionsResponse;
    const PATH: &'static str = "/strongroom.v1.Batches/BatchCancelDeletions";

    fn set_options(&mut self, dry_run: bool, token: String, request_id: String) {
        (self.dry_run, self.dry_run_token, self.request_id) = (dry_run, token, request_id);
    }
}

impl Batch for v1::UndoBatchRequest {
    type Answer = v1::UndoBatchResponse;
    const PATH: &'static str = "/strongroom.v1.Batches/UndoBatch";

    fn set_options(&mut self, dry_run: bool, token: String, request_id: String) {
        (self.dry_run, self.dry_run_token, self.request_id) = (dry_run, token, request_id);
    }
}

impl Report for v1::BatchImportSecretsResponse {
    fn parts(&self) -> (&[v1::Outcome], &str, &str) {
        (&self.outcomes, &self.batch_id, &self.dry_run_token)
    }
}

impl Report for v1::BatchDeleteSecretsResponse {
    fn parts(&self) -> (&[v1::Outcome], &str, &str) {
        (&self.outcomes, &self.batch_id, &self.dry_run_token)
    }
}

impl Report for v1::BatchCancelDeletionsResponse {
    fn parts(&self) -> (&[v1::Outcome], &str, &str) {
        (&self.outcomes, &self.batch_id, &self.dry_run_token)
    }
}

impl Report for v1::UndoBatchResponse {
    fn parts(&self) -> (&[v1::Outcome], &str, &str) {
        (&self.outcomes, &self.batch_id, &self.dry_run_token)
    }
}

/// The answers of a stream merged into one. A stream has no dry run token.
impl Report for v1::ImportSecretsStreamResponse {
    fn parts(&self) -> (&[v1::Outcome], &str, &str) {
        (&self.outcomes, self.progress.as_ref().map_or("", |progress| &progress.batch_id), "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn question_without_preview_is_asked_only_for_changes_that_can_be_undone_in_parts() {
        let plain = BatchFlags::default();
        assert_eq!(plain.question_without_preview(&Question::YesOrNo("Sure?")), Some("Sure?"));
        assert_eq!(plain.question_without_preview(&Question::Count("How many?")), None);
        for flags in [
            BatchFlags { yes: true, ..BatchFlags::default() },
            BatchFlags { dry_run: true, ..BatchFlags::default() },
            BatchFlags { atomic: true, ..BatchFlags::default() },
        ] {
            assert_eq!(flags.question_without_preview(&Question::YesOrNo("Sure?")), None);
        }
    }
}
