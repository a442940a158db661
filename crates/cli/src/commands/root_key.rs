//! `strongroom root-key`: rotates the root key of a running server, and shows the progress.

use clap::Subcommand;
use strongroom_contract::{spelling, v1};

use crate::connection::Connection;
use crate::failure::CommandError;
use crate::output::{Output, note};

#[derive(Subcommand)]
pub enum RootKey {
    /// Replace the root key by a new one while the server runs
    Rotate(Connection),
    /// Show the source of the root key and the progress of a rotation
    Status(Connection),
}

impl RootKey {
    pub async fn run(self, out: Output) -> Result<(), CommandError> {
        match self {
            Self::Rotate(connection) => {
                let mut session = connection.open().await?;
                let path = "/strongroom.v1.RootKeys/RotateRootKey";
                let answer: v1::RotateRootKeyResponse =
                    session.call(path, v1::RotateRootKeyRequest {}).await?;
                show(answer.root_key, out)?;
                note("The root key was replaced. Copy its file, and keep the copy apart from the store.");
                Ok(())
            }
            Self::Status(connection) => {
                let mut session = connection.open().await?;
                let path = "/strongroom.v1.RootKeys/ShowRootKey";
                let answer: v1::ShowRootKeyResponse = session.call(path, v1::ShowRootKeyRequest {}).await?;
                show(answer.root_key, out)
            }
        }
    }
}

fn show(root_key: Option<v1::RootKey>, out: Output) -> Result<(), CommandError> {
    let root_key = root_key.unwrap_or_default();
    out.result(&root_key, || {
        format!(
            "term:         {}\nsource:       {}\nstate:        {}\nwaiting keys: {}\ndamaged keys: {}\n",
            root_key.term,
            spelling::of::<v1::RootKeySource>(root_key.source),
            spelling::of::<v1::RootKeyState>(root_key.state),
            root_key.waiting_keys,
            root_key.damaged_keys,
        )
    })
}
