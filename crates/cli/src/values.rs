//! Reading the values of secrets.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use strongroom_contract::v1;
use zeroize::{Zeroize, Zeroizing};

use crate::connection::Session;
use crate::failure::CommandError;

pub struct Value {
    pub bytes: Zeroizing<Vec<u8>>,
    pub is_text: bool,
}

/// A version with its value, which is cleared on drop.
pub struct ReadVersion(pub v1::Version);

impl ReadVersion {
    pub fn metadata(&self) -> v1::VersionMetadata {
        self.0.version_metadata.clone().unwrap_or_default()
    }

    pub fn value(&self) -> Result<Value, CommandError> {
        if let Some(text) = &self.0.secret_string {
            return Ok(Value { bytes: Zeroizing::new(text.as_bytes().to_vec()), is_text: true });
        }
        let encoded = self.0.secret_binary.as_deref().unwrap_or_default();
        let bytes = STANDARD.decode(encoded).map_err(|_| {
            CommandError::Failed("the server sent a binary value that is not Base64.".to_owned())
        })?;
        Ok(Value { bytes: Zeroizing::new(bytes), is_text: false })
    }
}

impl Drop for ReadVersion {
    fn drop(&mut self) {
        self.0.secret_string.zeroize();
        self.0.secret_binary.zeroize();
    }
}

/// Reads the current values. Returns them and the secrets that could not be read, both in the order of `names`.
pub async fn read_current(
    session: &mut Session,
    names: &[String],
    mut progress: impl FnMut(usize),
) -> Result<(Vec<ReadVersion>, Vec<v1::NotReturned>), CommandError> {
    let limit = session.limits().await?.batch_get_names;
    let (mut read, mut not_read) = (Vec::with_capacity(names.len()), Vec::new());
    for names in names.chunks(usize::try_from(limit).unwrap_or_default().max(1)) {
        let request = v1::BatchGetSecretValueRequest {
            secret_name_list: names.to_vec(),
            ..v1::BatchGetSecretValueRequest::default()
        };
        let path = "/strongroom.v1.Versions/BatchGetSecretValue";
        let answer: v1::BatchGetSecretValueResponse = session.call(path, request).await?;
        read.extend(answer.versions.into_iter().map(ReadVersion));
        not_read.extend(answer.not_returned);
        progress(names.len());
    }
    Ok((read, not_read))
}
