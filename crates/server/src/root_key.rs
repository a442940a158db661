//! Where the root key comes from: a file made at the first start, the environment, or a passphrase.

use std::path::Path;

use strongroom_sealing::{RootKey, Salt, random_salt};
use strongroom_storage::Storage;

use crate::credentials::write_private;
use crate::settings::RootKeySource;
use crate::start::StartFault;

/// The root key, and the salt it was made with when it comes from a passphrase.
pub(crate) async fn load(
    source: &RootKeySource,
    storage: &Storage,
) -> Result<(RootKey, Vec<u8>), StartFault> {
    let known = storage.view().await?.root_key().await?.map(|kept| kept.record);
    match source {
        RootKeySource::Text(text) => Ok((RootKey::parse(text)?, Vec::new())),
        RootKeySource::Passphrase(passphrase) => {
            let salt: Salt = match &known {
                Some(record) => record.salt.as_slice().try_into().map_err(|_| StartFault::NoPassphrase)?,
                None => random_salt()?,
            };
            Ok((RootKey::from_passphrase(passphrase, &salt)?, salt.to_vec()))
        }
        RootKeySource::File(_) if known.as_ref().is_some_and(|record| !record.salt.is_empty()) => {
            Err(StartFault::PassphraseMissing)
        }
        RootKeySource::File(path) => Ok((from_file(path, known.is_some())?, Vec::new())),
    }
}

/// A store that has been sealed already must never be given a new key.
fn from_file(path: &Path, sealed: bool) -> Result<RootKey, StartFault> {
    if path.exists() {
        let text = std::fs::read_to_string(path).map_err(StartFault::file("read the root key", path))?;
        return Ok(RootKey::parse(&zeroize::Zeroizing::new(text))?);
    }
    if sealed {
        return Err(StartFault::RootKeyMissing { path: path.to_owned() });
    }
    let key = RootKey::generate()?;
    let text = zeroize::Zeroizing::new(format!("{}\n", key.render().as_str()));
    write_private(path, text.as_bytes()).map_err(StartFault::file("write the root key", path))?;
    tracing::info!(path = %path.display(), "made a root key; keep a copy of it apart from the store");
    Ok(key)
}
