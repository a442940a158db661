//! Whether a text is canonical standard Base64 with padding.
//!
//! Decoding an accepted text and encoding it again gives the same text, so values can be stored as bytes and returned as sent.

/// Whether `text` is canonical Base64: the standard alphabet, padded, unused bits zero, no white space.
pub(crate) fn is_canonical(text: &str) -> bool {
    let bytes = text.as_bytes();
    if !bytes.len().is_multiple_of(4) {
        return false;
    }
    // The unused bits of the last character must be zero; these are the characters with zeros there.
    let (digits, last): (&[u8], &[u8]) = match bytes {
        [digits @ .., b'=', b'='] => (digits, b"AQgw"),
        [digits @ .., b'='] => (digits, b"AEIMQUYcgkosw048"),
        digits => return in_alphabet(digits),
    };
    digits.last().is_some_and(|digit| last.contains(digit)) && in_alphabet(digits)
}

/// Whether every byte is a Base64 digit. Blocks without an early exit compile to vector instructions, which matters for a
/// thousand values of the largest size.
fn in_alphabet(digits: &[u8]) -> bool {
    digits.chunks(256).all(|block| block.iter().fold(true, |good, digit| good & is_digit(*digit)))
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_uppercase()
        | byte.is_ascii_lowercase()
        | byte.is_ascii_digit()
        | (byte == b'+')
        | (byte == b'/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::base64::Engine as _;
    use ::base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    #[test]
    fn spellings() {
        for text in ["", "AA==", "AAA=", "AAAA", "+/+/", "Zm9vYmE=", "/w==", "//8="] {
            assert!(is_canonical(text), "{text}");
        }
        for text in [
            "A",
            "AA",
            "AAA",
            "=",
            "==",
            "===",
            "====",
            "A===",
            "AAAA====",
            "AB==",
            "AAB=",
            "-_-_",
            "AA A",
            "AAAA\n",
            "AAA\n",
            "AA==AAAA",
            "A=AA",
            "AAA\u{e9}",
            "\u{1f600}",
        ] {
            assert!(!is_canonical(text), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_reference_decoder(text in "[A-Za-z0-9+/=_\\- ]{0,12}") {
            prop_assert_eq!(is_canonical(&text), STANDARD.decode(&text).is_ok(), "{:?}", text);
        }

        #[test]
        fn agrees_on_anything(text in any::<String>()) {
            prop_assert_eq!(is_canonical(&text), STANDARD.decode(&text).is_ok());
        }

        #[test]
        fn encodings_are_accepted_and_changed_digits_agree_with_the_reference(
            bytes in proptest::collection::vec(any::<u8>(), 1..900), place in any::<prop::sample::Index>(), with in any::<u8>()
        ) {
            let text = STANDARD.encode(bytes);
            prop_assert!(is_canonical(&text));
            let mut changed = text.into_bytes();
            let place = place.index(changed.len());
            changed[place] = with & 0x7f;
            let changed = String::from_utf8(changed).unwrap();
            prop_assert_eq!(is_canonical(&changed), STANDARD.decode(&changed).is_ok());
        }
    }
}
