//! `strongroom import`: a file of secrets, shown before it is stored.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use serde::Serialize;
use strongroom_contract::spelling::{self, Spelled};
use strongroom_contract::v1;
use strongroom_import_files::{
    Complaint, Contents, CsvOptions, Field, FileEntry, Format, Limits, Maps, NameOptions, Options, decode,
    judge, read,
};
use zeroize::Zeroizing;

use crate::batches::{self, Changing, Question};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::{Output, harmless, note};
use crate::policies::{OnExisting, OnPending};
use crate::sealed;

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
    /// What to do with names that wait for deletion
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

#[derive(clap::Args)]
#[command(next_help_heading = "Reading the file")]
struct Reading {
    /// What the file is [default: what it looks like]
    #[arg(long, value_parser = PossibleValuesParser::new(Format::ALL.map(Format::word)))]
    format: Option<String>,
    /// Column of a CSV file by its title, and the field it gives, such as password=secret_string; nothing after the = leaves
    /// it out
    #[arg(long = "column", value_name = "TITLE=FIELD")]
    columns: Vec<String>,
    /// What stands between the cells of a CSV file [default: what its first line has]
    #[arg(long)]
    separator: Option<char>,
    /// Put before every name
    #[arg(long, default_value = "")]
    prefix: String,
    /// Put in the place of every character that a name cannot have, such as the / in a path
    #[arg(long, value_name = "CHARACTER")]
    replace_with: Option<char>,
    /// Make one secret of each key of a Vault path, not one of the path
    #[arg(long)]
    one_secret_each: bool,
    /// File with the secret age key that opens the file
    #[arg(long = "identity", short, value_name = "FILE")]
    identities: Vec<PathBuf>,
}

impl Import {
    pub async fn run(self, out: Output) -> Result<(), Failure> {
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
        let request = v1::BatchImportSecretsRequest {
            secrets: kept.iter().map(new_secret).collect(),
            on_existing: self.on_existing.number(),
            on_pending: self.on_pending.number(),
            atomic: self.changing.atomic,
            ..v1::BatchImportSecretsRequest::default()
        };
        let question = Question::YesOrNo("Import them?");
        let answer = self.changing.carry_out(&mut session, out, request, question).await?;
        note_policies(&answer.outcomes);
        batches::note_undo(&answer);
        batches::all_or_some(&answer)?;
        match complaints.len() {
            0 => Ok(()),
            count => Err(Failure::SomeRefused(format!(
                "{count} things are wrong in {title}; those entries were left out."
            ))),
        }
    }

    fn shown_name(&self) -> String {
        if self.file == Path::new("-") {
            "standard input".to_owned()
        } else {
            self.file.display().to_string()
        }
    }

    /// Everything that is wrong in the file. Ends the command, unless what is wrong can be left out and shall be.
    fn tell(&self, complaints: &[Complaint], out: Output) -> Result<(), Failure> {
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
        let left_out = self.skip_bad && complaints.iter().all(|complaint| complaint.entry.is_some());
        if complaints.is_empty() || left_out {
            return Ok(());
        }
        if out == Output::Json {
            let complaints = complaints.iter().map(Told::of).collect();
            out.result(&Complaints { complaints }, String::new)?;
        }
        let way_on = match self.skip_bad {
            true => "Correct the file: not all of it is about single entries that could be left out.",
            false => "Correct the file, or leave out what is wrong with --skip-bad.",
        };
        let count = complaints.len();
        Err(Failure::SomeRefused(format!("{count} things are wrong in {title}; nothing was sent. {way_on}")))
    }
}

impl Reading {
    fn contents(&self, path: &Path) -> Result<Contents, Failure> {
        let mut bytes = bytes_of(path)?;
        if sealed::is_sealed(&bytes) {
            bytes = sealed::open(&bytes, &self.identities)?;
        }
        let text = decode(&bytes).map_err(|wrong| {
            Failure::Failed(format!("{}:{}: {}", path.display(), wrong.line, wrong.message))
        })?;
        text.note.into_iter().for_each(note);
        Ok(read(&text.text, &self.options(path)?))
    }

    fn options(&self, path: &Path) -> Result<Options, Failure> {
        let columns = self.columns.iter().map(|column| match column.split_once('=') {
            Some((title, field)) => Ok((title.to_owned(), field.to_owned())),
            None => Err(Failure::Usage(format!("--column {column} has no =. Give TITLE=FIELD."))),
        });
        let maps = if self.one_secret_each { Maps::OneSecretEach } else { Maps::OneSecret };
        Ok(Options {
            format: self.format.as_deref().and_then(Format::of),
            file_name: path.file_name().map(|name| name.to_string_lossy().into_owned()),
            csv: CsvOptions { separator: self.separator, columns: columns.collect::<Result<_, _>>()? },
            names: NameOptions { prefix: self.prefix.clone(), replacement: self.replace_with },
            maps,
        })
    }
}

/// The ways on that this command has, for what was refused because of its name.
fn note_policies(outcomes: &[v1::Outcome]) {
    let refused = |reason| outcomes.iter().any(|outcome| outcome.reason == reason);
    if refused("TAKEN") {
        note(
            "Names that exist: --on-existing skip leaves them as they are, --on-existing new-version adds the value.",
        );
    }
    if refused("WAITING") {
        note(
            "Names that wait for deletion: --on-pending cancel-and-new-version keeps them and adds the value.",
        );
    }
}

fn bytes_of(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let failed = |source| Failure::Read { path: path.to_owned(), source };
    if path == Path::new("-") {
        let mut bytes = Zeroizing::new(Vec::new());
        std::io::stdin().read_to_end(&mut bytes).map_err(failed)?;
        return Ok(bytes);
    }
    std::fs::read(path).map(Zeroizing::new).map_err(failed)
}

/// The entries nothing is wrong with.
fn kept(entries: Vec<FileEntry>, complaints: &[Complaint]) -> Vec<FileEntry> {
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
        on_pending: 0,
    }
}

/// The number of a word of the contract, as its JSON has it.
fn number<E: Spelled>(word: &str) -> i32 {
    let known = E::SPELLINGS.iter().find(|(_, known)| *known == word);
    known.map_or(if word.is_empty() { 0 } else { spelling::UNKNOWN }, |(number, _)| *number)
}

#[derive(Serialize)]
struct Complaints<'a> {
    complaints: Vec<Told<'a>>,
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
    fn of(complaint: &'a Complaint) -> Self {
        let Complaint { line, column, field, code, message, .. } = complaint;
        Self { line: *line, column: *column, field, code: code.as_str(), message }
    }
}
