//! The stored records. The protobuf package is private to the server and grows by new fields.

use prost::Message;

use crate::checksum::CHECKSUM_BYTES;
use crate::engine::Stored;
use crate::{Revision, StorageError};

include!(concat!(env!("OUT_DIR"), "/strongroom.records.v1.rs"));

/// A record and the revision at which it was read, which is the precondition of a change.
#[derive(Clone, Debug, PartialEq)]
pub struct Versioned<T> {
    pub record: T,
    pub revision: Revision,
}

impl Versioned<SecretRecord> {
    /// The revision of its content. Scheduling and cancelling a deletion do not change the content.
    pub fn content_revision(&self) -> Revision {
        match self.record.content_revision {
            0 => self.revision,
            earlier => Revision(earlier),
        }
    }

    /// Marks a change of the deletion date as one that keeps the content.
    pub fn with_same_content(&self, after: SecretRecord) -> SecretRecord {
        SecretRecord { content_revision: self.content_revision().0, ..after }
    }
}

/// Encodes with spare capacity for the checksum, so that appending it does not reallocate.
pub(crate) fn encoded(record: &impl Message) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(record.encoded_len() + CHECKSUM_BYTES);
    record.encode_raw(&mut bytes);
    bytes
}

/// Like [`encoded`], for content that is stored as it is: an id, a hash, or nothing.
pub(crate) fn with_checksum_capacity(content: &[u8]) -> Vec<u8> {
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
