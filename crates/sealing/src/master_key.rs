//! Master keys. Each term of a master key seals values, each under a data key of its own, and opens what it sealed for the same
//! place.

use aws_lc_rs::rand;
use zeroize::Zeroizing;

use crate::cipher::{Cipher, KEY_BYTES, NONCE_BYTES, TAG_BYTES};
use crate::errors::{NotOpened, SealingError};
use crate::locked_key::LockedKey;
use crate::sealed::{Place, Sealed, backup_context};
use crate::value::Value;

/// Random bytes per sealed value: a data key, and the nonce for wrapping it.
const RANDOM_BYTES_PER_VALUE: usize = KEY_BYTES + NONCE_BYTES;

/// The nonce may be constant because a data key seals exactly one value: GCM requires only that key and nonce never repeat
/// together.
const VALUE_NONCE: [u8; NONCE_BYTES] = [0; NONCE_BYTES];

/// One term of a master key of a project.
pub struct MasterKey {
    key: LockedKey,
    term: u32,
}

impl MasterKey {
    pub(crate) fn new(key: &[u8; KEY_BYTES], term: u32) -> Result<Self, SealingError> {
        Ok(Self { key: LockedKey::new(key)?, term })
    }

    pub fn term(&self) -> u32 {
        self.term
    }

    pub fn seal(&self, place: &Place, value: &Value) -> Result<Sealed, SealingError> {
        self.seal_with(
            &self.key.cipher()?,
            &*random_key_and_nonce()?,
            &place.context(self.term),
            value.expose(),
        )
    }

    /// Seals the content of a backup. It opens only in its project, and only as a backup.
    pub fn seal_backup(&self, project: [u8; 16], contents: &[u8]) -> Result<Sealed, SealingError> {
        self.seal_with(
            &self.key.cipher()?,
            &*random_key_and_nonce()?,
            &backup_context(self.term, project),
            contents,
        )
    }

    /// Seals a batch, in order. Draws randomness once, which halves the time for small values.
    pub fn seal_all(&self, batch: &[(Place, &Value)]) -> Result<Vec<Sealed>, SealingError> {
        let mut draws = Vec::new();
        draws.resize(batch.len(), [0; RANDOM_BYTES_PER_VALUE]);
        let mut draws = Zeroizing::new(draws);
        rand::fill(draws.as_flattened_mut()).map_err(|_| SealingError)?;
        let cipher = self.key.cipher()?;
        let seal = |((place, value), random_key_and_nonce): (&(Place, &Value), _)| {
            self.seal_with(&cipher, random_key_and_nonce, &place.context(self.term), value.expose())
        };
        batch.iter().zip(draws.iter()).map(seal).collect()
    }

    /// Opens a value that this term sealed for `place`.
    pub fn open(&self, place: &Place, sealed: &Sealed) -> Result<Value, NotOpened> {
        self.open_with(&place.context(self.term), sealed)
    }

    /// Opens a backup that this term sealed in `project`.
    pub fn open_backup(&self, project: [u8; 16], sealed: &Sealed) -> Result<Value, NotOpened> {
        self.open_with(&backup_context(self.term, project), sealed)
    }

    fn seal_with(
        &self,
        cipher: &Cipher,
        random_key_and_nonce: &[u8; RANDOM_BYTES_PER_VALUE],
        context: &[u8],
        plain: &[u8],
    ) -> Result<Sealed, SealingError> {
        let (data_key, nonce) = random_key_and_nonce.split_first_chunk::<KEY_BYTES>().ok_or(SealingError)?;
        let nonce = nonce.first_chunk::<NONCE_BYTES>().ok_or(SealingError)?;
        let mut sealed = Sealed::blank(self.term, nonce, plain.len());
        let blanks = sealed.blanks().ok_or(SealingError)?;
        cipher.seal(nonce, context, data_key, blanks.wrapped_key)?;
        Cipher::new(data_key)?.seal(&VALUE_NONCE, context, plain, blanks.ciphertext)?;
        Ok(sealed)
    }

    fn open_with(&self, context: &[u8], sealed: &Sealed) -> Result<Value, NotOpened> {
        if sealed.term() != self.term {
            return Err(NotOpened);
        }
        let parts = sealed.parts().ok_or(NotOpened)?;
        let mut data_key = Zeroizing::new([0; KEY_BYTES]);
        let cipher = self.key.cipher().map_err(|_| NotOpened)?;
        cipher.open(parts.nonce, context, parts.wrapped_key, &mut *data_key)?;
        let cipher = Cipher::new(&*data_key).map_err(|_| NotOpened)?;
        let value_bytes = parts.ciphertext.len().checked_sub(TAG_BYTES).ok_or(NotOpened)?;
        let mut value = Value::blank(value_bytes);
        cipher.open(&VALUE_NONCE, context, parts.ciphertext, value.buffer())?;
        Ok(value)
    }
}

fn random_key_and_nonce() -> Result<Zeroizing<[u8; RANDOM_BYTES_PER_VALUE]>, SealingError> {
    let mut random_key_and_nonce = Zeroizing::new([0; RANDOM_BYTES_PER_VALUE]);
    rand::fill(&mut *random_key_and_nonce).map_err(|_| SealingError)?;
    Ok(random_key_and_nonce)
}
