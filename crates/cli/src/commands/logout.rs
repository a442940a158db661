//! `strongroom logout`: revokes the token of the credentials.

use strongroom_contract::v1;

use crate::connection::Connection;
use crate::failure::CommandError;
use crate::output::{Output, note};

/// Revoke the token in STRONGROOM_TOKEN or in the profile
#[derive(clap::Args)]
pub struct Logout {
    #[command(flatten)]
    connection: Connection,
}

impl Logout {
    pub async fn run(self, out: Output) -> Result<(), CommandError> {
        let mut opened = self.connection.open_with_credentials().await?;
        // Revokes the token of a password log-in too: only this command knows it.
        let path = "/strongroom.v1.Iam/RevokeToken";
        let answer: v1::RevokeTokenResponse =
            opened.session.call(path, v1::RevokeTokenRequest::default()).await?;
        if opened.password.is_some() {
            return Err(CommandError::Usage(
                "the credentials are a password, not a token. Put the token to revoke into STRONGROOM_TOKEN or a profile."
                    .to_owned(),
            ));
        }
        out.result(&answer, String::new)?;
        note("The token was revoked.");
        Ok(())
    }
}
