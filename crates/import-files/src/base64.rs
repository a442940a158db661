//! Base64 as files have it: with either alphabet, with padding or without, over several lines.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, PADDING);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, PADDING);
const PADDING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// The bytes of a text; none when it is not Base64.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let engine = if text.contains(['-', '_']) { URL_SAFE } else { STANDARD };
    if text.contains(|next: char| next.is_ascii_whitespace()) {
        let compact: Zeroizing<String> =
            Zeroizing::new(text.chars().filter(|next| !next.is_ascii_whitespace()).collect());
        return engine.decode(compact.as_bytes()).ok();
    }
    engine.decode(text).ok()
}

/// As the contract wants it.
pub fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}
