//! Two terms of the root key during a rotation, and after the older one is removed.

use strongroom_sealing::{NotOpened, NotRewrapped, Place, RootKey, RootKeys, Value, root_term};

const PROJECT: [u8; 16] = [1; 16];
const PLACE: Place = Place { project: PROJECT, secret: [2; 16], version: 3 };

#[test]
fn record_opens_with_the_term_it_names() {
    let keys = RootKeys::new(RootKey::generate().unwrap());
    let old = keys.of_term(1).unwrap();
    let before = old.seal_small("access-key", b"AK", b"secret key").unwrap();
    let new = keys.add(RootKey::generate().unwrap().of_term(2));
    let after = new.seal_small("access-key", b"AK", b"secret key").unwrap();
    assert_eq!((root_term(&before), root_term(&after)), (Some(1), Some(2)));
    for record in [&before, &after] {
        assert_eq!(keys.open_small("access-key", b"AK", record).unwrap().as_slice(), b"secret key");
    }
    assert_eq!(keys.all().iter().map(|key| key.term()).collect::<Vec<_>>(), [2, 1]);

    assert_eq!(keys.to_seal(1).unwrap().term(), 1);
    keys.forget_before(2);
    assert_eq!(keys.to_seal(1).unwrap().term(), 2, "for a view from before the end of the rotation");
    assert!(keys.to_seal(3).is_err(), "an older key must never stand in for a newer one");
    assert!(keys.open_small("access-key", b"AK", &after).is_ok());
    assert_eq!(keys.open_small("access-key", b"AK", &before).err(), Some(NotOpened));
    assert!(keys.of_term(1).is_err());
}

#[test]
fn rewrapped_master_key_is_the_same_and_its_old_form_no_longer_opens() {
    let (old, new) = (RootKey::generate().unwrap(), RootKey::generate().unwrap().of_term(2));
    let (key, wrapped) = old.new_master_key(PROJECT, "csms/default", 1).unwrap();
    let sealed = key.seal(&PLACE, &Value::new(b"value".to_vec())).unwrap();

    let rewrapped = new.rewrap_master_key(&old, PROJECT, "csms/default", 1, &wrapped).unwrap();
    let same = new.open_master_key(PROJECT, "csms/default", 1, &rewrapped).unwrap();
    assert_eq!(same.open(&PLACE, &sealed).ok().unwrap().expose(), b"value");

    assert!(new.open_master_key(PROJECT, "csms/default", 1, &wrapped).is_err());
    assert!(old.open_master_key(PROJECT, "csms/default", 1, &rewrapped).is_err());
    let rejected = |result: Result<Vec<u8>, NotRewrapped>| matches!(result, Err(NotRewrapped::NotOpened(_)));
    assert!(rejected(new.rewrap_master_key(&old, PROJECT, "csms/other", 1, &wrapped)));
    assert!(rejected(new.rewrap_master_key(&old, PROJECT, "csms/default", 1, &rewrapped)));
}

#[test]
fn altered_term_is_rejected() {
    let bytes = RootKey::generate().unwrap().render();
    let key = |term| RootKey::parse(&bytes).unwrap().of_term(term);
    let mut record = key(1).seal_small("check", b"", b"").unwrap();
    record[4] = 2;
    assert!(key(2).open_small("check", b"", &record).is_err(), "it is sealed with it");
}

#[test]
fn adding_a_key_of_an_existing_term_keeps_the_old_key() {
    let keys = RootKeys::new(RootKey::generate().unwrap());
    let first = keys.add(RootKey::generate().unwrap().of_term(2));
    let again = keys.add(RootKey::generate().unwrap().of_term(2));
    assert_eq!(first.render(), again.render());
}
