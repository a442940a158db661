//! `strongroom import`: previews a file of secrets, then stores them.

mod long;
mod names;
mod read_file;
mod reading;
mod secrets;

use std::path::{Path, PathBuf};

use prost::Message;
use serde::Serialize;
use strongroom_contract::v1;
use strongroom_import_files::{Field, FileEntry, Limits, LineProblem, fold, judge};

use crate::batches::{self, BatchFlags, BatchResult, Question, Report};
use crate::connection::{Connection, Session};
use crate::failure::CommandError;
use crate::output::{Output, counted, note, printable};
use crate::policies::{OnExisting, OnPending};
use reading::Reading;
use secrets::{QUESTION, new_secret};

/// Problems listed in text output. Our choice: people correct a few screens at a time.
const MAX_LISTED_PROBLEMS: usize = 100;

/// Import a file of secrets: JSON, CSV, .env, YAML, or what other secret managers export
///
/// Prints the format it recognises, with the reason. If the file has problems, prints each with its line and sends nothing.
/// Otherwise shows a preview without values, and imports when you confirm. Pass --identity to open a file sealed with age.
#[derive(clap::Args)]
pub struct Import {
    /// The file; - for standard input
    file: PathBuf,
    /// What to do with names that exist
    #[arg(long, value_enum, default_value = "fail")]
    on_existing: OnExisting,
    /// What to do with names that are pending deletion
    #[arg(long, value_enum, default_value = "fail")]
    on_pending: OnPending,
    /// Leave out invalid entries, and import the others
    #[arg(long)]
    skip_bad: bool,
    #[command(flatten)]
    flags: BatchFlags,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    connection: Connection,
}

impl Import {
    pub async fn run(self, out: Output) -> Result<(), CommandError> {
        let contents = self.reading.contents(&self.file)?;
        let title = self.shown_name();
        note(format_args!("Reading {title} as {}. {}", contents.format.title(), contents.why));
        for column in &contents.columns {
            let field = column.field.map_or("is left out", Field::as_str);
            note(format_args!("{title}: column {}: {field}", printable(&column.title)));
        }
        for remark in &contents.notes {
            note(format_args!("{title}:{}: {}", remark.line, printable(&remark.message)));
        }
        let mut session = self.connection.open().await?;
        let limits = session.limits().await?;
        let largest = usize::try_from(limits.value_bytes).unwrap_or(usize::MAX);
        let problems = judge(&contents, &Limits { value_bytes: largest, entries: usize::MAX });
        names::note_suggestions(&contents.entries);
        self.report(&problems, out)?;
        let valid = without_problems(contents.entries, &problems);
        if valid.is_empty() {
            if out == Output::Json && !problems.is_empty() {
                out.result(&LineProblems::of(&problems), String::new)?;
            }
            return Err(CommandError::Usage(format!("{title} has no valid entry to import.")));
        }
        self.store(&mut session, out, &limits, valid, &problems).await?;
        match problems.len() {
            0 => Ok(()),
            count => Err(CommandError::SomeRejected(format!(
                "{} in {title}; the invalid entries were left out.",
                counted(count, "problem", "problems")
            ))),
        }
    }

    /// Sends one request if the entries fit, otherwise a stream. A stream cannot be atomic, confirm a preview or have an id.
    async fn store(
        &self,
        session: &mut Session,
        out: Output,
        limits: &v1::ShowLimitsResponse,
        entries: Vec<FileEntry>,
        problems: &[LineProblem],
    ) -> Result<(), CommandError> {
        let needs_one_request = self.flags.single_transaction_flags();
        let (on_existing, on_pending) = (self.on_existing.number(), self.on_pending.number());
        if usize::try_from(limits.import_entries).is_ok_and(|most| entries.len() <= most) {
            let request = v1::BatchImportSecretsRequest {
                secrets: entries.iter().map(new_secret).collect(),
                on_existing,
                on_pending,
                atomic: self.flags.atomic,
                ..v1::BatchImportSecretsRequest::default()
            };
            if fits(&request, limits) {
                let question = Question::YesOrNo(QUESTION);
                match self.flags.run(session, out, request, question).await {
                    // It fits into one request but not into one transaction, which a dry run needs.
                    Err(failure)
                        if failure.is_too_large_for_one_transaction() && needs_one_request.is_empty() => {}
                    result => return print(out, &result?, problems),
                }
            }
        }
        if !needs_one_request.is_empty() {
            return Err(CommandError::Usage(format!(
                "one request takes at most {} secrets and {} bytes; the {} of {} are more. {flags} needs all of them in one \
                 request. Leave out {flags}, or import smaller files.",
                limits.import_entries,
                limits.body_bytes,
                entries.len(),
                self.shown_name(),
                flags = needs_one_request.join(" and ")
            )));
        }
        let options = v1::ImportOptions { on_existing, on_pending, ..v1::ImportOptions::default() };
        print(out, &long::import(&self.flags, session, out, options, entries).await?, problems)
    }

    fn shown_name(&self) -> String {
        if self.file == Path::new("-") {
            "standard input".to_owned()
        } else {
            self.file.display().to_string()
        }
    }

    /// Prints the problems of the file. Fails, unless `--skip-bad` is given and each problem is about one entry.
    fn report(&self, problems: &[LineProblem], out: Output) -> Result<(), CommandError> {
        let title = self.shown_name();
        let folded = fold(problems);
        for problem in folded.iter().take(MAX_LISTED_PROBLEMS) {
            let column = if problem.column > 0 { format!("{}:", problem.column) } else { String::new() };
            note(format_args!("{title}:{}:{column} {}", problem.line, printable(&problem.message)));
        }
        if let Some(more) = folded.len().checked_sub(MAX_LISTED_PROBLEMS).filter(|more| *more > 0) {
            note(format_args!("... and {more} more; --output json lists all"));
        }
        if problems.iter().any(|problem| problem.code.as_str() == "BAD_CHARACTERS") {
            note("Pass --replace-with - to replace every invalid character in names by -.");
        }
        // A problem without an entry may concern any of them.
        let can_be_left_out = problems.iter().all(|problem| problem.entry.is_some());
        if problems.is_empty() || (self.skip_bad && can_be_left_out) {
            return Ok(());
        }
        if out == Output::Json {
            out.result(&LineProblems::of(problems), String::new)?;
        }
        let remedy = match (can_be_left_out, self.skip_bad) {
            (true, _) => "Correct the file, or pass --skip-bad to leave out the invalid entries.",
            (false, true) => {
                "Correct the file: some problems are not about single entries, so --skip-bad cannot leave them out."
            }
            (false, false) => "Correct the file.",
        };
        let count = counted(problems.len(), "problem", "problems");
        Err(CommandError::Usage(format!("{count} in {title}; nothing was sent. {remedy}")))
    }
}

/// Room in a request for its other fields.
const REQUEST_OVERHEAD_BYTES: usize = 1_024;

fn fits(request: &v1::BatchImportSecretsRequest, limits: &v1::ShowLimitsResponse) -> bool {
    let size = request.encoded_len() + REQUEST_OVERHEAD_BYTES;
    usize::try_from(limits.body_bytes).is_ok_and(|most| size <= most)
}

fn print<A: Report>(
    out: Output,
    result: &BatchResult<A>,
    problems: &[LineProblem],
) -> Result<(), CommandError> {
    let answer = &result.answer;
    out.result(&Imported { answer, left_out: LineProblems::of(problems) }, || result.text())?;
    note_conflict_policies(answer.outcomes());
    batches::note_undo_command(answer);
    batches::check_rejected(answer)
}

/// Names the flags that import entries whose names exist.
fn note_conflict_policies(outcomes: &[v1::Outcome]) {
    let rejected = |reason| outcomes.iter().any(|outcome| outcome.reason == reason);
    if rejected("TAKEN") {
        note(
            "Some names exist. --on-existing skip leaves them as they are; --on-existing new-version adds the value.",
        );
    }
    if rejected("WAITING") {
        note(
            "Some names are pending deletion. --on-pending cancel-and-new-version cancels that and adds the value.",
        );
    }
}

fn without_problems(entries: Vec<FileEntry>, problems: &[LineProblem]) -> Vec<FileEntry> {
    let invalid: std::collections::BTreeSet<usize> =
        problems.iter().filter_map(|problem| problem.entry).collect();
    entries
        .into_iter()
        .enumerate()
        .filter(|(index, _)| !invalid.contains(index))
        .map(|(_, entry)| entry)
        .collect()
}

/// The outcomes of the entries that were sent, and the problems of those left out.
#[derive(Serialize)]
struct Imported<'a, A> {
    #[serde(flatten)]
    answer: &'a A,
    #[serde(flatten)]
    left_out: LineProblems<'a>,
}

#[derive(Serialize)]
struct LineProblems<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    complaints: Vec<ReportedProblem<'a>>,
}

impl<'a> LineProblems<'a> {
    fn of(problems: &'a [LineProblem]) -> Self {
        Self { complaints: problems.iter().map(ReportedProblem::of).collect() }
    }
}

#[derive(Serialize)]
struct ReportedProblem<'a> {
    line: usize,
    column: usize,
    field: &'a str,
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    suggestion: &'a str,
}

impl<'a> ReportedProblem<'a> {
    fn of(problem: &'a LineProblem) -> Self {
        let LineProblem { line, column, field, code, message, suggestion, .. } = problem;
        Self { line: *line, column: *column, field, code: code.as_str(), message, suggestion }
    }
}
