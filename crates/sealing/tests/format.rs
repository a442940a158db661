//! The stored formats are stable. These records were made by a program in another language from the README alone, and must always
//! open.

use strongroom_sealing::{Place, RootKey, Sealed, root_term};

const PROJECT: [u8; 16] = [0x11; 16];
const PLACE: Place = Place { project: PROJECT, secret: [0x22; 16], version: 3 };

const ROOT_KEY: &str = "strongroom-root-key-v1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const WRAPPED_MASTER_KEY: &str = "014444444444444444444444440f3acb9b3a9082fae024d466c6812cc6ccb35d0126605eeb25dcf8e5\
                                  1bfdd7774d9fabb6163773de5736fa6da0abd9ad";
const SEALED: &str = "010000000766666666666666666666666619258f705500e9a6d5d06a5ffbeee94f356913cf68a7b5abfa5d25ab8937\
                      89fa8ccb01531ad9a777a8f254b0d6fa459a1d15d14065fd38dc5d4e60ecbd96a793d285f367c292204812c4794cc3\
                      55b8c2f7c215e8677c8b147f538ea5";
/// The same master key, wrapped by the same root key in its ninth term.
const WRAPPED_IN_TERM_9: &str = "0200000009777777777777777777777777f1552cbe023d3bd8e1cd6f4f4ad584a2c155a047884e40f8396ea8fbec1d\
                                 c3da9d5d0f0f1a878a32834ef69e638256ec";
const BACKUP: &str = "0100000007999999999999999999999999d4ea73fee6f519cf3101b55cbbff3df4b8bb3ee589fc5d2c9def1ec940f8\
                      b41d1ea135e23346f83bc8346ff0168452e38a9de163cc7ee72c9e4c8e32fbebbe4a7fc5e6f078d20780a851281e0c\
                      04771482b62145b3";

#[test]
fn record_of_the_first_release_opens() {
    let root = RootKey::parse(ROOT_KEY).unwrap();
    let wrapped = hex::decode(WRAPPED_MASTER_KEY).unwrap();
    let key = root.open_master_key(PROJECT, "csms/default", 7, &wrapped).unwrap();
    let sealed = Sealed::from_stored(hex::decode(SEALED).unwrap()).unwrap();
    assert_eq!(key.open(&PLACE, &sealed).ok().unwrap().expose(), b"this is a demo secret string");
}

#[test]
fn record_with_a_term_opens_with_the_key_of_that_term() {
    let root = RootKey::parse(ROOT_KEY).unwrap();
    let wrapped = hex::decode(WRAPPED_IN_TERM_9).unwrap();
    assert_eq!(root_term(&wrapped), Some(9));
    assert!(root.open_master_key(PROJECT, "csms/default", 7, &wrapped).is_err(), "this is term 1");
    let key = root.of_term(9).open_master_key(PROJECT, "csms/default", 7, &wrapped).unwrap();
    let sealed = Sealed::from_stored(hex::decode(SEALED).unwrap()).unwrap();
    assert_eq!(key.open(&PLACE, &sealed).ok().unwrap().expose(), b"this is a demo secret string");
    let backup = Sealed::from_stored(hex::decode(BACKUP).unwrap()).unwrap();
    assert_eq!(key.open_backup(PROJECT, &backup).ok().unwrap().expose(), b"this is a demo backup");
}

#[test]
fn derived_key_of_the_first_release_is_unchanged() {
    let key = RootKey::parse(ROOT_KEY).unwrap().derive("token").unwrap();
    let expected = "692454d4cc21c6b5c2276128b043873e228040b4e0ec880c00f4c131f18425df";
    assert_eq!(hex::encode(*key), expected);
}

#[test]
fn passphrase_derives_the_same_key_as_another_argon2() {
    let salt = std::array::from_fn(|index| index as u8);
    let root = RootKey::from_passphrase("correct horse battery staple", &salt).unwrap();
    let expected = "strongroom-root-key-v1:hTsnKkTbFCHAKWJmmlXrCZTzyrOF7RxMeSU+7hm6tJ4=";
    assert_eq!(root.render().as_str(), expected);
}

#[test]
fn rendered_root_key_is_parsed() {
    let root = RootKey::generate().unwrap();
    let text = root.render();
    assert_eq!(RootKey::parse(&format!("  {}\r\n", *text)).unwrap().render(), text);
}

#[test]
fn text_that_is_not_a_root_key_is_malformed() {
    let digits = ROOT_KEY.strip_prefix("strongroom-root-key-v1:").unwrap();
    let cases = [
        String::new(),
        digits.to_owned(),
        format!("strongroom-root-key-v2:{digits}"),
        ROOT_KEY.replace('=', ""),
        ROOT_KEY.replace("Hh8=", "Hh9="), // trailing bits that decode to nothing
        ROOT_KEY.replace("Hh8=", "Hh8A"), // 33 bytes
        ROOT_KEY.replace("Hh8=", ""),
        ROOT_KEY.replace("AAEC", "AA C"),
        format!("{ROOT_KEY}AAAA"),
    ];
    for case in cases {
        assert!(RootKey::parse(&case).is_err(), "{case}");
    }
}
