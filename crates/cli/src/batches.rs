//! The one way in which a command changes many secrets: show what would happen, ask, and have exactly that done.

use clap::builder::NonEmptyStringValueParser;
use prost::Message;
use serde::Serialize;
use strongroom_contract::v1;

use crate::connection::Session;
use crate::failure::CommandError;
use crate::outcomes;
use crate::output::{Output, counted, note};
use crate::terminal;

/// The flags of every change of many secrets.
#[derive(clap::Args, Default)]
pub struct Changing {
    /// Show what would happen, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do it without showing it first and without a question
    #[arg(long, short = 'y', conflicts_with = "dry_run")]
    pub yes: bool,
    /// All or nothing: if one entry is rejected, nothing is changed
    #[arg(long)]
    pub atomic: bool,
    /// A name for this change; given again within 30 days, the first answer comes again and nothing is done twice
    #[arg(long, value_name = "ID", requires = "yes", value_parser = NonEmptyStringValueParser::new())]
    pub request_id: Option<String>,
}

/// A request that changes many secrets.
pub trait Batch: Message + Clone + 'static {
    type Answer: Report;
    const PATH: &'static str;

    fn safeguards(&mut self, dry_run: bool, token: String, request_id: String);
}

/// The answer to one.
pub trait Report: Message + Default + Serialize + 'static {
    /// The outcomes, the id of the batch, and the token of a dry run.
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

/// What is asked before a batch that was shown is carried out.
#[derive(PartialEq, Eq)]
pub enum Question {
    /// Nothing, and so nothing is shown before either: it harms nobody, or the request says how many it means.
    None,
    YesOrNo(&'static str),
    /// To type the number of secrets: it cannot be undone, so with `--yes` too it is what a dry run found.
    Count(&'static str),
}

/// What came of a batch: what was done, or what would be if that is all there is to tell.
pub struct Ended<A> {
    pub answer: A,
    pub is_done: bool,
}

impl<A: Report> Ended<A> {
    pub fn text(&self) -> String {
        told(&self.answer, if self.is_done { "done" } else { "would be" })
    }

    fn tell(self, out: Output) -> Result<A, CommandError> {
        out.result(&self.answer, || self.text())?;
        Ok(self.answer)
    }
}

impl Changing {
    /// Shows the batch, asks, has exactly that done, and tells what was done.
    pub async fn carry_out<B: Batch>(
        &self,
        session: &mut Session,
        out: Output,
        batch: B,
        question: Question,
    ) -> Result<B::Answer, CommandError> {
        self.end(session, out, batch, question).await?.tell(out)
    }

    /// As [`Self::carry_out`], and leaves to the caller to tell what came of it.
    pub async fn end<B: Batch>(
        &self,
        session: &mut Session,
        out: Output,
        batch: B,
        question: Question,
    ) -> Result<Ended<B::Answer>, CommandError> {
        let asks = !(self.yes || question == Question::None);
        let ended = self.shown_and_done(session, out, batch, question).await;
        ended.map_err(|failure| self.explained(failure, asks))
    }

    async fn shown_and_done<B: Batch>(
        &self,
        session: &mut Session,
        out: Output,
        mut batch: B,
        question: Question,
    ) -> Result<Ended<B::Answer>, CommandError> {
        let mut token = String::new();
        if self.is_tried_before(&question) {
            let mut trial = batch.clone();
            trial.safeguards(true, String::new(), String::new());
            let plan: B::Answer = session.call(B::PATH, trial).await?;
            if self.dry_run || !(self.yes || is_any_change(&plan)) {
                return Ok(Ended { answer: plan, is_done: false });
            }
            if !self.yes {
                out.show(&told(&plan, "would be"))?;
                ask(&plan, question).await?;
            }
            plan.dry_run_token().clone_into(&mut token);
        }
        batch.safeguards(false, token, self.request_id.clone().unwrap_or_default());
        Ok(Ended { answer: session.call(B::PATH, batch).await?, is_done: true })
    }

    /// As [`Self::carry_out`], but what is too much to be shown before is asked about without.
    pub async fn carry_out_even_unseen<B: Batch>(
        &self,
        session: &mut Session,
        out: Output,
        batch: B,
        question: Question,
    ) -> Result<B::Answer, CommandError> {
        let unseen = self.unseen(&question);
        match (self.carry_out(session, out, batch.clone(), question).await, unseen) {
            (Err(failure), Some(question)) if failure.is_too_large_for_one_step() => {
                note(UNSEEN);
                terminal::confirm(question, "--yes").await?;
            }
            (ended, _) => return ended,
        }
        Ended { answer: session.call(B::PATH, batch).await?, is_done: true }.tell(out)
    }

    /// The flags given for which all is done as a whole.
    pub fn of_a_whole(&self) -> Vec<&'static str> {
        let flags = [("--atomic", self.atomic), ("--request-id", self.request_id.is_some())];
        flags.into_iter().filter_map(|(flag, given)| given.then_some(flag)).collect()
    }

    /// What one step does not hold is told with the flags that need one, if it is for them.
    fn explained(&self, failure: CommandError, asks: bool) -> CommandError {
        let shown: &[&str] = if self.dry_run { &["--dry-run"] } else { &[] };
        let flags = [shown, &self.of_a_whole()].concat();
        if flags.is_empty() || !failure.is_too_large_for_one_step() {
            return failure;
        }
        let asked = if asks { ", after a question" } else { "" };
        let flags = flags.join(" and ");
        failure.because_of_a_flag(&format!("Without {flags} it is done part by part{asked}."))
    }

    fn is_tried_before(&self, question: &Question) -> bool {
        match question {
            Question::None => self.dry_run,
            Question::YesOrNo(_) => !self.yes,
            Question::Count(_) => true,
        }
    }

    /// What is asked without a plan, where that is enough: not about what cannot be undone.
    fn unseen(&self, question: &Question) -> Option<&'static str> {
        match question {
            Question::YesOrNo(question) if !(self.yes || self.dry_run || self.atomic) => Some(question),
            Question::None | Question::YesOrNo(_) | Question::Count(_) => None,
        }
    }
}

const UNSEEN: &str = "This is too large for one transaction, so there is no preview. It is done in several transactions; what \
                      cannot be done is rejected one by one.";

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

pub fn told<A: Report>(answer: &A, before: &str) -> String {
    let outcomes = answer.outcomes();
    format!("{}{before}: {}\n", outcomes::rows(outcomes), outcomes::summary(outcomes))
}

/// A batch has an id too when all of it was rejected.
pub fn is_any_change(answer: &impl Report) -> bool {
    answer.outcomes().iter().any(outcomes::is_change)
}

/// How to undo a batch, if it changed anything.
pub fn note_undo(answer: &impl Report) {
    if !answer.batch_id().is_empty() && is_any_change(answer) {
        note(format_args!("Undo it with: strongroom batch undo {}", answer.batch_id()));
    }
}

/// The end of a command that changed what it could.
pub fn all_or_some(answer: &impl Report) -> Result<(), CommandError> {
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

    fn safeguards(&mut self, dry_run: bool, token: String, request_id: String) {
        (self.dry_run, self.dry_run_token, self.request_id) = (dry_run, token, request_id);
    }
}

impl Batch for v1::BatchDeleteSecretsRequest {
    type Answer = v1::BatchDeleteSecretsResponse;
    const PATH: &'static str = "/strongroom.v1.Batches/BatchDeleteSecrets";

    fn safeguards(&mut self, dry_run: bool, token: String, request_id: String) {
        (self.dry_run, self.dry_run_token, self.request_id) = (dry_run, token, request_id);
    }
}

impl Batch for v1::BatchCancelDeletionsRequest {
    type Answer = v1::BatchCancelDeletionsResponse;
    const PATH: &'static str = "/strongroom.v1.Batches/BatchCancelDeletions";

    fn safeguards(&mut self, dry_run: bool, token: String, request_id: String) {
        (self.dry_run, self.dry_run_token, self.request_id) = (dry_run, token, request_id);
    }
}

impl Batch for v1::UndoBatchRequest {
    type Answer = v1::UndoBatchResponse;
    const PATH: &'static str = "/strongroom.v1.Batches/UndoBatch";

    fn safeguards(&mut self, dry_run: bool, token: String, request_id: String) {
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

/// The answers of a stream, gathered into one. It has no token.
impl Report for v1::ImportSecretsStreamResponse {
    fn parts(&self) -> (&[v1::Outcome], &str, &str) {
        (&self.outcomes, self.progress.as_ref().map_or("", |progress| &progress.batch_id), "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_shown_is_asked_about_unless_it_is_final_or_a_whole() {
        let plain = Changing::default();
        assert_eq!(plain.unseen(&Question::YesOrNo("Sure?")), Some("Sure?"));
        assert_eq!(plain.unseen(&Question::Count("How many?")), None);
        for changing in [
            Changing { yes: true, ..Changing::default() },
            Changing { dry_run: true, ..Changing::default() },
            Changing { atomic: true, ..Changing::default() },
        ] {
            assert_eq!(changing.unseen(&Question::YesOrNo("Sure?")), None);
        }
    }
}
