//! AES-256-GCM (NIST SP 800-38D), with the tag after the ciphertext. The only cipher of this crate, for values, data keys, master
//! keys and small records.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rand;
use zeroize::Zeroizing;

use crate::errors::{NotOpened, SealingError};

pub(crate) const KEY_BYTES: usize = 32;
pub(crate) const NONCE_BYTES: usize = 12;
pub(crate) const TAG_BYTES: usize = 16;

/// 32 random bytes from the operating system, cleared on drop.
pub(crate) fn random_key() -> Result<Zeroizing<[u8; KEY_BYTES]>, SealingError> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    rand::fill(&mut *key).map_err(|_| SealingError)?;
    Ok(key)
}

pub(crate) fn random_nonce() -> Result<[u8; NONCE_BYTES], SealingError> {
    let mut nonce = [0; NONCE_BYTES];
    rand::fill(&mut nonce).map_err(|_| SealingError)?;
    Ok(nonce)
}

/// An expanded key. The library clears its copy on drop.
pub(crate) struct Cipher(LessSafeKey);

impl Cipher {
    pub(crate) fn new(key: &[u8]) -> Result<Self, SealingError> {
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| SealingError)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Writes ciphertext and tag to `out`, which must be `TAG_BYTES` longer than `plain`. Does not copy the plain bytes.
    pub(crate) fn seal(
        &self,
        nonce: &[u8; NONCE_BYTES],
        context: &[u8],
        plain: &[u8],
        out: &mut [u8],
    ) -> Result<(), SealingError> {
        let (ciphertext, tag) = out.split_at_mut_checked(plain.len()).ok_or(SealingError)?;
        self.0
            .seal_out_of_place_scatter(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(context),
                plain,
                ciphertext,
                &[],
                tag,
            )
            .map_err(|_| SealingError)
    }

    /// Writes the plain bytes to `out`, which must be `TAG_BYTES` shorter than `sealed` and cleared on drop: after an error its
    /// content is undefined.
    pub(crate) fn open(
        &self,
        nonce: &[u8; NONCE_BYTES],
        context: &[u8],
        sealed: &[u8],
        out: &mut [u8],
    ) -> Result<(), NotOpened> {
        let (ciphertext, tag) = sealed.split_last_chunk::<TAG_BYTES>().ok_or(NotOpened)?;
        self.0
            .open_separate_gather(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(context),
                ciphertext,
                tag,
                out,
            )
            .map_err(|_| NotOpened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
    const ZERO_KEY: &str = "0000000000000000000000000000000000000000000000000000000000000000";
    const PLAIN: &str = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
                         1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
    const CIPHERTEXT: &str = "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
                              8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662";

    /// McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B: test cases 13 to 16.
    #[test]
    fn agrees_with_the_published_vectors_of_gcm() {
        let last = "1aafd255";
        let cases = [
            (ZERO_KEY, "000000000000000000000000", "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"),
            (
                ZERO_KEY,
                "000000000000000000000000",
                "",
                "00000000000000000000000000000000",
                "cea7403d4d606b6e074ec5d3baf39d18",
                "d0d1c8a799996bf0265b98b5d48ab919",
            ),
            (
                KEY,
                "cafebabefacedbaddecaf888",
                "",
                &format!("{PLAIN}{last}"),
                &format!("{CIPHERTEXT}898015ad"),
                "b094dac5d93471bdec1a502270e3cc6c",
            ),
            (
                KEY,
                "cafebabefacedbaddecaf888",
                "feedfacedeadbeeffeedfacedeadbeefabaddad2",
                PLAIN,
                CIPHERTEXT,
                "76fc6ece0f4e1768cddf8853bb2d551b",
            ),
        ];
        for (key, nonce, context, plain, ciphertext, tag) in cases {
            let cipher = Cipher::new(&hex::decode(key).unwrap()).unwrap();
            let nonce = hex::decode(nonce).unwrap().try_into().unwrap();
            let (context, plain) = (hex::decode(context).unwrap(), hex::decode(plain).unwrap());

            let mut sealed = vec![0; plain.len() + TAG_BYTES];
            cipher.seal(&nonce, &context, &plain, &mut sealed).unwrap();
            assert_eq!(hex::encode(&sealed), format!("{ciphertext}{tag}"));

            let mut opened = vec![0; plain.len()];
            cipher.open(&nonce, &context, &sealed, &mut opened).unwrap();
            assert_eq!(opened, plain);
        }
    }
}
