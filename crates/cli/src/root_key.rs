//! `strongroom root-key`: replace the root key of a running server, and look how far that is.

use std::error::Error;
use std::io::Write;

use clap::Subcommand;
use strongroom_contract::spelling;
use strongroom_contract::v1;

use crate::connection::Connection;

#[derive(Subcommand)]
pub enum RootKey {
    /// Replace the root key by a new one, while everything goes on
    Rotate(Connection),
    /// Show where the root key comes from, and how far a rotation is
    Status(Connection),
}

pub async fn run(action: RootKey) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
    match action {
        RootKey::Rotate(connection) => {
            let mut session = connection.open().await?;
            let path = "/strongroom.v1.RootKeys/RotateRootKey";
            let answer: v1::RotateRootKeyResponse = session.call(path, v1::RotateRootKeyRequest {}).await?;
            out.write_all(described(&answer.root_key.unwrap_or_default()).as_bytes())?;
            writeln!(
                out,
                "The root key is a new one. Take a copy of its file, and keep it apart from the store."
            )?;
        }
        RootKey::Status(connection) => {
            let mut session = connection.open().await?;
            let path = "/strongroom.v1.RootKeys/ShowRootKey";
            let answer: v1::ShowRootKeyResponse = session.call(path, v1::ShowRootKeyRequest {}).await?;
            out.write_all(described(&answer.root_key.unwrap_or_default()).as_bytes())?;
        }
    }
    Ok(())
}

fn described(root_key: &v1::RootKey) -> String {
    format!(
        "term:         {}\nsource:       {}\nstate:        {}\nwaiting keys: {}\ndamaged keys: {}\n",
        root_key.term,
        spelling::of::<v1::RootKeySource>(root_key.source),
        spelling::of::<v1::RootKeyState>(root_key.state),
        root_key.waiting_keys,
        root_key.damaged_keys,
    )
}
