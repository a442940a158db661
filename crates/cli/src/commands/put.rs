//! `strongroom put`: one value into a secret, new or not. The value is never an argument, which others can see.

use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::builder::NonEmptyStringValueParser;
use strongroom_contract::v1;
use zeroize::Zeroizing;

use crate::batches::{self, Changing, Question};
use crate::connection::{Connection, Session};
use crate::failure::CommandError;
use crate::output::{Output, note};
use crate::policies::{OnExisting, OnPending};
use crate::terminal;

/// Store a value: from standard input, a file, or typed without being shown
#[derive(clap::Args)]
pub struct Put {
    /// Name of the secret
    name: String,
    /// File with the value
    #[arg(long, short)]
    file: Option<PathBuf>,
    /// Let the server make a random password of so many characters, which is not shown
    #[arg(long, value_name = "LENGTH", num_args = 0..=1, default_missing_value = "32", conflicts_with = "file")]
    generate: Option<i32>,
    /// Leave out the line break at the end of the value
    #[arg(long, conflicts_with = "generate")]
    trim: bool,
    /// Store the value even if it is empty
    #[arg(long, conflicts_with = "generate")]
    allow_empty: bool,
    /// Store it as binary even though it could be text
    #[arg(long)]
    binary: bool,
    /// What the secret is for, when it is a new one
    #[arg(long, default_value = "")]
    description: String,
    /// What to do when there is a secret of this name
    #[arg(long, value_enum, default_value = "new-version-if-different")]
    on_existing: OnExisting,
    /// What to do when a secret of this name is pending deletion
    #[arg(long, value_enum, default_value = "fail")]
    on_pending: OnPending,
    /// Say what would happen, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// A name for this change; given again within 30 days, the first answer comes again and nothing is done twice
    // A password that is made anew is another change, which the server would reject.
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
        let changing = Changing { dry_run: self.dry_run, request_id: self.request_id, ..Changing::default() };
        let answer = changing.carry_out(&mut session, out, request, Question::None).await?;
        batches::note_undo(&answer);
        batches::all_or_some(&answer)
    }

    async fn value(&self, session: &mut Session) -> Result<Zeroizing<Vec<u8>>, CommandError> {
        if let Some(length) = self.generate {
            return generated(session, length).await;
        }
        let mut value = match &self.file {
            Some(path) => of_file(path)?,
            None if std::io::IsTerminal::is_terminal(&std::io::stdin()) => {
                let typed = terminal::hidden(&format!("Value of {}", self.name), "--file").await?;
                Zeroizing::new(typed.as_bytes().to_vec())
            }
            None => all_of(std::io::stdin(), Path::new("-"))?,
        };
        if value.ends_with(b"\n") {
            if self.trim {
                let kept = value.strip_suffix(b"\r\n").or(value.strip_suffix(b"\n")).map_or(0, <[u8]>::len);
                value.truncate(kept);
            } else {
                note("The value ends with a line break, which is stored too; --trim leaves it out.");
            }
        }
        // More often a command before the pipe that failed than a value.
        if value.is_empty() && !self.allow_empty {
            return Err(CommandError::Usage(
                "the value is empty, so nothing was stored. Give --allow-empty if it shall be.".to_owned(),
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

fn of_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let file = std::fs::File::open(path);
    all_of(file.map_err(|source| CommandError::Read { path: path.to_owned(), source })?, path)
}

/// Everything there is to read. What was read before the buffer grew is not wiped; a value is small.
fn all_of(mut from: impl Read, path: &Path) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    // Chosen: no server takes a larger value, so that a buffer of this size never grows.
    let mut bytes = Zeroizing::new(Vec::with_capacity(128 * 1024));
    from.read_to_end(&mut bytes).map_err(|source| CommandError::Read { path: path.to_owned(), source })?;
    Ok(bytes)
}
