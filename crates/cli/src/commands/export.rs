//! `strongroom export`: writes secrets with their values to a file that `strongroom import` reads.

use std::path::PathBuf;

use indicatif::ProgressBar;
use serde::Serialize;
use strongroom_contract::{spelling, v1};
use strongroom_import_files::{FileEntry, write_json};
use zeroize::Zeroizing;

use crate::connection::{Connection, Session};
use crate::failure::CommandError;
use crate::output::{self, Output, counted, note};
use crate::selection::Selection;
use crate::values::ReadVersion;
use crate::{private_file, progress, sealed, values};

/// Defaults, which are left out of an export.
const DEFAULT_KEY: &str = "csms/default";
const DEFAULT_ENTERPRISE_PROJECT: &str = "0";

/// Write secrets to a file that can be imported again, sealed to an age key
///
/// Writes the current value of each secret with its description, type, key, rotation and events. Does not write older
/// versions, stages, tags and times.
#[derive(clap::Args)]
pub struct Export {
    /// Names of secrets [default: all, if --query and --tag are not given]
    names: Vec<String>,
    #[command(flatten)]
    selection: Selection,
    /// Public age key that can open the export; can be repeated
    #[arg(long = "recipient", short, value_name = "KEY")]
    recipients: Vec<String>,
    /// File with public age keys, one per line
    #[arg(long = "recipients-file", value_name = "FILE")]
    recipient_files: Vec<PathBuf>,
    /// Do not seal the export; needs --readable-by-anyone
    #[arg(long, requires = "readable_by_anyone", conflicts_with_all = ["recipients", "recipient_files"])]
    plain: bool,
    /// Confirm that anyone who gets the plain file can read every value
    #[arg(long, requires = "plain")]
    readable_by_anyone: bool,
    /// File to write, with mode 0600 [default: standard output]
    #[arg(long, short = 'f', value_name = "FILE")]
    to: Option<PathBuf>,
    /// Replace the file if it exists
    #[arg(long, requires = "to")]
    overwrite: bool,
    #[command(flatten)]
    connection: Connection,
}

/// The JSON result when the export is written to a file.
#[derive(Serialize)]
struct Exported {
    exported: usize,
    not_returned: Vec<v1::NotReturned>,
}

impl Export {
    pub async fn run(self, out: Output) -> Result<(), CommandError> {
        if !self.names.is_empty() && !self.selection.is_empty() {
            return Err(CommandError::Usage(
                "select secrets by names, or by --query and --tag, not both.".to_owned(),
            ));
        }
        let recipients = sealed::recipients(&self.recipients, &self.recipient_files)?;
        if recipients.is_empty() && !self.plain {
            return Err(CommandError::Usage(
                "no recipient for the export. Pass --recipient KEY; `strongroom recipient-key FILE` creates a key. For a file \
                 that anyone can read, pass --plain and --readable-by-anyone."
                    .to_owned(),
            ));
        }
        if out == Output::Json && self.to.is_none() && !self.plain {
            return Err(CommandError::Usage(
                "a sealed export is not JSON. Pass --to FILE, or leave out --output json.".to_owned(),
            ));
        }
        if let Some(path) = self.to.as_deref().filter(|path| !self.overwrite && private_file::exists(path)) {
            return Err(CommandError::Usage(format!(
                "{} exists already. Name another file, or pass --overwrite.",
                path.display()
            )));
        }
        let mut session = self.connection.open().await?;
        let (secrets, mut not_read) = self.secrets(&mut session).await?;
        let bar = progress::bar(secrets.len());
        let entries = entries(&mut session, secrets, &mut not_read, &bar).await?;
        bar.finish_and_clear();
        if entries.is_empty() {
            return Err(nothing_to_export(&not_read));
        }
        let text = write_json(&entries);
        let contents = match self.plain {
            true => Zeroizing::new(text.as_bytes().to_vec()),
            false => Zeroizing::new(sealed::seal(text.as_bytes(), &recipients)?),
        };
        let exported = Exported { exported: entries.len(), not_returned: not_read };
        match &self.to {
            Some(path) => {
                private_file::write(path, &contents, self.overwrite)?;
                out.result(&exported, || format!("exported {} to {}\n", exported.exported, path.display()))?;
            }
            None => output::bytes(&contents)?,
        }
        check_complete(&exported)
    }

    async fn secrets(
        &self,
        session: &mut Session,
    ) -> Result<(Vec<v1::Secret>, Vec<v1::NotReturned>), CommandError> {
        if self.names.is_empty() {
            return Ok((self.selection.secrets(session).await?, Vec::new()));
        }
        let (mut secrets, mut missing) = (Vec::new(), Vec::new());
        for name in &self.names {
            let request =
                v1::ShowSecretRequest { secret_name: name.clone(), ..v1::ShowSecretRequest::default() };
            let path = "/strongroom.v1.Secrets/ShowSecret";
            match session.call::<_, v1::ShowSecretResponse>(path, request).await {
                Ok(answer) => secrets.extend(answer.secret),
                Err(failure) if failure.is_not_found() => missing.push(v1::NotReturned {
                    secret_name: name.clone(),
                    error_msg: failure.to_string(),
                    ..v1::NotReturned::default()
                }),
                Err(failure) => return Err(failure),
            }
        }
        Ok((secrets, missing))
    }
}

/// Reads the values. Secrets without a readable value are added to `not_read`.
async fn entries(
    session: &mut Session,
    secrets: Vec<v1::Secret>,
    not_read: &mut Vec<v1::NotReturned>,
    bar: &ProgressBar,
) -> Result<Vec<FileEntry>, CommandError> {
    let names: Vec<_> = secrets.iter().map(|secret| secret.name.clone()).collect();
    let (read, missing) =
        values::read_current(session, &names, |count| bar.inc(u64::try_from(count).unwrap_or_default()))
            .await?;
    not_read.extend(missing);
    // Both lists are ordered by name.
    let mut read = read.into_iter().peekable();
    let with_value = secrets.into_iter().filter_map(|secret| {
        let value = read.next_if(|read| read.metadata().secret_name == secret.name)?;
        Some(entry(secret, &value))
    });
    Ok(with_value.collect())
}

fn entry(secret: v1::Secret, read: &ReadVersion) -> FileEntry {
    let value = |text: &Option<String>| text.clone().map(Zeroizing::new);
    let unless = |text: String, default: &str| if text == default { String::new() } else { text };
    FileEntry {
        name: secret.name,
        secret_string: value(&read.0.secret_string),
        secret_binary: value(&read.0.secret_binary),
        kms_key_id: unless(secret.kms_key_id, DEFAULT_KEY),
        description: secret.description,
        secret_type: unless(spelling::of::<v1::SecretType>(secret.secret_type).to_owned(), "COMMON"),
        auto_rotation: secret.auto_rotation,
        rotation_period: secret.rotation_period,
        rotation_config: secret.rotation_config,
        event_subscriptions: secret.event_subscriptions,
        enterprise_project_id: unless(secret.enterprise_project_id, DEFAULT_ENTERPRISE_PROJECT),
        rotation_func_urn: secret.rotation_func_urn,
        ..FileEntry::default()
    }
}

/// An export without entries could not be imported, so none is written.
fn nothing_to_export(not_read: &[v1::NotReturned]) -> CommandError {
    note_not_read(not_read);
    // A secret that exists has a state.
    let some_exist = not_read.iter().any(|missing| !missing.state.is_empty());
    let message = "there is nothing to export, so nothing was written.".to_owned();
    if some_exist { CommandError::SomeRejected(message) } else { CommandError::NotFound(message) }
}

fn check_complete(exported: &Exported) -> Result<(), CommandError> {
    note_not_read(&exported.not_returned);
    match exported.not_returned.len() {
        0 => Ok(()),
        count => {
            let secrets = counted(count, "secret is", "secrets are");
            Err(CommandError::SomeRejected(format!(
                "{secrets} not in the export because of the errors above."
            )))
        }
    }
}

fn note_not_read(not_read: &[v1::NotReturned]) {
    for missing in not_read {
        note(format_args!("{}: {}", output::printable(&missing.secret_name), missing.error_msg));
    }
}
