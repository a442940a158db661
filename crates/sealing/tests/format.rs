//! What lies on disk keeps its meaning. These records were made by a separate program, in another language, from the
//! README alone: a store written once must open for ever.

use strongroom_sealing::{Place, RootKey, Sealed};

const PROJECT: [u8; 16] = [0x11; 16];
const PLACE: Place = Place { project: PROJECT, secret: [0x22; 16], version: 3 };

const ROOT_KEY: &str = "strongroom-root-key-v1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const WRAPPED_MASTER_KEY: &str = "014444444444444444444444440f3acb9b3a9082fae024d466c6812cc6ccb35d0126605eeb25dcf8e5\
                                  1bfdd7774d9fabb6163773de5736fa6da0abd9ad";
const SEALED: &str = "010000000766666666666666666666666619258f705500e9a6d5d06a5ffbeee94f356913cf68a7b5abfa5d25ab8937\
                      89fa8ccb01531ad9a777a8f254b0d6fa459a1d15d14065fd38dc5d4e60ecbd96a793d285f367c292204812c4794cc3\
                      55b8c2f7c215e8677c8b147f538ea5";

#[test]
fn a_record_of_the_first_release_opens() {
    let root = RootKey::parse(ROOT_KEY).unwrap();
    let wrapped = hex::decode(WRAPPED_MASTER_KEY).unwrap();
    let key = root.open_master_key(PROJECT, "csms/default", 7, &wrapped).unwrap();
    let sealed = Sealed::from_stored(hex::decode(SEALED).unwrap()).unwrap();
    assert_eq!(key.open(&PLACE, &sealed).ok().unwrap().expose(), b"this is a demo secret string");
}

#[test]
fn a_derived_key_of_the_first_release_stays() {
    let key = RootKey::parse(ROOT_KEY).unwrap().derive("token").unwrap();
    let expected = "692454d4cc21c6b5c2276128b043873e228040b4e0ec880c00f4c131f18425df";
    assert_eq!(hex::encode(*key), expected);
}

#[test]
fn a_passphrase_gives_the_root_key_that_another_argon2_gives() {
    let salt = std::array::from_fn(|index| index as u8);
    let root = RootKey::from_passphrase("correct horse battery staple", &salt).unwrap();
    let expected = "strongroom-root-key-v1:hTsnKkTbFCHAKWJmmlXrCZTzyrOF7RxMeSU+7hm6tJ4=";
    assert_eq!(root.render().as_str(), expected);
}

#[test]
fn the_text_of_a_root_key_reads_back() {
    let root = RootKey::generate().unwrap();
    let text = root.render();
    assert_eq!(RootKey::parse(&format!("  {}\r\n", *text)).unwrap().render(), text);
}

#[test]
fn what_is_not_a_root_key_is_malformed() {
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
