//! Records that are altered, moved, truncated or opened with another key are rejected.

#![allow(clippy::unwrap_used, reason = "what several tests share may unwrap as a test may")]

use strongroom_sealing::{Malformed, MasterKey, NotOpened, Place, RootKey, Sealed, Value};

const PLACE: Place = Place { project: [1; 16], secret: [2; 16], version: 3 };
const VALUE: &[u8] = b"correct horse";

fn master_key(term: u32) -> MasterKey {
    RootKey::generate().unwrap().new_master_key(PLACE.project, "csms/default", term).unwrap().0
}

fn open(key: &MasterKey, place: &Place, stored: Vec<u8>) -> Option<Vec<u8>> {
    let sealed = Sealed::from_stored(stored).ok()?;
    key.open(place, &sealed).ok().map(Value::into_bytes)
}

#[test]
fn record_opens_only_in_its_place() {
    let key = master_key(1);
    let stored = key.seal(&PLACE, &Value::new(VALUE.to_vec())).unwrap().as_bytes().to_vec();
    let elsewhere = [
        Place { project: [9; 16], ..PLACE },
        Place { secret: [9; 16], ..PLACE },
        Place { version: 4, ..PLACE },
        Place { project: PLACE.secret, secret: PLACE.project, ..PLACE },
    ];
    for place in elsewhere {
        assert_eq!(open(&key, &place, stored.clone()), None, "{place:?}");
    }
    assert_eq!(open(&key, &PLACE, stored).unwrap(), VALUE);
}

#[test]
fn swapped_records_are_rejected() {
    let key = master_key(1);
    let other = Place { secret: [7; 16], ..PLACE };
    let (one, two) = (Value::new(VALUE.to_vec()), Value::new(VALUE.to_vec()));
    let sealed = key.seal_all(&[(PLACE, &one), (other, &two)]).unwrap();
    assert_eq!(key.open(&PLACE, &sealed[1]).err(), Some(NotOpened));
    assert_eq!(key.open(&other, &sealed[0]).err(), Some(NotOpened));
    assert!(key.open(&PLACE, &sealed[0]).is_ok() && key.open(&other, &sealed[1]).is_ok());
}

#[test]
fn data_key_of_another_record_is_rejected() {
    let key = master_key(1);
    let seal = || key.seal(&PLACE, &Value::new(VALUE.to_vec())).unwrap().as_bytes().to_vec();
    let (one, two) = (seal(), seal());
    let mixed = [&one[..65], &two[65..]].concat();
    assert_eq!(open(&key, &PLACE, mixed), None);
}

#[test]
fn every_flipped_bit_is_rejected() {
    let key = master_key(1);
    let stored = key.seal(&PLACE, &Value::new(VALUE.to_vec())).unwrap().as_bytes().to_vec();
    for bit in 0..stored.len() * 8 {
        let mut altered = stored.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(open(&key, &PLACE, altered), None, "bit {bit}");
    }
}

#[test]
fn shorter_or_longer_record_is_rejected() {
    let key = master_key(1);
    let stored = key.seal(&PLACE, &Value::new(VALUE.to_vec())).unwrap().as_bytes().to_vec();
    for length in 0..stored.len() {
        assert_eq!(open(&key, &PLACE, stored[..length].to_vec()), None, "length {length}");
    }
    assert_eq!(open(&key, &PLACE, [stored.as_slice(), &[0]].concat()), None);
    assert_eq!(Sealed::from_stored(stored[..80].to_vec()).err(), Some(Malformed));
}

#[test]
fn another_master_key_or_term_is_rejected() {
    let root = RootKey::generate().unwrap();
    let (key, wrapped) = root.new_master_key(PLACE.project, "csms/default", 1).unwrap();
    let stored = key.seal(&PLACE, &Value::new(VALUE.to_vec())).unwrap().as_bytes().to_vec();
    assert_eq!(open(&master_key(1), &PLACE, stored.clone()), None);
    assert_eq!(open(&master_key(2), &PLACE, stored.clone()), None);

    let reopened = root.open_master_key(PLACE.project, "csms/default", 1, &wrapped).unwrap();
    assert_eq!(open(&reopened, &PLACE, stored).unwrap(), VALUE);
}

#[test]
fn backup_opens_only_as_a_backup_and_in_its_project() {
    let key = master_key(1);
    let backup = key.seal_backup(PLACE.project, VALUE).unwrap();
    let value = key.seal(&PLACE, &Value::new(VALUE.to_vec())).unwrap();
    assert_eq!(key.open_backup(PLACE.project, &backup).ok().unwrap().expose(), VALUE);
    assert_eq!(key.open_backup([9; 16], &backup).err(), Some(NotOpened));
    assert_eq!(key.open(&PLACE, &backup).err(), Some(NotOpened));
    assert_eq!(key.open_backup(PLACE.project, &value).err(), Some(NotOpened));
}

#[test]
fn wrapped_master_key_opens_only_with_its_project_name_and_term() {
    let root = RootKey::generate().unwrap();
    let (_, wrapped) = root.new_master_key([1; 16], "csms/default", 1).unwrap();
    let rejected = |root: &RootKey, project, name, term, wrapped: &[u8]| {
        root.open_master_key(project, name, term, wrapped).err() == Some(NotOpened)
    };
    assert!(!rejected(&root, [1; 16], "csms/default", 1, &wrapped));
    assert!(rejected(&RootKey::generate().unwrap(), [1; 16], "csms/default", 1, &wrapped));
    assert!(rejected(&root, [2; 16], "csms/default", 1, &wrapped));
    assert!(rejected(&root, [1; 16], "csms/other", 1, &wrapped));
    assert!(rejected(&root, [1; 16], "csms/default", 2, &wrapped));
    for bit in 0..wrapped.len() * 8 {
        let mut altered = wrapped.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        assert!(rejected(&root, [1; 16], "csms/default", 1, &altered), "bit {bit}");
    }
    for length in 0..wrapped.len() {
        assert!(rejected(&root, [1; 16], "csms/default", 1, &wrapped[..length]), "length {length}");
    }
}

#[test]
fn small_record_opens_only_with_its_purpose_and_context() {
    let root = RootKey::generate().unwrap();
    let record = root.seal_small("check", b"context", b"").unwrap();
    assert_eq!(root.open_small("check", b"context", &record).unwrap().as_slice(), b"");
    assert!(root.open_small("check", b"", &record).is_err());
    assert!(root.open_small("other", b"context", &record).is_err());
    assert!(root.open_small("checkc", b"ontext", &record).is_err());
    assert!(RootKey::generate().unwrap().open_small("check", b"context", &record).is_err());
    // A small record of the right length must not pass as a master key.
    let fake = root.seal_small("check", b"", &[0; 32]).unwrap();
    assert!(root.open_master_key([1; 16], "csms/default", 1, &fake).is_err());
}

#[test]
fn passphrase_with_another_salt_is_rejected() {
    let key = |passphrase, salt| RootKey::from_passphrase(passphrase, &salt).unwrap().render();
    assert_ne!(key("correct horse", [0; 16]), key("correct horse", [1; 16]));
    assert_ne!(key("correct horse", [0; 16]), key("correct Horse", [0; 16]));
}

#[test]
fn debug_output_and_errors_contain_no_value() {
    let key = master_key(1);
    let sealed = key.seal(&PLACE, &Value::new(VALUE.to_vec())).unwrap();
    assert_eq!(format!("{sealed:?}"), "Sealed { term: 1, .. }");
}
