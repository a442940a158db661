//! `strongroom recipient-key`: creates a pair of age keys, for users without age-keygen.

use std::path::PathBuf;

use age::secrecy::ExposeSecret;
use age::x25519;
use serde::Serialize;

use crate::failure::CommandError;
use crate::output::Output;
use crate::private_file;

/// Create a pair of age keys, to seal exports and open them
#[derive(clap::Args)]
pub struct RecipientKey {
    /// File for the secret key; the public key is printed
    file: PathBuf,
}

#[derive(Serialize)]
struct Made {
    recipient: String,
}

impl RecipientKey {
    pub fn run(self, out: Output) -> Result<(), CommandError> {
        let key = x25519::Identity::generate();
        let made = Made { recipient: key.to_public().to_string() };
        let text = zeroize::Zeroizing::new(format!(
            "# public key: {}\n{}\n",
            made.recipient,
            key.to_string().expose_secret()
        ));
        private_file::write(&self.file, text.as_bytes(), false)?;
        out.result(&made, || format!("{}\n", made.recipient))
    }
}
