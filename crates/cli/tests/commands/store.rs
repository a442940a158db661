//! `store check` and `store salvage` on an intact and on a damaged store. Neither changes the store.

use crate::strongroom::{Strongroom, VALUE};

/// A killed server with a hundred secrets.
fn killed() -> Strongroom {
    let mut strongroom = Strongroom::start();
    let secrets: String = (0..100).map(|number| format!("SECRET_{number:03}={VALUE}{number}\n")).collect();
    strongroom.file("secrets.env", secrets);
    strongroom.run(["import", "--yes", "secrets.env"]).done();
    let running = strongroom.run(["store", "check", "--data-dir", "data"]).ended(1);
    assert!(running.err.contains("Another process holds the store"), "{}", running.err);
    strongroom.stop();
    strongroom
}

#[test]
fn check_verifies_a_store_and_changes_nothing() {
    let strongroom = killed();
    let file = strongroom.path("data/strongroom.redb");
    let before = std::fs::read(&file).unwrap();
    let checked = strongroom.run(["store", "check", "--data-dir", "data", "--output", "json"]).done().json();
    assert!(checked["records"].as_u64().unwrap() > 300, "{checked}");
    assert_eq!(checked["problems"], serde_json::json!([]));
    assert!(std::fs::read(&file).unwrap() == before, "the file was changed");

    let key = std::fs::read(strongroom.path("data/root.key")).unwrap();
    std::fs::remove_file(strongroom.path("data/root.key")).unwrap();
    let rejected = strongroom.run(["store", "check", "--data-dir", "data"]).ended(1);
    assert!(
        rejected.err.contains("root key") && !strongroom.path("data/root.key").exists(),
        "{}",
        rejected.err
    );
    std::fs::write(strongroom.path("data/root.key"), key).unwrap();

    let none = strongroom.run(["store", "check", "--data-dir", "elsewhere"]).ended(1);
    assert!(none.err.contains("--data-dir") && !strongroom.path("elsewhere").exists(), "{}", none.err);
}

#[test]
fn damage_has_exit_code_3_and_salvage_makes_a_store_that_serves() {
    let strongroom = killed();
    let file = strongroom.path("data/strongroom.redb");
    let mut image = std::fs::read(&file).unwrap();
    // The ciphertext of one value: the only bytes of the store that no other record repeats.
    let place = value_in(&image);
    image[place] ^= 0x10;
    std::fs::write(&file, &image).unwrap();

    let checked =
        strongroom.run(["store", "check", "--data-dir", "data", "--output", "json"]).ended(3).json();
    assert!(!checked["problems"].as_array().unwrap().is_empty(), "{checked}");
    let text = strongroom.run(["store", "check", "--data-dir", "data"]).ended(3);
    assert!(text.err.contains("strongroom store salvage --to FOLDER"), "{}", text.err);

    let saved = strongroom.run(["store", "salvage", "--data-dir", "data", "--to", "saved"]);
    assert!([0, 3].contains(&saved.code), "{} {}", saved.out, saved.err);
    assert!(std::fs::read(&file).unwrap() == image, "the damaged store was changed");
    strongroom.run(["store", "check", "--data-dir", "saved"]).done();
    let again = strongroom.run(["store", "salvage", "--data-dir", "data", "--to", "saved"]).ended(1);
    assert!(again.err.contains("exists already"), "{}", again.err);
}

/// The offset of a sealed value: it follows the name of its key, 16 bytes of id and 4 bytes of version.
fn value_in(image: &[u8]) -> usize {
    let format = [1, 0, 0, 0, 1];
    let head = (0..image.len() - 200).find(|place| {
        image[*place..*place + 5] == format
            && image[place + 5..place + 60].iter().filter(|byte| **byte == 0).count() < 4
    });
    head.expect("a sealed value") + 70
}
