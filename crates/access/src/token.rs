//! Tokens: 32 random bytes that mean nothing by themselves. The store holds a keyed hash, so neither a copy of the store
//! nor the time a look-up takes gives a token away.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use strongroom_storage::Timestamp;
use strongroom_storage::records::TokenRecord;
use zeroize::Zeroizing;

use crate::errors::InternalError;
use crate::random::random_bytes;

const TOKEN_BYTES: usize = 32;
/// 32 bytes in Base64 without padding.
const TOKEN_CHARACTERS: usize = 43;

/// 24 hours, as documented.
pub(crate) const LIFE_MILLISECONDS: i64 = 24 * 60 * 60 * 1_000;

/// How far ahead of now a token may have been issued, in milliseconds. Chosen by us: clocks of replicas, and small
/// corrections of a clock, differ by less than an hour.
const MOST_AHEAD: i64 = 60 * 60 * 1_000;

/// When a token counts.
#[derive(Clone, Copy)]
pub(crate) struct Validity {
    issue_time: i64,
    expire_time: i64,
}

impl Validity {
    pub(crate) fn of(token: &TokenRecord) -> Self {
        Self { issue_time: token.issue_time, expire_time: token.expire_time }
    }

    pub(crate) fn includes(self, now: Timestamp) -> bool {
        // A token from the future was issued while the clock was ahead; it would be valid longer than any other.
        let is_from_future = self.issue_time.saturating_sub(now.milliseconds()) > MOST_AHEAD;
        self.expire_time > now.milliseconds() && !is_from_future
    }
}

/// Makes tokens and turns them into what the store knows.
pub(crate) struct TokenHashes(hmac::Key);

impl TokenHashes {
    pub(crate) fn new(key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// A token never issued before, and its hash.
    pub(crate) fn issue(&self) -> Result<(Zeroizing<String>, [u8; 32]), InternalError> {
        let bytes = random_bytes::<TOKEN_BYTES>()?;
        Ok((Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes)), self.hash(&*bytes)))
    }

    /// `None` for what cannot be a token.
    pub(crate) fn look_up(&self, token: &str) -> Option<[u8; 32]> {
        if token.len() != TOKEN_CHARACTERS {
            return None;
        }
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(token).ok()?);
        Some(self.hash(&bytes))
    }

    /// A keyed hash of these parts. Each is preceded by its length, so that it cannot be taken for the hash of a token,
    /// nor for that of other parts.
    pub(crate) fn fingerprint(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        fixed(&context.sign())
    }

    fn hash(&self, token: &[u8]) -> [u8; 32] {
        fixed(&hmac::sign(&self.0, token))
    }
}

fn fixed(tag: &hmac::Tag) -> [u8; 32] {
    let mut hash = [0; 32];
    for (to, from) in hash.iter_mut().zip(tag.as_ref()) {
        *to = *from;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_leads_to_its_hash_and_nothing_else_does() {
        let hashes = TokenHashes::new(&[1; 32]);
        let (token, hash) = hashes.issue().unwrap();
        assert_eq!(token.len(), TOKEN_CHARACTERS);
        assert_eq!(hashes.look_up(&token), Some(hash));

        let (other, other_hash) = hashes.issue().unwrap();
        assert_ne!((&other, other_hash), (&token, hash));
        for wrong in ["", "abc", &token[1..], &format!("{}=", *token), &format!("{}+", &token[1..])] {
            assert_eq!(hashes.look_up(wrong), None, "{wrong}");
        }
        let elsewhere = TokenHashes::new(&[2; 32]);
        assert_ne!(elsewhere.look_up(&token), Some(hash));
    }
}
