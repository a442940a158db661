//! The stored format of a small record. It starts with the term of the root key that sealed it, so that records of two terms can
//! coexist during a rotation.
//!
//! ```text
//! format 2 | term 4, big-endian | nonce 12 | plain + tag 16
//! format 1 |                      nonce 12 | plain + tag 16     of the first term; only read, no longer written
//! ```

use zeroize::Zeroizing;

use crate::cipher::{Cipher, NONCE_BYTES, TAG_BYTES, random_nonce};
use crate::errors::{NotOpened, SealingError};
use crate::sealed::TERM_BYTES;

/// The term of the first root key.
pub const FIRST_TERM: u32 = 1;

const WITHOUT_TERM: u8 = 1;
const WITH_TERM: u8 = 2;
const PURPOSE: &[u8; 16] = b"strongroom.small";

pub(crate) fn seal(
    cipher: &Cipher,
    term: u32,
    purpose: &str,
    context: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, SealingError> {
    let nonce = random_nonce()?;
    let head = [&[WITH_TERM], term.to_be_bytes().as_slice()].concat();
    let mut record = [head.as_slice(), &nonce].concat();
    let start = record.len();
    record.resize(start + plain.len() + TAG_BYTES, 0);
    let (_, ciphertext) = record.split_at_mut_checked(start).ok_or(SealingError)?;
    cipher.seal(&nonce, &associated_data(&head, purpose, context), plain, ciphertext)?;
    Ok(record)
}

/// Opens with the cipher of the term from [`term`].
pub(crate) fn open(
    cipher: &Cipher,
    purpose: &str,
    context: &[u8],
    record: &[u8],
) -> Result<Zeroizing<Vec<u8>>, NotOpened> {
    let (head, _) = split_head(record).ok_or(NotOpened)?;
    let rest = record.get(head.len()..).ok_or(NotOpened)?;
    let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(NotOpened)?;
    let plain_bytes = ciphertext.len().checked_sub(TAG_BYTES).ok_or(NotOpened)?;
    let mut plain = Zeroizing::new(vec![0; plain_bytes]);
    cipher.open(nonce, &associated_data(head, purpose, context), ciphertext, &mut plain)?;
    Ok(plain)
}

/// The term of the root key that sealed the record; `None` if it is not a small record.
pub fn term(record: &[u8]) -> Option<u32> {
    split_head(record).map(|(_, term)| term)
}

/// The bytes before the nonce, and the term.
fn split_head(record: &[u8]) -> Option<(&[u8], u32)> {
    let (format, rest) = record.split_first()?;
    match *format {
        WITHOUT_TERM => Some((record.get(..1)?, FIRST_TERM)),
        WITH_TERM => {
            let (term, _) = rest.split_first_chunk::<TERM_BYTES>()?;
            Some((record.get(..1 + TERM_BYTES)?, u32::from_be_bytes(*term)))
        }
        _ => None,
    }
}

/// The associated data. The length before the purpose distinguishes "ab" + "c" from "a" + "bc".
fn associated_data(head: &[u8], purpose: &str, context: &[u8]) -> Vec<u8> {
    let purpose_bytes = (purpose.len() as u64).to_be_bytes();
    [PURPOSE.as_slice(), head, &purpose_bytes, purpose.as_bytes(), context].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purpose_and_context_cannot_be_shifted() {
        assert_ne!(associated_data(&[1], "ab", b"c"), associated_data(&[1], "a", b"bc"));
        assert_ne!(associated_data(&[1], "", b"abc"), associated_data(&[1], "abc", b""));
    }

    #[test]
    fn term_is_read_from_the_record() {
        let cipher = Cipher::new(&[7; 32]).unwrap();
        let record = seal(&cipher, 0x01020304, "check", &[], b"plain").unwrap();
        assert_eq!((&record[..5], record.len()), (&[2, 1, 2, 3, 4][..], 5 + 12 + 5 + 16));
        assert_eq!(term(&record), Some(0x01020304));
        assert_eq!(term(&[1, 9, 9, 9, 9]), Some(1), "the form before rotations");
        for other in [&[][..], &[0], &[3, 0, 0, 0, 1], &[2, 0, 0, 0]] {
            assert_eq!(term(other), None, "{other:?}");
        }
    }
}
