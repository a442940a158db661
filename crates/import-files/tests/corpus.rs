//! Replays the corpus of the fuzz targets and the files of the recipes in every format.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../fuzz/properties.rs"]
mod properties;

use std::path::Path;

use strongroom_import_files::Format;

#[test]
fn the_corpus_of_every_target_holds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = Format::ALL.iter().map(|format| root.join("fuzz/corpus").join(format.word()));
    let mut files = 0;
    for folder in folders.filter(|folder| folder.exists()).chain([root.join("tests/files")]) {
        for file in std::fs::read_dir(folder).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            for format in Format::ALL {
                properties::hold(&bytes, format);
            }
            files += 1;
        }
    }
    assert!(files >= 60, "{files}");
}
