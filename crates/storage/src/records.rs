//! The stored records. They grow by new fields; the package is private to the server.

use bytes::Bytes;
use prost::Message;

use crate::engine::Stored;
use crate::{Fault, Revision};

include!(concat!(env!("OUT_DIR"), "/strongroom.records.v1.rs"));

/// A record as it was read, with what a change of it relies on.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept<T> {
    pub record: T,
    pub revision: Revision,
}

impl Kept<SecretRecord> {
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

pub(crate) fn encoded(record: &impl Message) -> Bytes {
    record.encode_to_vec().into()
}

pub(crate) fn decoded<T: Message + Default>(what: &'static str, stored: Stored) -> Result<Kept<T>, Fault> {
    let record = T::decode(stored.value)
        .map_err(|error| Fault::Damaged { what, cause: Some(std::sync::Arc::new(error)) })?;
    Ok(Kept { record, revision: stored.revision })
}
