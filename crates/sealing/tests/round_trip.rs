//! Sealed values open unchanged, and arbitrary input never panics.

#![allow(clippy::unwrap_used, reason = "what several tests share may unwrap as a test may")]

use std::collections::HashSet;
use std::sync::LazyLock;

use proptest::prelude::*;
use strongroom_sealing::{MasterKey, Place, RootKey, Sealed, Value};

/// The largest value the product accepts.
const LARGEST: usize = 32 * 1024;

static KEY: LazyLock<MasterKey> =
    LazyLock::new(|| RootKey::generate().unwrap().new_master_key([1; 16], "csms/default", 1).unwrap().0);

fn place() -> impl Strategy<Value = Place> {
    any::<([u8; 16], [u8; 16], u32)>().prop_map(|(project, secret, version)| Place {
        project,
        secret,
        version,
    })
}

proptest! {
    #[test]
    fn sealed_value_opens_unchanged(place in place(), plain in prop::collection::vec(any::<u8>(), 0..=LARGEST)) {
        let sealed = KEY.seal(&place, &Value::new(plain.clone())).unwrap();
        let stored = Sealed::from_stored(sealed.as_bytes().to_vec()).unwrap();
        prop_assert_eq!(stored.as_bytes().len(), plain.len() + 81);
        prop_assert_eq!(KEY.open(&place, &stored).ok().unwrap().into_bytes(), plain);
    }

    #[test]
    fn sealed_batch_opens_in_order(batch in prop::collection::vec((place(), any::<Vec<u8>>()), 0..40)) {
        let values: Vec<_> = batch.iter().map(|(place, plain)| (*place, Value::new(plain.clone()))).collect();
        let borrowed: Vec<_> = values.iter().map(|(place, value)| (*place, value)).collect();
        let sealed = KEY.seal_all(&borrowed).unwrap();
        prop_assert_eq!(sealed.len(), batch.len());
        for ((place, plain), sealed) in batch.iter().zip(&sealed) {
            let opened = KEY.open(place, sealed).ok().unwrap();
            prop_assert_eq!(opened.expose(), plain);
        }
    }

    #[test]
    fn arbitrary_bytes_are_rejected_without_panic(place in place(), bytes: Vec<u8>, tail in prop::collection::vec(any::<u8>(), 0..200)) {
        let likely = [&[1, 0, 0, 0, 1], tail.as_slice()].concat();
        for stored in [bytes, likely] {
            if let Ok(sealed) = Sealed::from_stored(stored) {
                prop_assert!(KEY.open(&place, &sealed).is_err());
            }
        }
    }

    #[test]
    fn arbitrary_text_is_not_a_root_key(text: String) {
        prop_assert!(RootKey::parse(&text).is_err());
    }
}

#[test]
fn random_parts_never_repeat() {
    let value = Value::new(vec![0; 32]);
    let place = Place { project: [1; 16], secret: [2; 16], version: 1 };
    let batch = vec![(place, &value); 1_000];
    let sealed = KEY.seal_all(&batch).unwrap();
    let nonces: HashSet<_> = sealed.iter().map(|sealed| sealed.as_bytes()[5..17].to_vec()).collect();
    let ciphertexts: HashSet<_> = sealed.iter().map(|sealed| sealed.as_bytes()[65..].to_vec()).collect();
    assert_eq!((nonces.len(), ciphertexts.len()), (1_000, 1_000));
}
