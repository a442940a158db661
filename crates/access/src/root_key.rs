//! What the store knows of its root key: the proof that a key is the right one, where a rotation stands, and the key
//! that tokens are hashed with, which stays when the root key goes.
//!
//! Everything here is a pure function of records and keys.

use strongroom_sealing::{FIRST_TERM, NotRewrapped, RootKey, RootKeys};
use strongroom_storage::records::{AccessKeyRecord, RootKeyRecord};
use strongroom_storage::{RECORD_KEY_BYTES, RecordKey};
use zeroize::Zeroizing;

use crate::errors::InternalError;
use crate::random::random_bytes;

/// Binds a sealed secret key to what it is for.
pub(crate) const SECRET_KEY_PURPOSE: &str = "access-key";

const CHECK_PURPOSE: &str = "check";
const TOKEN_KEY_PURPOSE: &str = "token-key";
const RECORD_KEY_PURPOSE: &str = "record-key";

/// The keys of a store among those at hand.
#[derive(Default)]
pub struct Known {
    /// The one that seals.
    pub current: Option<RootKey>,
    /// The one before, while a rotation runs.
    pub previous: Option<RootKey>,
    /// The one that the last rotation has replaced.
    pub superseded: Option<RootKey>,
    /// Keys that are none of these: of a rotation that never began, or of another copy of the store.
    pub others: Vec<RootKey>,
}

/// Finds out which key is which, by the proofs in the record.
pub fn recognise(record: &RootKeyRecord, keys: Vec<RootKey>) -> Known {
    let mut known = Known::default();
    for key in keys {
        let key = key.of_term(record.term);
        if known.current.is_none() && proves(&key, &record.check) {
            known.current = Some(key);
            continue;
        }
        let key = key.of_term(record.term.saturating_sub(1));
        if !proves(&key, &record.previous_check) {
            known.others.push(key);
        } else if is_rotating(record) {
            known.previous = Some(key);
        } else {
            known.superseded = Some(key);
        }
    }
    known
}

/// Whether some keys may still be wrapped by the root key before.
pub fn is_rotating(record: &RootKeyRecord) -> bool {
    record.previous_term != 0
}

/// The record by which `next` seals from now on, and the key before it only opens.
pub fn rotated(
    before: &RootKeyRecord,
    keys: &RootKeys,
    next: &RootKey,
    salt: &[u8],
) -> Result<RootKeyRecord, InternalError> {
    let (token_key, record_key) = (token_key(Some(before), keys)?, record_key(before, keys)?);
    let sealing = || InternalError::while_doing("The proof of the new root key could not be sealed.");
    Ok(RootKeyRecord {
        sealed_token_key: next.seal_small(TOKEN_KEY_PURPOSE, &[], &token_key).map_err(sealing())?,
        previous_term: before.term,
        previous_salt: before.salt.clone(),
        previous_check: before.check.clone(),
        ..first(next, salt, &record_key)?
    })
}

/// The record once nothing is wrapped by the root key before any more. Its proof stays, so that a start can tell it from
/// keys that it knows nothing of.
pub fn settled(record: &RootKeyRecord) -> RootKeyRecord {
    RootKeyRecord { previous_term: 0, previous_salt: Vec::new(), ..record.clone() }
}

/// The access key with its secret key sealed by another term of the root key.
pub fn rewrapped(
    record: &AccessKeyRecord,
    from: &RootKey,
    to: &RootKey,
) -> Result<AccessKeyRecord, NotRewrapped> {
    let context = record.access_key.as_bytes();
    let sealed_secret_key = to.rewrap_small(from, SECRET_KEY_PURPOSE, context, &record.sealed_secret_key)?;
    Ok(AccessKeyRecord { sealed_secret_key, ..record.clone() })
}

/// The key of a new store's checksums.
pub fn new_record_key() -> Result<RecordKey, InternalError> {
    Ok(RecordKey::new(random_bytes::<RECORD_KEY_BYTES>()?))
}

/// The key of a store's checksums, opened by the root key that the record names.
pub fn record_key(record: &RootKeyRecord, keys: &RootKeys) -> Result<RecordKey, InternalError> {
    let opened = keys.open_small(RECORD_KEY_PURPOSE, &[], &record.sealed_record_key);
    let opened = opened
        .map_err(InternalError::while_doing("The key of the records' checksums could not be opened."))?;
    let mut key = Zeroizing::new([0; RECORD_KEY_BYTES]);
    *key = opened
        .as_slice()
        .try_into()
        .map_err(|_| InternalError::of("The key of the records' checksums is too short."))?;
    Ok(RecordKey::new(key))
}

/// The record of a store that has no other key.
pub(crate) fn first(
    key: &RootKey,
    salt: &[u8],
    record_key: &RecordKey,
) -> Result<RootKeyRecord, InternalError> {
    let sealing = || InternalError::while_doing("The proof of the root key could not be sealed.");
    Ok(RootKeyRecord {
        term: key.term(),
        salt: salt.to_vec(),
        check: key.seal_small(CHECK_PURPOSE, &[], &[]).map_err(sealing())?,
        sealed_record_key: key.seal_small(RECORD_KEY_PURPOSE, &[], record_key.expose()).map_err(sealing())?,
        ..RootKeyRecord::default()
    })
}

pub(crate) fn proves(key: &RootKey, check: &[u8]) -> bool {
    key.open_small(CHECK_PURPOSE, &[], check).is_ok()
}

/// Tokens outlive a rotation: before the first one their key comes from the root key, and is kept sealed from then on.
pub(crate) fn token_key(
    record: Option<&RootKeyRecord>,
    keys: &RootKeys,
) -> Result<Zeroizing<Vec<u8>>, InternalError> {
    let missing = || InternalError::while_doing("The key for tokens could not be opened.");
    match record.filter(|record| !record.sealed_token_key.is_empty()) {
        Some(record) => keys.open_small(TOKEN_KEY_PURPOSE, &[], &record.sealed_token_key).map_err(missing()),
        None => {
            let term = record.map_or(FIRST_TERM, |record| record.term);
            let derived = keys.of_term(term).map_err(missing())?.derive("token");
            let derived =
                derived.map_err(InternalError::while_doing("The key for tokens could not be derived."))?;
            Ok(Zeroizing::new(derived.to_vec()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> RootKey {
        RootKey::generate().unwrap()
    }

    fn again(key: &RootKey) -> RootKey {
        RootKey::parse(&key.render()).unwrap()
    }

    #[test]
    fn each_key_is_recognised_whatever_their_order() {
        let (old, new) = (key(), key().of_term(2));
        let keys = RootKeys::new(again(&old));
        let whole = first(&old, b"salt", &new_record_key().unwrap()).unwrap();
        let rotating = rotated(&whole, &keys, &new, b"").unwrap();
        let ended = settled(&rotating);
        for (record, current, previous, superseded, others) in [
            (&whole, Some(1), None, None, 2),
            (&rotating, Some(2), Some(1), None, 1),
            (&ended, Some(2), None, Some(1), 1),
        ] {
            for order in [[&old, &new], [&new, &old]] {
                let mut given: Vec<_> = order.map(again).into();
                given.insert(1, key());
                let known = recognise(record, given);
                assert_eq!(known.current.map(|key| key.term()), current);
                assert_eq!(known.previous.map(|key| key.term()), previous);
                assert_eq!(known.superseded.map(|key| key.term()), superseded);
                assert_eq!(known.others.len(), others);
            }
        }
        assert_eq!((&rotating.previous_salt[..], &rotating.salt[..]), (&b"salt"[..], &b""[..]));
        assert!(!is_rotating(&whole) && is_rotating(&rotating) && !is_rotating(&ended));
    }

    #[test]
    fn the_keys_of_tokens_and_records_stay_through_rotations() {
        let (keys, of_records) = (RootKeys::new(key()), new_record_key().unwrap());
        let mut record = first(&keys.of_term(1).unwrap(), &[], &of_records).unwrap();
        let expected = token_key(Some(&record), &keys).unwrap();
        assert_eq!(token_key(None, &keys).unwrap(), expected);
        for term in 2..5 {
            let next = keys.add(key().of_term(term));
            record = rotated(&record, &keys, &next, &[]).unwrap();
            assert_eq!(token_key(Some(&record), &keys).unwrap(), expected);
            keys.forget_before(term);
            record = settled(&record);
            assert_eq!(token_key(Some(&record), &keys).unwrap(), expected);
            assert_eq!(record_key(&record, &keys).unwrap().expose(), of_records.expose());
        }
    }
}
