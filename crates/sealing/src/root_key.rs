//! The root key: the one secret the operator keeps. It wraps master keys, seals small records and gives other crates
//! keys for keyed hashes, each bound to a purpose so that one can never stand in for another.

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::{hkdf, rand};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::cipher::{KEY_BYTES, random_key};
use crate::errors::{Malformed, NotOpened, NotRewrapped, SealingError};
use crate::locked_key::LockedKey;
use crate::master_key::MasterKey;
use crate::small;

/// Tells people what the line is, and us which form it has.
const TEXT_PREFIX: &str = "strongroom-root-key-v1:";
/// 32 bytes in padded Base64.
const TEXT_DIGITS: usize = 44;

/// Passphrases follow the second recommended option of RFC 9106, section 4: 3 passes over 64 MiB in 4 lanes, a salt of
/// 128 bits, a tag of 256 bits. The first option takes 2 GiB, more than small machines have.
const PASSES: u32 = 3;
const MEMORY_KIB: u32 = 64 * 1024;
const ARGON2_LANES: u32 = 4;

const MASTER_KEY_PURPOSE: &str = "master-key";

/// The term of a key that no rotation made.
pub const FIRST_TERM: u32 = 1;

/// What makes one passphrase give different keys in different stores. It is not secret.
pub type Salt = [u8; 16];

pub fn random_salt() -> Result<Salt, SealingError> {
    let mut salt = Salt::default();
    rand::fill(&mut salt).map_err(|_| SealingError)?;
    Ok(salt)
}

/// The key of keys, in one of its terms: the first, unless [`RootKey::of_term`] says another.
pub struct RootKey {
    term: u32,
    secret: LockedKey,
    sealing_key: LockedKey,
}

impl RootKey {
    pub fn generate() -> Result<Self, SealingError> {
        Self::new(&*random_key()?)
    }

    /// Reads the line [`RootKey::render`] wrote; white space around it does not matter.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let digits = text.trim().strip_prefix(TEXT_PREFIX).ok_or(Malformed)?;
        // One byte more than a key: 44 digits can carry 33 bytes. Decoding into a fixed buffer leaves no copy behind.
        let mut decoded = Zeroizing::new([0; KEY_BYTES + 1]);
        let decoded_bytes = STANDARD.decode_slice(digits, &mut *decoded).map_err(|_| Malformed)?;
        if decoded_bytes != KEY_BYTES {
            return Err(Malformed);
        }
        let mut secret = Zeroizing::new([0; KEY_BYTES]);
        *secret = *decoded.first_chunk().ok_or(Malformed)?;
        Self::new(&secret).map_err(|_| Malformed)
    }

    /// The key as one line of text, to be kept where only the operator can read it.
    pub fn render(&self) -> Zeroizing<String> {
        // The exact capacity: a string that grows would leave a copy behind that nobody clears.
        let mut text = Zeroizing::new(String::with_capacity(TEXT_PREFIX.len() + TEXT_DIGITS));
        text.push_str(TEXT_PREFIX);
        STANDARD.encode_string(self.secret.expose(), &mut text);
        text
    }

    /// Argon2id, which takes about a tenth of a second and 64 MiB while it runs. Fails when there is no memory.
    pub fn from_passphrase(passphrase: &str, salt: &Salt) -> Result<Self, SealingError> {
        let params =
            Params::new(MEMORY_KIB, PASSES, ARGON2_LANES, Some(KEY_BYTES)).map_err(|_| SealingError)?;
        let mut secret = Zeroizing::new([0; KEY_BYTES]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), salt, &mut *secret)
            .map_err(|_| SealingError)?;
        Self::new(&secret)
    }

    pub fn of_term(self, term: u32) -> Self {
        Self { term, ..self }
    }

    pub fn term(&self) -> u32 {
        self.term
    }

    /// Makes a master key and gives it with its wrapped form, which is what has to be stored.
    pub fn new_master_key(
        &self,
        project: [u8; 16],
        name: &str,
        term: u32,
    ) -> Result<(MasterKey, Vec<u8>), SealingError> {
        let key = random_key()?;
        let wrapped = self.seal_small(MASTER_KEY_PURPOSE, &master_key_context(project, name, term), &*key)?;
        Ok((MasterKey::new(&key, term)?, wrapped))
    }

    pub fn open_master_key(
        &self,
        project: [u8; 16],
        name: &str,
        term: u32,
        wrapped: &[u8],
    ) -> Result<MasterKey, NotOpened> {
        let plain = self.open_small(MASTER_KEY_PURPOSE, &master_key_context(project, name, term), wrapped)?;
        let key = plain.as_slice().try_into().map_err(|_| NotOpened)?;
        MasterKey::new(key, term).map_err(|_| NotOpened)
    }

    /// A master key that another term wrapped, wrapped by this one. It stays the same key.
    pub fn rewrap_master_key(
        &self,
        from: &Self,
        project: [u8; 16],
        name: &str,
        term: u32,
        wrapped: &[u8],
    ) -> Result<Vec<u8>, NotRewrapped> {
        self.rewrap_small(from, MASTER_KEY_PURPOSE, &master_key_context(project, name, term), wrapped)
    }

    /// Seals a small record, such as the secret of an access key. It is opened only with the same purpose and context.
    pub fn seal_small(&self, purpose: &str, context: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealingError> {
        small::seal(&self.sealing_key.cipher()?, self.term, purpose, context, plain)
    }

    pub fn open_small(
        &self,
        purpose: &str,
        context: &[u8],
        record: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, NotOpened> {
        if small::term(record) != Some(self.term) {
            return Err(NotOpened);
        }
        let cipher = self.sealing_key.cipher().map_err(|_| NotOpened)?;
        small::open(&cipher, purpose, context, record)
    }

    /// What another term sealed, sealed by this one.
    pub fn rewrap_small(
        &self,
        from: &Self,
        purpose: &str,
        context: &[u8],
        record: &[u8],
    ) -> Result<Vec<u8>, NotRewrapped> {
        let plain = from.open_small(purpose, context, record)?;
        Ok(self.seal_small(purpose, context, &plain)?)
    }

    /// A key for another use than sealing, for example keyed hashes: HKDF-SHA256 (RFC 5869) with the purpose as info.
    /// The root key is uniform already, so the salt stays empty.
    pub fn derive(&self, purpose: &str) -> Result<Zeroizing<[u8; KEY_BYTES]>, SealingError> {
        derive(self.secret.expose(), &[b"strongroom.derive:", purpose.as_bytes()])
    }

    fn new(secret: &[u8; KEY_BYTES]) -> Result<Self, SealingError> {
        // Not the root key itself: a key serves one algorithm.
        let sealing_key = LockedKey::new(&*derive(secret, &[b"strongroom.seal"])?)?;
        Ok(Self { term: FIRST_TERM, secret: LockedKey::new(secret)?, sealing_key })
    }
}

fn derive(secret: &[u8], info: &[&[u8]]) -> Result<Zeroizing<[u8; KEY_BYTES]>, SealingError> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    hkdf::Salt::new(hkdf::HKDF_SHA256, &[])
        .extract(secret)
        .expand(info, hkdf::HKDF_SHA256)
        .and_then(|output| output.fill(&mut *key))
        .map_err(|_| SealingError)?;
    Ok(key)
}

fn master_key_context(project: [u8; 16], name: &str, term: u32) -> Vec<u8> {
    [project.as_slice(), &term.to_be_bytes(), name.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivation_agrees_with_rfc_5869_test_case_3() {
        let key = derive(&[0x0b; 22], &[]).unwrap();
        let expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d";
        assert_eq!(hex::encode(*key), expected);
    }

    #[test]
    fn argon2id_agrees_with_rfc_9106_section_5_3() {
        let params = argon2::ParamsBuilder::new()
            .m_cost(32)
            .t_cost(PASSES)
            .p_cost(ARGON2_LANES)
            .output_len(KEY_BYTES)
            .data(argon2::AssociatedData::new(&[4; 12]).unwrap())
            .build()
            .unwrap();
        let argon2 = Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params).unwrap();
        let mut tag = [0; KEY_BYTES];
        argon2.hash_password_into(&[1; 32], &[2; 16], &mut tag).unwrap();
        let expected = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659";
        assert_eq!(hex::encode(tag), expected);
    }
}
