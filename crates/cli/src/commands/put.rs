//! `strongroom put`: stores one value. It is never an argument, because other users can see arguments.

use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::builder::NonEmptyStringValueParser;
use strongroom_contract::v1;
use zeroize::Zeroizing;

use crate::batches::{self, BatchFlags, Question};
use crate::connection::{Connection, Session};
use crate::failure::CommandError;
use crate::output::{Output, note};
use crate::policies::{OnExisting, OnPending};
use crate::terminal;

/// Store a value from standard input, from a file, or typed without echo
#[derive(clap::Args)]
pub struct Put {
    /// Name of the secret
    name: String,
    /// File with the value
    #[arg(long, short)]
    file: Option<PathBuf>,
    /// Store a random password of this length, without showing it
    #[arg(long, value_name = "LENGTH", num_args = 0..=1, default_missing_value = "32", conflicts_with = "file")]
    generate: Option<i32>,
    /// Remove a line break at the end of the value
    #[arg(long, conflicts_with = "generate")]
    trim: bool,
    /// Store the value even if it is empty
    #[arg(long, conflicts_with = "generate")]
    allow_empty: bool,
    /// Store the value as binary even if it is valid text
    #[arg(long)]
    binary: bool,
    /// Description, if the secret is new
    #[arg(long, default_value = "")]
    description: String,
    /// What to do if the secret exists
    #[arg(long, value_enum, default_value = "new-version-if-different")]
    on_existing: OnExisting,
    /// What to do if the secret is pending deletion
    #[arg(long, value_enum, default_value = "fail")]
    on_pending: OnPending,
    /// Show what would happen, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Idempotency key: repeating the command with the same ID within 30 days returns the first answer and changes nothing
    // A password generated again is another request, which the server would reject.
    #[arg(long, value_name = "ID", conflicts_with = "generate", value_parser = NonEmptyStringValueParser::new())]
    request_id: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

impl Put {
    pub async fn run(self, out: Output) -> Result<(), CommandError> {
        let mut session = self.connection.open().await?;
        let value = self.value(&mut session).await?;
        let mut secret = v1::NewSecret {
            name: self.name.clone(),
            description: self.description.clone(),
            ..v1::NewSecret::default()
        };
        match std::str::from_utf8(&value) {
            Ok(text) if !self.binary => secret.secret_string = Some(text.to_owned()),
            _ => secret.secret_binary = Some(STANDARD.encode(&*value)),
        }
        let request = v1::BatchImportSecretsRequest {
            secrets: vec![secret],
            on_existing: self.on_existing.number(),
            on_pending: self.on_pending.number(),
            ..v1::BatchImportSecretsRequest::default()
        };
        let flags =
            BatchFlags { dry_run: self.dry_run, request_id: self.request_id, ..BatchFlags::default() };
        let answer = flags.run_and_print(&mut session, out, request, Question::None).await?;
        batches::note_undo_command(&answer);
        batches::check_rejected(&answer)
    }

    async fn value(&self, session: &mut Session) -> Result<Zeroizing<Vec<u8>>, CommandError> {
        if let Some(length) = self.generate {
            return generated(session, length).await;
        }
        let mut value = match &self.file {
            Some(path) => read_file(path)?,
            None if std::io::IsTerminal::is_terminal(&std::io::stdin()) => {
                let typed = terminal::read_hidden(&format!("Value of {}", self.name), "--file").await?;
                Zeroizing::new(typed.as_bytes().to_vec())
            }
            None => read_all(std::io::stdin(), Path::new("-"))?,
        };
        if value.ends_with(b"\n") {
            if self.trim {
                let kept = value.strip_suffix(b"\r\n").or(value.strip_suffix(b"\n")).map_or(0, <[u8]>::len);
                value.truncate(kept);
            } else {
                note("The value ends with a line break, which is stored too. Pass --trim to remove it.");
            }
        }
        // An empty value usually means that the command before the pipe failed.
        if value.is_empty() && !self.allow_empty {
            return Err(CommandError::Usage(
                "the value is empty, so nothing was stored. Pass --allow-empty to store it.".to_owned(),
            ));
        }
        Ok(value)
    }
}

async fn generated(session: &mut Session, length: i32) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let request = v1::GenerateRandomPasswordRequest {
        length: Some(length),
        ..v1::GenerateRandomPasswordRequest::default()
    };
    let path = "/strongroom.v1.Passwords/GenerateRandomPassword";
    let made: v1::GenerateRandomPasswordResponse = session.call(path, request).await?;
    Ok(Zeroizing::new(made.password.into_bytes()))
}

fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let file = std::fs::File::open(path);
    read_all(file.map_err(|source| CommandError::Read { path: path.to_owned(), source })?, path)
}

/// Reads to the end. If the buffer grows, the old copy is not cleared here.
fn read_all(mut from: impl Read, path: &Path) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    // No server takes a larger value, so this buffer does not grow.
    let mut bytes = Zeroizing::new(Vec::with_capacity(128 * 1024));
    from.read_to_end(&mut bytes).map_err(|source| CommandError::Read { path: path.to_owned(), source })?;
    Ok(bytes)
}
