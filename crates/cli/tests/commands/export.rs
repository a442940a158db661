//! `export`: sealed, complete, and importable again.

use crate::strongroom::{Strongroom, VALUE, mode};

/// Stores values that an encoder easily corrupts: binary, trailing line breaks, JSON syntax.
fn fill(strongroom: &Strongroom) {
    strongroom.file("binary", b"VALUE-\x00\xff\xfe\r\n");
    strongroom.file("lines", "VALUE-\"quoted\" \\ \u{1f511}\r\n\t\n\n");
    strongroom.run(["put", "binary", "--file", "binary", "--description", "für \"später\"\n"]).done();
    strongroom.run(["put", "lines", "--file", "lines"]).done();
    strongroom.run(["put", "forced", "--file", "lines", "--binary"]).done();
}

const PLAIN: [&str; 3] = ["export", "--plain", "--readable-by-anyone"];

#[test]
fn export_imports_again_byte_for_byte() {
    let (here, there) = (Strongroom::start(), Strongroom::start());
    fill(&here);
    let recipient = here.run(["recipient-key", "key"]).done().out;
    let sealed = here.path("sealed.age");
    let to = sealed.to_string_lossy().into_owned();
    here.run(["export", "--recipient", recipient.trim(), "--to", &to]).done();
    assert_eq!((mode(&sealed), mode(&here.path("key"))), (0o600, 0o600));
    assert!(!String::from_utf8_lossy(&std::fs::read(&sealed).unwrap()).contains(VALUE));

    let locked = there.run(["import", &to, "--yes"]).ended(2);
    assert!(locked.err.contains("--identity"), "{}", locked.err);
    let key = here.path("key").to_string_lossy().into_owned();
    there.run(["recipient-key", "another"]).done();
    let wrong = there.run(["import", &to, "--yes", "--identity", "another"]).ended(2);
    assert!(wrong.err.contains("could not open the sealed file"), "{}", wrong.err);
    there.run(["import", &to, "--yes", "--identity", &key]).done();
    for name in ["binary", "lines", "forced"] {
        assert_eq!(there.value(name), here.value(name), "{name}");
    }
    assert_eq!(there.reveal(PLAIN).done().bytes, here.reveal(PLAIN).done().bytes);
}

#[test]
fn plain_export_needs_both_flags() {
    let strongroom = Strongroom::start();
    for words in [&["export"][..], &["export", "--plain"], &["export", "--readable-by-anyone"]] {
        strongroom.run(words).ended(2);
    }
    strongroom.run(["export", "--recipient", "age1nonsense"]).ended(2);
}

#[test]
fn export_does_not_replace_a_file_without_overwrite() {
    let strongroom = Strongroom::start();
    fill(&strongroom);
    strongroom.file("kept", "before");
    let words = PLAIN.into_iter().chain(["--to", "kept"]);
    let rejected = strongroom.run(words.clone()).ended(2);
    assert!(rejected.err.contains("--overwrite"), "{}", rejected.err);
    let rejected = strongroom.run(["recipient-key", "kept"]).ended(2);
    assert!(
        rejected.err.contains("exists already") && !rejected.err.contains("--overwrite"),
        "{}",
        rejected.err
    );
    let rejected = strongroom.run(["recipient-key", "none/key"]).ended(2);
    assert!(rejected.err.contains("none is not a folder"), "{}", rejected.err);
    assert_eq!(std::fs::read(strongroom.path("kept")).unwrap(), b"before");
    strongroom.run(words.chain(["--overwrite"])).done();
    assert_eq!(mode(&strongroom.path("kept")), 0o600);
}

#[test]
fn export_replaces_only_ordinary_files() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    let strongroom = Strongroom::start();
    fill(&strongroom);
    strongroom.file("target", "before");
    symlink("target", strongroom.path("link")).unwrap();
    std::fs::create_dir(strongroom.path("folder")).unwrap();
    let pipe = strongroom.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for name in ["link", "folder", "pipe"] {
        for overwrite in [&[][..], &["--overwrite"]] {
            let words = PLAIN.into_iter().chain(["--to", name]).chain(overwrite.iter().copied());
            let rejected = strongroom.run(words).ended(2);
            assert!(
                rejected.err.contains(&format!("{name} is a device, a pipe, a link or a folder")),
                "{}",
                rejected.err
            );
        }
    }
    assert!(std::fs::symlink_metadata(strongroom.path("link")).unwrap().is_symlink());
    assert!(std::fs::metadata(&pipe).unwrap().file_type().is_fifo());
    assert_eq!(std::fs::read(strongroom.path("target")).unwrap(), b"before");
}

#[test]
fn export_of_nothing_writes_no_file() {
    let strongroom = Strongroom::start();
    let recipient = strongroom.run(["recipient-key", "key"]).done().out;
    let sealed = ["export", "--recipient", recipient.trim(), "--to", "all.age"];
    let nothing = |more: &[&str], code| {
        let answer = strongroom.run(sealed.iter().chain(more)).ended(code);
        assert!(answer.err.contains("nothing to export, so nothing was written"), "{}", answer.err);
        assert!(answer.out.is_empty() && !strongroom.path("all.age").exists(), "{}", answer.out);
    };
    nothing(&[], 4);
    fill(&strongroom);
    nothing(&["none"], 4);
    nothing(&["--query", "name:none"], 4);
    strongroom.run(["delete", "lines", "--yes"]).done();
    nothing(&["lines"], 3);
}

#[test]
fn export_skips_secrets_that_are_missing_or_pending_deletion() {
    let strongroom = Strongroom::start();
    fill(&strongroom);
    strongroom.run(["delete", "lines", "--yes"]).done();
    let part = strongroom.reveal(PLAIN).ended(3);
    assert!(part.err.contains("1 secret is not in the export"), "{}", part.err);
    assert!(part.err.contains("lines") && part.out.contains("forced"), "{}", part.err);
    let part = strongroom.reveal(PLAIN.into_iter().chain(["forced", "none"])).ended(3);
    assert!(part.err.contains("none") && part.out.contains("forced"), "{}", part.err);
}
