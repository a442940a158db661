//! The stored records. They grow by new fields; the package is private to the server.

use prost::Message;

use crate::checksum::CHECKSUM_BYTES;
use crate::engine::Stored;
use crate::{Revision, StorageError};

include!(concat!(env!("OUT_DIR"), "/strongroom.records.v1.rs"));

/// A record as it was read, with what a change of it relies on.
#[derive(Clone, Debug, PartialEq)]
pub struct Versioned<T> {
    pub record: T,
    pub revision: Revision,
}

impl Versioned<SecretRecord> {
    /// The revision that has written what it holds, beside when it will be gone.
    pub fn content_revision(&self) -> Revision {
        match self.record.content_revision {
            0 => self.revision,
            earlier => Revision(earlier),
        }
    }

    /// A change of when it will be gone, which leaves the rest what it was.
    pub fn with_same_content(&self, after: SecretRecord) -> SecretRecord {
        SecretRecord { content_revision: self.content_revision().0, ..after }
    }
}

/// With room for the checksum, so that adding it moves nothing.
pub(crate) fn encoded(record: &impl Message) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(record.encoded_len() + CHECKSUM_BYTES);
    record.encode_raw(&mut bytes);
    bytes
}

/// The same for what is stored as it is: an id, a hash, or nothing.
pub(crate) fn bare(content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(content.len() + CHECKSUM_BYTES);
    bytes.extend_from_slice(content);
    bytes
}

pub(crate) fn decoded<T: Message + Default>(
    what: &'static str,
    stored: Stored,
) -> Result<Versioned<T>, StorageError> {
    let record = T::decode(stored.value)
        .map_err(|error| StorageError::Damaged { what, cause: Some(std::sync::Arc::new(error)) })?;
    Ok(Versioned { record, revision: stored.revision })
}
