//! `strongroom login`: prints a token that many commands can use.

use serde::Serialize;

use crate::connection::Connection;
use crate::failure::CommandError;
use crate::output::Output;

/// Print a token for STRONGROOM_TOKEN, valid for 24 hours or until `strongroom logout`
///
/// Without a token, every command with a password logs in by itself, which costs the server a password hash.
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
                "the credentials are a token already. To log in, unset STRONGROOM_TOKEN and give a password with --profile, \
                 --credentials or STRONGROOM_PASSWORD."
                    .to_owned(),
            ));
        }
        out.result(&LoggedIn { token: &opened.token }, || format!("{}\n", *opened.token))
    }
}
