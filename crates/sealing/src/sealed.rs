//! The stored format of a sealed value, and the place it is bound to. A record moved to another project, secret or version does
//! not open.
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

/// Size of a sealed record minus the size of its value: 81 bytes.
const OVERHEAD_BYTES: usize = HEAD_BYTES + TAG_BYTES;

/// Start of the associated data of values. No other associated data in this crate starts with it.
const PURPOSE: &[u8; 16] = b"strongroom.value";

/// Start of the associated data of backups. It keeps a value from opening as a backup, and a backup as a value.
const BACKUP_PURPOSE: &[u8; 17] = b"strongroom.backup";

/// The place of a sealed value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub project: [u8; 16],
    pub secret: [u8; 16],
    pub version: u32,
}

impl Place {
    /// The associated data. Every part has a fixed size, so different places have different encodings.
    pub(crate) fn context(&self, term: u32) -> Vec<u8> {
        let (term, version) = (term.to_be_bytes(), self.version.to_be_bytes());
        [PURPOSE.as_slice(), &[FORMAT], &term, &self.project, &self.secret, &version].concat()
    }
}

/// The associated data of a backup: it is bound to its project.
pub(crate) fn backup_context(term: u32, project: [u8; 16]) -> Vec<u8> {
    [BACKUP_PURPOSE.as_slice(), &[FORMAT], &term.to_be_bytes(), &project].concat()
}

/// A sealed value or backup. Opening it needs the master key of its term.
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
    /// Takes bytes from [`Sealed::as_bytes`].
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

    /// Like [`Sealed::as_bytes`], without a copy.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The term of the master key that sealed this.
    pub fn term(&self) -> u32 {
        self.term
    }

    /// A record with a complete head and space for a value of `value_bytes`.
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

/// Shows only the term: ciphertext in a log is useless and reveals the length of the value.
impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed").field("term", &self.term).finish_non_exhaustive()
    }
}
