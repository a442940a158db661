//! `strongroom password`: changes the password of the caller. Passwords are never arguments, which others can see.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use strongroom_contract::v1;
use zeroize::Zeroizing;

use crate::connection::{Connection, Opened};
use crate::failure::CommandError;
use crate::output::{Output, note};
use crate::{private_file, terminal};

/// More than the two longest passwords that a server takes.
const MAX_BYTES: u64 = 4_096;

#[derive(Subcommand)]
pub enum Password {
    Change(Change),
}

/// Change your password. All your tokens are revoked; your access keys stay valid
///
/// Asks for the passwords at the terminal, unless --file is given.
#[derive(clap::Args)]
pub struct Change {
    /// File with the new password in its last line; - for standard input. If the credentials are a token, the current password
    /// is in the line before
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

/// The current password and the new one.
struct Passwords {
    original: Zeroizing<String>,
    new: Zeroizing<String>,
}

impl Password {
    pub async fn run(self, out: Output) -> Result<(), CommandError> {
        match self {
            Self::Change(change) => change.run(out).await,
        }
    }
}

impl Change {
    async fn run(self, out: Output) -> Result<(), CommandError> {
        let mut opened = self.connection.open_with_credentials().await?;
        let passwords = match &self.file {
            Some(path) => parse(&read_lines(path)?, opened.password.take())?,
            None => ask(&mut opened).await?,
        };
        // The copies in the request are not cleared by us: they are sent with it.
        let user = v1::PasswordChange {
            password: passwords.new.to_string(),
            original_password: passwords.original.to_string(),
        };
        let request = v1::ChangePasswordRequest { user: Some(user), ..v1::ChangePasswordRequest::default() };
        let path = "/strongroom.v1.Iam/ChangePassword";
        let answer: v1::ChangePasswordResponse = opened.session.call(path, request).await?;
        out.result(&answer, String::new)?;
        note(
            "The password was changed, and all your tokens have ended. Replace it where it is stored: in the profile, the \
             credentials file or STRONGROOM_PASSWORD.",
        );
        Ok(())
    }
}

async fn ask(opened: &mut Opened) -> Result<Passwords, CommandError> {
    let original = match opened.password.take() {
        Some(known) => known,
        None => terminal::read_hidden("Current password", "--file").await?,
    };
    let new = terminal::read_hidden("New password", "--file").await?;
    let again = terminal::read_hidden("Repeat new password", "--file").await?;
    if new != again {
        return Err(CommandError::Usage("the new passwords differ. Run the command again.".to_owned()));
    }
    Ok(Passwords { original, new })
}

fn read_lines(path: &Path) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    if path != Path::new("-") {
        return private_file::read(path);
    }
    // Large enough not to grow: growing would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES as usize + 1));
    std::io::stdin().take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn parse(bytes: &[u8], known: Option<Zeroizing<String>>) -> Result<Passwords, CommandError> {
    let wrong = |problem: &str| {
        CommandError::Usage(format!(
            "{problem} Give one password per line: the current one, then the new one."
        ))
    };
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("the file is not text."))?;
    let own = |line: &str| Zeroizing::new(line.to_owned());
    let mut lines = text.lines();
    match (lines.next(), lines.next(), lines.next(), known) {
        (Some(new), None, None, Some(original)) => Ok(Passwords { original, new: own(new) }),
        (Some(original), Some(new), None, _) => Ok(Passwords { original: own(original), new: own(new) }),
        (Some(_), None, None, None) => Err(wrong("the current password is missing.")),
        (None, _, _, _) => Err(wrong("the file is empty.")),
        (Some(_), _, _, _) => Err(wrong("the file has more than two lines.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn current_password_may_come_from_the_credentials() {
        let known = || Some(Zeroizing::new("known".to_owned()));
        let read = |text: &str, known| {
            let passwords = parse(text.as_bytes(), known).ok()?;
            Some((passwords.original.to_string(), passwords.new.to_string()))
        };
        let pair = |original: &str, new: &str| Some((original.to_owned(), new.to_owned()));
        assert_eq!(read("new\n", known()), pair("known", "new"));
        assert_eq!(read("old\r\n new ", known()), pair("old", " new "));
        assert_eq!(read("old\nnew\n", None), pair("old", "new"));
        for (wrong, known) in [("", known()), ("new", None), ("a\nb\nc\n", known())] {
            assert_eq!(read(wrong, known), None, "{wrong}");
        }
    }
}
