//! `strongroom logout`: the token of the credentials ends.

use strongroom_contract::v1;

use crate::connection::Connection;
use crate::failure::CommandError;
use crate::output::{Output, note};

/// End the token in STRONGROOM_TOKEN or in the profile, so that nobody can use it any more
#[derive(clap::Args)]
pub struct Logout {
    #[command(flatten)]
    connection: Connection,
}

impl Logout {
    pub async fn run(self, out: Output) -> Result<(), CommandError> {
        let mut opened = self.connection.open_with_credentials().await?;
        // The token of this command ends too: nobody else knows it.
        let path = "/strongroom.v1.Iam/RevokeToken";
        let answer: v1::RevokeTokenResponse =
            opened.session.call(path, v1::RevokeTokenRequest::default()).await?;
        if opened.password.is_some() {
            return Err(CommandError::Usage(
                "the credentials are a password, and no token. Give the token to end in STRONGROOM_TOKEN or in a profile."
                    .to_owned(),
            ));
        }
        out.result(&answer, String::new)?;
        note("The token has ended.");
        Ok(())
    }
}
