//! `strongroom login`: one token for many commands.

use serde::Serialize;

use crate::connection::Connection;
use crate::failure::CommandError;
use crate::output::Output;

/// Print a token, for STRONGROOM_TOKEN; it is accepted for 24 hours, or until `strongroom logout`
///
/// Without it each command that has a password logs in by itself, which takes the server a moment of work.
#[derive(clap::Args)]
pub struct Login {
    #[command(flatten)]
    connection: Connection,
}

#[derive(Serialize)]
struct LoggedIn<'a> {
    token: &'a str,
}

impl Login {
    pub async fn run(self, out: Output) -> Result<(), CommandError> {
        let opened = self.connection.open_with_credentials().await?;
        if opened.password.is_none() {
            return Err(CommandError::Usage(
                "the credentials are a token already. Log in with a password: with --profile, --credentials or \
                 STRONGROOM_PASSWORD, and without STRONGROOM_TOKEN."
                    .to_owned(),
            ));
        }
        out.result(&LoggedIn { token: &opened.token }, || format!("{}\n", *opened.token))
    }
}
