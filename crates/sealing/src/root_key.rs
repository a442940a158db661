//! The root key, which the operator keeps. It wraps master keys, seals small records, and derives keys for keyed hashes of other
//! crates. Each use is bound to a purpose, so results of different purposes cannot be exchanged.

use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::{hkdf, rand};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::cipher::{KEY_BYTES, random_key};
use crate::errors::{Malformed, NotOpened, NotRewrapped, SealingError};
use crate::locked_key::LockedKey;
use crate::master_key::MasterKey;
use crate::small::{self, FIRST_TERM};

/// Identifies the line as a root key, and its format.
const TEXT_PREFIX: &str = "strongroom-root-key-v1:";
/// 32 bytes in padded Base64.
const TEXT_DIGITS: usize = 44;

/// Argon2id parameters: the second recommended option of RFC 9106, section 4, with 3 passes over 64 MiB in 4 lanes, a salt of
/// 128 bits and a tag of 256 bits. The first option needs 2 GiB, more than small machines have.
const PASSES: u32 = 3;
const MEMORY_KIB: u32 = 64 * 1024;
const ARGON2_LANES: u32 = 4;

const MASTER_KEY_PURPOSE: &str = "master-key";

/// Makes one passphrase derive different keys in different stores. Not secret.
pub type Salt = [u8; 16];

pub fn random_salt() -> Result<Salt, SealingError> {
    let mut salt = Salt::default();
    rand::fill(&mut salt).map_err(|_| SealingError)?;
    Ok(salt)
}

/// One term of the root key: the first, unless set by [`RootKey::of_term`].
pub struct RootKey {
    term: u32,
    secret: LockedKey,
    sealing_key: LockedKey,
}

impl RootKey {
    pub fn generate() -> Result<Self, SealingError> {
        Self::new(&*random_key()?)
    }

    /// Parses a line from [`RootKey::render`]. Ignores white space around it.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let digits = text.trim().strip_prefix(TEXT_PREFIX).ok_or(Malformed)?;
        // One byte more than a key, because 44 digits can encode 33 bytes. A fixed buffer leaves no copies behind.
        let mut decoded = Zeroizing::new([0; KEY_BYTES + 1]);
        let decoded_bytes = STANDARD.decode_slice(digits, &mut *decoded).map_err(|_| Malformed)?;
        if decoded_bytes != KEY_BYTES {
            return Err(Malformed);
        }
        let mut secret = Zeroizing::new([0; KEY_BYTES]);
        *secret = *decoded.first_chunk().ok_or(Malformed)?;
        Self::new(&secret).map_err(|_| Malformed)
    }

    /// The key as one line of text. Store it where only the operator can read it.
    pub fn render(&self) -> Zeroizing<String> {
        // The exact capacity, because a growing string leaves copies behind that are not cleared.
        let mut text = Zeroizing::new(String::with_capacity(TEXT_PREFIX.len() + TEXT_DIGITS));
        text.push_str(TEXT_PREFIX);
        STANDARD.encode_string(self.secret.expose(), &mut text);
        text
    }

    /// Derives the key with Argon2id, which takes about 0.1 s and 64 MiB. Fails if there is not enough memory.
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

    /// Creates a master key. Returns it with its wrapped form, which is to be stored.
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

    /// Re-wraps a master key that another term wrapped. The master key itself does not change.
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

    /// Seals a small record, such as the secret key of an access key. It opens only with the same purpose and context.
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

    /// Seals again a small record that another term sealed.
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

    /// Derives a key for a use other than sealing, for example keyed hashes: HKDF-SHA256 (RFC 5869) with the purpose as info. The
    /// salt is empty because the root key is uniformly random.
    pub fn derive(&self, purpose: &str) -> Result<Zeroizing<[u8; KEY_BYTES]>, SealingError> {
        derive(self.secret.expose(), &[b"strongroom.derive:", purpose.as_bytes()])
    }

    fn new(secret: &[u8; KEY_BYTES]) -> Result<Self, SealingError> {
        // Not the root key itself, because a key should serve one algorithm.
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
