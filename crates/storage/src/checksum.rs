//! The keyed checksum of each record. It is bound to the key of the record. A record that is damaged, altered, moved to
//! another key, or written without the record key is an error.
//!
//! ```text
//! content | checksum 8     SipHash-1-3 of the length of the key, the key and the content
//! ```

use std::hash::Hasher;
use std::sync::Arc;

use siphasher::sip::SipHasher13;
use zeroize::Zeroizing;

use crate::engine::{Key, Snapshot, Span, Stored};
use crate::keys::Tag;
use crate::{Cause, StorageError, kinds};

/// 64 bits: a forgery without the key succeeds once in 2^64 attempts, and each failed attempt is logged as an error. 16 bytes
/// would double the disk space of index entries, which contain nothing else.
pub(crate) const CHECKSUM_BYTES: usize = 8;

/// Length of a [`RecordKey`] in bytes.
pub const RECORD_KEY_BYTES: usize = 16;

/// The key of the checksums: random, one per store, stored wrapped by the root key.
#[derive(Clone)]
pub struct RecordKey(Arc<Zeroizing<[u8; RECORD_KEY_BYTES]>>);

impl RecordKey {
    pub fn new(key: Zeroizing<[u8; RECORD_KEY_BYTES]>) -> Self {
        Self(Arc::new(key))
    }

    /// The bytes, for wrapping by the root key.
    pub fn expose(&self) -> &[u8; RECORD_KEY_BYTES] {
        &self.0
    }

    /// Appends the checksum to the content of a record.
    pub(crate) fn protect(&self, key: &[u8], content: &mut Vec<u8>) {
        if let Some(by) = self.checksum_key(key) {
            content.extend_from_slice(&checksum(by, key, content));
        }
    }

    /// Verifies and removes the checksum of a record.
    pub(crate) fn verified(&self, key: &[u8], mut stored: Stored) -> Result<Stored, StorageError> {
        let Some(by) = self.checksum_key(key) else { return Ok(stored) };
        let (content, found) = stored.value.split_last_chunk().ok_or_else(|| damaged(key))?;
        // No constant-time comparison: an attacker who can write records cannot measure this byte by byte.
        if checksum(by, key, content) != *found {
            return Err(damaged(key));
        }
        let content_bytes = content.len();
        stored.value.truncate(content_bytes);
        Ok(stored)
    }

    /// The checksum key for the record at `key`.
    ///
    /// `None` for values: AES-GCM already binds each to its project, secret and version, and hashing 32 KiB again takes
    /// several times as long as opening it.
    fn checksum_key(&self, key: &[u8]) -> Option<&[u8; RECORD_KEY_BYTES]> {
        const VALUE: u8 = Tag::Value as u8;
        const ROOT_KEY: u8 = Tag::RootKey as u8;
        match key.first() {
            Some(&VALUE) => None,
            Some(&ROOT_KEY) => Some(PUBLIC_KEY),
            Some(_) | None => Some(&self.0),
        }
    }
}

/// A public key, which detects damage but not tampering. It protects the record of the root key, which is read before any other
/// key is known. The root key seals the sensitive fields of that record.
const PUBLIC_KEY: &[u8; RECORD_KEY_BYTES] = b"strongroom.store";

fn checksum(by: &[u8; RECORD_KEY_BYTES], key: &[u8], content: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut hasher = SipHasher13::new_with_key(by);
    // The length keeps bytes from moving between the end of the key and the start of the content.
    hasher.write_u64(key.len() as u64);
    hasher.write(key);
    hasher.write(content);
    hasher.finish().to_le_bytes()
}

/// A snapshot that verifies records when they are read.
pub(crate) struct Verified {
    snapshot: Box<dyn Snapshot>,
    key: RecordKey,
}

impl Verified {
    pub(crate) fn new(snapshot: Box<dyn Snapshot>, key: RecordKey) -> Self {
        Self { snapshot, key }
    }

    pub(crate) async fn get(&self, key: &[u8]) -> Result<Option<Stored>, StorageError> {
        self.snapshot.get(key).await?.map(|stored| self.key.verified(key, stored)).transpose()
    }

    pub(crate) async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>, StorageError> {
        let found = self.snapshot.get_many(keys).await?;
        let verified = found
            .into_iter()
            .zip(keys)
            .map(|(stored, key)| stored.map(|stored| self.key.verified(key, stored)).transpose());
        verified.collect()
    }

    pub(crate) async fn range(&self, span: &Span, limit: usize) -> Result<Vec<(Key, Stored)>, StorageError> {
        let mut found = self.snapshot.range(span, limit).await?;
        for (key, stored) in &mut found {
            let read = Stored { value: std::mem::take(&mut stored.value), revision: stored.revision };
            *stored = self.key.verified(key, read)?;
        }
        Ok(found)
    }

    /// Like [`Self::range`], but verifies each record separately: a damaged one does not hide its neighbours.
    pub(crate) async fn range_each(
        &self,
        span: &Span,
        limit: usize,
    ) -> Result<Vec<(Key, Result<Stored, StorageError>)>, StorageError> {
        let found = self.snapshot.range(span, limit).await?;
        let verified = found.into_iter().map(|(key, stored)| {
            let stored = self.key.verified(&key, stored);
            (key, stored)
        });
        Ok(verified.collect())
    }

    /// The underlying snapshot, for scans that handle damaged records themselves.
    pub(crate) fn unverified(&self) -> &dyn Snapshot {
        &*self.snapshot
    }

    pub(crate) fn verified(&self, key: &[u8], stored: Stored) -> Result<Stored, StorageError> {
        self.key.verified(key, stored)
    }
}

/// A checksum that does not match key and content.
#[derive(Debug, thiserror::Error)]
#[error("the checksum of {0} is wrong: the record is damaged, was moved or was altered")]
struct WrongChecksum(String);

fn damaged(key: &[u8]) -> StorageError {
    let cause: Cause = Arc::new(WrongChecksum(kinds::described(key)));
    StorageError::Damaged { what: Tag::of(key).map_or("record", Tag::noun), cause: Some(cause) }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{Id, Revision, keys};

    fn key(byte: u8) -> RecordKey {
        RecordKey::new(Zeroizing::new([byte; RECORD_KEY_BYTES]))
    }

    fn stored(record_key: &RecordKey, key: &[u8], content: &[u8]) -> Stored {
        let mut value = content.to_vec();
        record_key.protect(key, &mut value);
        Stored { value: value.into(), revision: Revision(7) }
    }

    /// Pins the format: existing stores must stay readable.
    #[test]
    fn checksum_of_a_record_is_stable() {
        let bytes = checksum(&[1; 16], &[0x10, 2], b"content");
        assert_eq!(bytes, [39, 6, 80, 67, 10, 176, 167, 38]);
    }

    #[test]
    fn altered_or_moved_record_is_rejected() {
        let record_key = key(1);
        for at in [keys::secret(Id::new([1; 16]), "db"), keys::root_key()] {
            let whole = stored(&record_key, &at, b"content");
            let read = record_key.verified(&at, whole.clone()).unwrap();
            assert_eq!((read.value, read.revision), (Bytes::from_static(b"content"), Revision(7)));

            for place in 0..whole.value.len() * 8 {
                let mut bytes = whole.value.to_vec();
                bytes[place / 8] ^= 1 << (place % 8);
                let altered = Stored { value: bytes.into(), ..whole };
                assert!(record_key.verified(&at, altered).is_err(), "bit {place}");
            }
            for bytes in 0..whole.value.len() {
                let cut = Stored { value: whole.value.slice(..bytes), ..whole };
                assert!(record_key.verified(&at, cut).is_err(), "cut to {bytes} bytes");
            }
            let moved = [at.as_slice(), &[0]].concat();
            assert!(record_key.verified(&moved, whole.clone()).is_err(), "moved");
        }
        let at = keys::secret(Id::new([1; 16]), "db");
        assert!(key(2).verified(&at, stored(&record_key, &at, b"")).is_err(), "written under another key");
    }

    #[test]
    fn moving_bytes_between_key_and_content_changes_the_checksum() {
        assert_ne!(checksum(&[1; 16], &[0x10, 1], &[2, 3]), checksum(&[1; 16], &[0x10, 1, 2], &[3]));
    }

    #[test]
    fn error_names_the_damaged_record() {
        let at = keys::secret(Id::new([1; 16]), "db");
        let fault = key(1).verified(&at, Stored { value: Bytes::new(), revision: Revision(1) }).unwrap_err();
        let cause = std::error::Error::source(&fault).unwrap().to_string();
        assert!(cause.contains("secret \"db\" of project 01010101010101010101010101010101"), "{cause}");
    }
}
