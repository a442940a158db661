//! `strongroom admin`: commands that need the store and its root key instead of credentials.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::Serialize;
use strongroom_server::{Recovery, StoreSettings};

use crate::failure::CommandError;
use crate::output::{self, Output, note};
use crate::private_file;

#[derive(Subcommand)]
pub enum Admin {
    Recover(Recover),
}

/// Give an administrator a new password and a new access key. All tokens of the user are revoked
///
/// Stop the server first. The root key comes from the same place as for `serve`: the file, STRONGROOM_ROOT_KEY or
/// STRONGROOM_ROOT_KEY_PASSPHRASE.
#[derive(clap::Args)]
pub struct Recover {
    /// Name of the user, if there are several
    #[arg(long)]
    user: Option<String>,
    /// Delete all other access keys of the user too
    #[arg(long)]
    revoke_access_keys: bool,
    /// File for the new credentials; - for standard output [default: recovered-credentials.json in the data folder]
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    store: StoreSettings,
}

#[derive(Serialize)]
struct Recovered<'a> {
    user_name: &'a str,
    access_key: &'a str,
    revoked_access_keys: &'a [String],
    credentials_file: &'a Path,
}

impl Admin {
    pub async fn run(self, out: Output) -> Result<(), CommandError> {
        match self {
            Self::Recover(recover) => recover.run(out).await,
        }
    }
}

impl Recover {
    /// Writes the credentials before the change: a crash in between leaves a useless file, not a store without credentials.
    async fn run(self, out: Output) -> Result<(), CommandError> {
        let recovery = Recovery::prepare(self.store, self.user.as_deref(), self.revoke_access_keys).await?;
        let credentials = recovery.credentials()?;
        let file = self.file.unwrap_or_else(|| recovery.default_file());
        if file == Path::new("-") {
            output::bytes(&credentials)?;
            output::bytes(b"\n")?;
            recovery.commit().await?;
            note(
                "The credentials above are valid now. All tokens of the user were revoked. Start the server again.",
            );
            return Ok(());
        }
        private_file::write(&file, &credentials, false)?;
        let (user_name, access_key) = (recovery.user_name().to_owned(), recovery.access_key().to_owned());
        let revoked = recovery.revoked_access_keys().to_vec();
        if let Err(error) = recovery.commit().await {
            // The credentials in it are not valid.
            let _ = std::fs::remove_file(&file);
            return Err(error.into());
        }
        let recovered = Recovered {
            user_name: &user_name,
            access_key: &access_key,
            revoked_access_keys: &revoked,
            credentials_file: &file,
        };
        out.result(&recovered, || {
            format!(
                "user:                {user_name}\naccess key:          {access_key}\nrevoked access keys: {}\ncredentials:         {}\n",
                if revoked.is_empty() { "none".to_owned() } else { revoked.join(", ") },
                file.display()
            )
        })?;
        note(
            "The new credentials are in the file. All tokens of the user were revoked. Start the server again.",
        );
        Ok(())
    }
}
