//! One term of a project's master key. It seals values, each under a data key of its own, and opens what the same term
//! sealed in the same place.

use aws_lc_rs::rand;
use zeroize::Zeroizing;

use crate::cipher::{Cipher, KEY_BYTES, NONCE_BYTES, TAG_BYTES};
use crate::errors::{NotOpened, SealingError};
use crate::locked_key::LockedKey;
use crate::sealed::{Place, Sealed, backup_context};
use crate::value::Value;

/// What one sealing draws: a data key and the nonce that wraps it.
const DRAW_BYTES: usize = KEY_BYTES + NONCE_BYTES;

/// A data key seals exactly one value and is then thrown away, so no two messages ever share a key and nonce: the
/// only thing GCM asks of a nonce.
const VALUE_NONCE: [u8; NONCE_BYTES] = [0; NONCE_BYTES];

/// One term of a project's key.
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
        self.seal_with(&self.key.cipher()?, &*draw()?, &place.context(self.term), value.expose())
    }

    /// Seals what a backup holds. It opens in its project only, and only as a backup.
    pub fn seal_backup(&self, project: [u8; 16], contents: &[u8]) -> Result<Sealed, SealingError> {
        self.seal_with(&self.key.cipher()?, &*draw()?, &backup_context(self.term, project), contents)
    }

    /// Seals a batch, in order. Randomness is drawn once, which halves the time for small values.
    pub fn seal_all(&self, batch: &[(Place, &Value)]) -> Result<Vec<Sealed>, SealingError> {
        let mut draws = Vec::new();
        draws.resize(batch.len(), [0; DRAW_BYTES]);
        let mut draws = Zeroizing::new(draws);
        rand::fill(draws.as_flattened_mut()).map_err(|_| SealingError)?;
        let cipher = self.key.cipher()?;
        let seal = |((place, value), draw): (&(Place, &Value), _)| {
            self.seal_with(&cipher, draw, &place.context(self.term), value.expose())
        };
        batch.iter().zip(draws.iter()).map(seal).collect()
    }

    /// Opens what this term sealed at `place`.
    pub fn open(&self, place: &Place, sealed: &Sealed) -> Result<Value, NotOpened> {
        self.open_with(&place.context(self.term), sealed)
    }

    /// Opens what this term sealed as a backup in `project`.
    pub fn open_backup(&self, project: [u8; 16], sealed: &Sealed) -> Result<Value, NotOpened> {
        self.open_with(&backup_context(self.term, project), sealed)
    }

    fn seal_with(
        &self,
        cipher: &Cipher,
        draw: &[u8; DRAW_BYTES],
        context: &[u8],
        plain: &[u8],
    ) -> Result<Sealed, SealingError> {
        let (data_key, nonce) = draw.split_first_chunk::<KEY_BYTES>().ok_or(SealingError)?;
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

fn draw() -> Result<Zeroizing<[u8; DRAW_BYTES]>, SealingError> {
    let mut draw = Zeroizing::new([0; DRAW_BYTES]);
    rand::fill(&mut *draw).map_err(|_| SealingError)?;
    Ok(draw)
}
