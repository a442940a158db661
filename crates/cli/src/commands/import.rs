//! `strongroom import`: a file of secrets, shown before it is stored.

mod long;
mod reading;

use std::path::{Path, PathBuf};

use prost::Message;
use serde::Serialize;
use strongroom_contract::spelling::{self, Spelled};
use strongroom_contract::v1;
use strongroom_import_files::{Field, FileEntry, Limits, LineProblem, judge};
use zeroize::Zeroizing;

use crate::batches::{self, Changing, Ended, Question, Report};
use crate::connection::{Connection, Session};
use crate::failure::CommandError;
use crate::output::{Output, counted, harmless, note};
use crate::policies::{OnExisting, OnPending};
use reading::Reading;

const QUESTION: &str = "Import them?";

/// Complaints shown to people. Chosen by us: nobody corrects more than a few screens in one go.
const MAX_COMPLAINTS: usize = 100;

/// Import a file of secrets: JSON, CSV, .env, YAML, or what other secret managers export
///
/// What the file is recognised as is said, with the reason. Everything that is wrong in it is told with its line, and
/// then nothing is sent. What would be done is shown, never a value, and done when you say yes. A file sealed with age is
/// opened with --identity.
#[derive(clap::Args)]
pub struct Import {
    /// The file; - is standard input
    file: PathBuf,
    /// What to do with names that exist
    #[arg(long, value_enum, default_value = "fail")]
    on_existing: OnExisting,
    /// What to do with names that are pending deletion
    #[arg(long, value_enum, default_value = "fail")]
    on_pending: OnPending,
    /// Leave out the entries that are wrong, and import the others
    #[arg(long)]
    skip_bad: bool,
    #[command(flatten)]
    changing: Changing,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    connection: Connection,
}

impl Import {
    pub async fn run(self, out: Output) -> Result<(), CommandError> {
        let contents = self.reading.contents(&self.file)?;
        let title = self.shown_name();
        note(format_args!("{title}: {}. {}", contents.format.title(), contents.why));
        for column in &contents.columns {
            let gives = column.field.map_or("is left out", Field::as_str);
            note(format_args!("{title}: column {}: {gives}", harmless(&column.title)));
        }
        for told in &contents.notes {
            note(format_args!("{title}:{}: {}", told.line, harmless(&told.message)));
        }
        let mut session = self.connection.open().await?;
        let limits = session.limits().await?;
        let largest = usize::try_from(limits.value_bytes).unwrap_or(usize::MAX);
        let complaints = judge(&contents, &Limits { value_bytes: largest, entries: usize::MAX });
        self.tell(&complaints, out)?;
        let kept = kept(contents.entries, &complaints);
        if kept.is_empty() {
            if out == Output::Json && !complaints.is_empty() {
                out.result(&LineProblems::of(&complaints), String::new)?;
            }
            return Err(CommandError::Usage(format!("nothing is left to import of {title}.")));
        }
        self.store(&mut session, out, &limits, kept, &complaints).await?;
        match complaints.len() {
            0 => Ok(()),
            count => Err(CommandError::SomeRejected(format!(
                "{} wrong in {title}; what is wrong was left out.",
                counted(count, "thing is", "things are")
            ))),
        }
    }

    /// In one request if it fits, which alone can be all or nothing, be done exactly as shown, and be named.
    async fn store(
        &self,
        session: &mut Session,
        out: Output,
        limits: &v1::ShowLimitsResponse,
        entries: Vec<FileEntry>,
        complaints: &[LineProblem],
    ) -> Result<(), CommandError> {
        let whole = self.changing.of_a_whole();
        let (on_existing, on_pending) = (self.on_existing.number(), self.on_pending.number());
        if usize::try_from(limits.import_entries).is_ok_and(|most| entries.len() <= most) {
            let request = v1::BatchImportSecretsRequest {
                secrets: entries.iter().map(new_secret).collect(),
                on_existing,
                on_pending,
                atomic: self.changing.atomic,
                ..v1::BatchImportSecretsRequest::default()
            };
            if fits(&request, limits) {
                let question = Question::YesOrNo(QUESTION);
                match self.changing.end(session, out, request, question).await {
                    // It fits into a request, and not into the one step that a dry run has.
                    Err(failure) if failure.is_too_large_for_one_step() && whole.is_empty() => {}
                    ended => return tell(out, &ended?, complaints),
                }
            }
        }
        if !whole.is_empty() {
            return Err(CommandError::Usage(format!(
                "one request takes {} secrets and {} bytes, and the {} of {} are more; with {flags} they have to be in one. \
                 Leave out {flags}, or import smaller files.",
                limits.import_entries,
                limits.body_bytes,
                entries.len(),
                self.shown_name(),
                flags = whole.join(" and ")
            )));
        }
        let options = v1::ImportOptions { on_existing, on_pending, ..v1::ImportOptions::default() };
        tell(out, &long::carry_out(&self.changing, session, out, options, entries).await?, complaints)
    }

    fn shown_name(&self) -> String {
        if self.file == Path::new("-") {
            "standard input".to_owned()
        } else {
            self.file.display().to_string()
        }
    }

    /// Everything that is wrong in the file. Ends the command, unless what is wrong can be left out and shall be.
    fn tell(&self, complaints: &[LineProblem], out: Output) -> Result<(), CommandError> {
        let title = self.shown_name();
        for complaint in complaints.iter().take(MAX_COMPLAINTS) {
            let column = if complaint.column > 0 { format!("{}:", complaint.column) } else { String::new() };
            note(format_args!("{title}:{}:{column} {}", complaint.line, harmless(&complaint.message)));
        }
        if let Some(more) = complaints.len().checked_sub(MAX_COMPLAINTS).filter(|more| *more > 0) {
            note(format_args!("... and {more} more; --output json lists all"));
        }
        if complaints.iter().any(|complaint| complaint.code.as_str() == "BAD_CHARACTERS") {
            note("With --replace-with - a name gets a - in the place of every character it cannot have.");
        }
        // What is not about one entry may be about any of them.
        let can_be_left_out = complaints.iter().all(|complaint| complaint.entry.is_some());
        if complaints.is_empty() || (self.skip_bad && can_be_left_out) {
            return Ok(());
        }
        if out == Output::Json {
            out.result(&LineProblems::of(complaints), String::new)?;
        }
        let way_on = match (can_be_left_out, self.skip_bad) {
            (true, _) => "Correct the file, or leave out what is wrong with --skip-bad.",
            (false, true) => {
                "Correct the file: not all of it is about single entries that could be left out."
            }
            (false, false) => "Correct the file.",
        };
        let wrong = counted(complaints.len(), "thing is", "things are");
        Err(CommandError::Usage(format!("{wrong} wrong in {title}; nothing was sent. {way_on}")))
    }
}

/// Room for what is in a request beside its entries.
const BESIDE_ENTRIES: usize = 1_024;

fn fits(request: &v1::BatchImportSecretsRequest, limits: &v1::ShowLimitsResponse) -> bool {
    let size = request.encoded_len() + BESIDE_ENTRIES;
    usize::try_from(limits.body_bytes).is_ok_and(|most| size <= most)
}

fn tell<A: Report>(out: Output, ended: &Ended<A>, complaints: &[LineProblem]) -> Result<(), CommandError> {
    let answer = &ended.answer;
    out.result(&Imported { answer, left_out: LineProblems::of(complaints) }, || ended.text())?;
    note_policies(answer.outcomes());
    batches::note_undo(answer);
    batches::all_or_some(answer)
}

/// The ways on that this command has, for what was rejected because of its name.
fn note_policies(outcomes: &[v1::Outcome]) {
    let rejected = |reason| outcomes.iter().any(|outcome| outcome.reason == reason);
    if rejected("TAKEN") {
        note(
            "Names that exist: --on-existing skip leaves them as they are, --on-existing new-version adds the value.",
        );
    }
    if rejected("WAITING") {
        note(
            "Names that are pending deletion: --on-pending cancel-and-new-version keeps them and adds the value.",
        );
    }
}

/// The entries nothing is wrong with.
fn kept(entries: Vec<FileEntry>, complaints: &[LineProblem]) -> Vec<FileEntry> {
    let wrong: std::collections::BTreeSet<usize> =
        complaints.iter().filter_map(|complaint| complaint.entry).collect();
    entries
        .into_iter()
        .enumerate()
        .filter(|(index, _)| !wrong.contains(index))
        .map(|(_, entry)| entry)
        .collect()
}

fn new_secret(entry: &FileEntry) -> v1::NewSecret {
    let value = |value: &Option<Zeroizing<String>>| value.as_ref().map(|value| value.to_string());
    v1::NewSecret {
        name: entry.name.clone(),
        kms_key_id: entry.kms_key_id.clone(),
        description: entry.description.clone(),
        secret_string: value(&entry.secret_string),
        secret_binary: value(&entry.secret_binary),
        secret_type: number::<v1::SecretType>(&entry.secret_type),
        auto_rotation: entry.auto_rotation,
        rotation_period: entry.rotation_period.clone(),
        rotation_config: entry.rotation_config.clone(),
        event_subscriptions: entry.event_subscriptions.clone(),
        enterprise_project_id: entry.enterprise_project_id.clone(),
        rotation_func_urn: entry.rotation_func_urn.clone(),
        line: i32::try_from(entry.line).unwrap_or(i32::MAX),
        on_existing: number::<v1::OnExisting>(entry.on_existing.as_deref().unwrap_or_default()),
        on_pending: number::<v1::OnPending>(entry.on_pending.as_deref().unwrap_or_default()),
    }
}

/// The number of a word of the contract, as its JSON has it.
fn number<E: Spelled>(word: &str) -> i32 {
    let known = E::SPELLINGS.iter().find(|(_, known)| *known == word);
    known.map_or(if word.is_empty() { 0 } else { spelling::UNKNOWN }, |(number, _)| *number)
}

/// What became of the entries that were sent, and what was wrong with the others.
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
    complaints: Vec<Told<'a>>,
}

impl<'a> LineProblems<'a> {
    fn of(complaints: &'a [LineProblem]) -> Self {
        Self { complaints: complaints.iter().map(Told::of).collect() }
    }
}

#[derive(Serialize)]
struct Told<'a> {
    line: usize,
    column: usize,
    field: &'a str,
    code: &'a str,
    message: &'a str,
}

impl<'a> Told<'a> {
    fn of(complaint: &'a LineProblem) -> Self {
        let LineProblem { line, column, field, code, message, .. } = complaint;
        Self { line: *line, column: *column, field, code: code.as_str(), message }
    }
}
