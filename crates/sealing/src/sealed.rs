//! A sealed value as it lies on disk, and the place it is bound to. A record is opened only where it was sealed: moved
//! to another project, secret or version it is rejected.
//!
//! ```text
//! format 1 | term 4, big-endian | wrap nonce 12 | data key 32 + tag 16 | value + tag 16
//! ```

use std::fmt;

use crate::cipher::{KEY_BYTES, NONCE_BYTES, TAG_BYTES};
use crate::errors::Malformed;

const FORMAT: u8 = 1;
pub(crate) const TERM_BYTES: usize = 4;
pub(crate) const WRAPPED_KEY_BYTES: usize = KEY_BYTES + TAG_BYTES;
const HEAD_BYTES: usize = 1 + TERM_BYTES + NONCE_BYTES + WRAPPED_KEY_BYTES;

/// What a sealed record is larger than its value: 81 bytes.
const OVERHEAD_BYTES: usize = HEAD_BYTES + TAG_BYTES;

/// Sixteen bytes that no other use of associated data in this crate begins with.
const PURPOSE: &[u8; 16] = b"strongroom.value";

/// No value's associated data begins so; a value can never pass for a backup, nor a backup for a value.
const BACKUP_PURPOSE: &[u8; 17] = b"strongroom.backup";

/// Where a sealed value lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub project: [u8; 16],
    pub secret: [u8; 16],
    pub version: u32,
}

impl Place {
    /// The associated data. Every part has a fixed size, so two places never encode alike.
    pub(crate) fn context(&self, term: u32) -> Vec<u8> {
        let (term, version) = (term.to_be_bytes(), self.version.to_be_bytes());
        [PURPOSE.as_slice(), &[FORMAT], &term, &self.project, &self.secret, &version].concat()
    }
}

/// The associated data of a backup, which is bound to its project.
pub(crate) fn backup_context(term: u32, project: [u8; 16]) -> Vec<u8> {
    [BACKUP_PURPOSE.as_slice(), &[FORMAT], &term.to_be_bytes(), &project].concat()
}

/// A value, or a backup, that nobody can read without the master key of its term.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    bytes: Vec<u8>,
    term: u32,
}

/// The parts of a record that opening needs.
pub(crate) struct Parts<'a> {
    pub(crate) nonce: &'a [u8; NONCE_BYTES],
    pub(crate) wrapped_key: &'a [u8; WRAPPED_KEY_BYTES],
    pub(crate) ciphertext: &'a [u8],
}

/// The parts of a record that sealing fills.
pub(crate) struct Blanks<'a> {
    pub(crate) wrapped_key: &'a mut [u8],
    pub(crate) ciphertext: &'a mut [u8],
}

impl Sealed {
    /// Takes over bytes that [`Sealed::as_bytes`] gave before.
    pub fn from_stored(bytes: Vec<u8>) -> Result<Self, Malformed> {
        let (format, rest) = bytes.split_first().ok_or(Malformed)?;
        let (term, _) = rest.split_first_chunk::<TERM_BYTES>().ok_or(Malformed)?;
        if *format != FORMAT || bytes.len() < OVERHEAD_BYTES {
            return Err(Malformed);
        }
        Ok(Self { term: u32::from_be_bytes(*term), bytes })
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same without a copy.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The term of the master key that sealed this.
    pub fn term(&self) -> u32 {
        self.term
    }

    /// A record with its head written and room for a value of `value_bytes`.
    pub(crate) fn blank(term: u32, nonce: &[u8; NONCE_BYTES], value_bytes: usize) -> Self {
        let mut bytes = Vec::with_capacity(OVERHEAD_BYTES + value_bytes);
        bytes.push(FORMAT);
        bytes.extend_from_slice(&term.to_be_bytes());
        bytes.extend_from_slice(nonce);
        bytes.resize(OVERHEAD_BYTES + value_bytes, 0);
        Self { bytes, term }
    }

    pub(crate) fn blanks(&mut self) -> Option<Blanks<'_>> {
        let (head, ciphertext) = self.bytes.split_at_mut_checked(HEAD_BYTES)?;
        let (_, wrapped_key) = head.split_at_mut_checked(1 + TERM_BYTES + NONCE_BYTES)?;
        Some(Blanks { wrapped_key, ciphertext })
    }

    pub(crate) fn parts(&self) -> Option<Parts<'_>> {
        let (_, rest) = self.bytes.split_at_checked(1 + TERM_BYTES)?;
        let (nonce, rest) = rest.split_first_chunk()?;
        let (wrapped_key, ciphertext) = rest.split_first_chunk()?;
        Some(Parts { nonce, wrapped_key, ciphertext })
    }
}

/// Only the term: ciphertext in a log helps nobody and gives away the length of the value.
impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed").field("term", &self.term).finish_non_exhaustive()
    }
}
