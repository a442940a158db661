//! Identifiers, keys and passwords from the operating system's randomness, every character equally likely.

use aws_lc_rs::rand;
use strongroom_storage::Id;
use zeroize::Zeroizing;

use crate::errors::InternalError;

pub(crate) const UPPER_CASE_AND_DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
pub(crate) const LETTERS_AND_DIGITS: &[u8] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

pub(crate) fn random_bytes<const N: usize>() -> Result<Zeroizing<[u8; N]>, InternalError> {
    let mut bytes = Zeroizing::new([0; N]);
    rand::fill(&mut *bytes).map_err(InternalError::while_doing(
        "The operating system gave no randomness. Look at the health of the machine.",
    ))?;
    Ok(bytes)
}

pub(crate) fn random_id() -> Result<Id, InternalError> {
    Ok(Id::new(*random_bytes()?))
}

/// `length` characters of `alphabet`, which is ASCII.
pub fn random_text(alphabet: &[u8], length: usize) -> Result<Zeroizing<String>, InternalError> {
    let mut text = Zeroizing::new(String::with_capacity(length));
    while text.len() < length {
        let draw = random_bytes::<64>()?;
        let characters = draw.iter().filter_map(|byte| unbiased(alphabet, *byte));
        let missing = length - text.len();
        text.extend(characters.take(missing));
    }
    Ok(text)
}

/// Bytes beyond the last whole multiple of the alphabet are thrown away: a plain remainder would favour the first
/// characters.
fn unbiased(alphabet: &[u8], byte: u8) -> Option<char> {
    let fair = 256_usize.checked_div(alphabet.len())? * alphabet.len();
    if usize::from(byte) >= fair {
        return None;
    }
    alphabet.get(usize::from(byte) % alphabet.len()).copied().map(char::from)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn every_character_is_equally_likely() {
        for alphabet in [UPPER_CASE_AND_DIGITS, LETTERS_AND_DIGITS] {
            let mut counts = HashMap::new();
            for character in (0..=u8::MAX).filter_map(|byte| unbiased(alphabet, byte)) {
                *counts.entry(character).or_insert(0) += 1;
            }
            assert_eq!(counts.len(), alphabet.len());
            assert!(counts.values().all(|count| *count == 256 / alphabet.len()));
        }
    }

    #[test]
    fn text_has_its_length_and_alphabet_and_differs() {
        let one = random_text(UPPER_CASE_AND_DIGITS, 100).unwrap();
        let two = random_text(UPPER_CASE_AND_DIGITS, 100).unwrap();
        assert_eq!(one.len(), 100);
        assert!(one.bytes().all(|byte| UPPER_CASE_AND_DIGITS.contains(&byte)));
        assert_ne!(one, two);
    }
}
