//! Builds the commit twice, in two folders, and compares: anyone with the sources can verify a release.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::command;
use crate::tree::Tree;

/// Files in the target folder that must be identical.
const SHIPPED: [&str; 2] = ["release/strongroom", "release/strongroom.cdx.json"];

/// Length of the shortest text that is compared, and how much of a long one. In characters.
const MIN_TEXT: usize = 8;
const MAX_TEXT: usize = 160;

/// Texts that are shown of each file.
const MAX_SHOWN_TEXTS: usize = 10;

const REMEDY: &str = "Both builds have to succeed before they can be compared: see above.";

pub fn twice(tree: &Tree) -> Result<(), String> {
    // In the target folder, which has room for builds. Names of different lengths show paths that only change an alignment.
    let parent = tempfile::tempdir_in(tree.target()).map_err(|error| error.to_string())?;
    let folders = ["a", "another-folder"].map(|name| parent.path().join(name));
    for folder in &folders {
        build(tree, folder)?;
    }
    let [first, second] = &folders;
    for file in SHIPPED {
        same(&first.join("target").join(file), &second.join("target").join(file))?;
    }
    println!("both builds are the same: {}", SHIPPED.join(", "));
    Ok(())
}

/// Checks out the commit and builds it with its own xtask.
fn build(tree: &Tree, folder: &Path) -> Result<(), String> {
    let mut clone = command::new("git", tree.root(), &["clone", "--quiet", "--no-hardlinks", "."]);
    command::run(clone.arg(folder), "It needs git, and a checkout.")?;
    let mut xtask = tree.cargo(&["run", "--quiet", "--package", "xtask", "--", "build"]);
    command::run(xtask.current_dir(folder).env("CARGO_TARGET_DIR", folder.join("target")), REMEDY)?;
    Ok(())
}

fn same(first: &Path, second: &Path) -> Result<(), String> {
    let read = |path: &Path| fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
    let (one, other) = (read(first)?, read(second)?);
    if one == other {
        return Ok(());
    }
    let (only_first, only_second) = (texts(&one), texts(&other));
    let only = |own: &BTreeSet<String>, theirs: &BTreeSet<String>| {
        own.difference(theirs).take(MAX_SHOWN_TEXTS).map(|text| format!("\n  {text}")).collect::<String>()
    };
    Err(format!(
        "{} ({} bytes) differs from {} ({} bytes). Texts in only the first:{}\nTexts in only the second:{}",
        first.display(),
        one.len(),
        second.display(),
        other.len(),
        only(&only_first, &only_second),
        only(&only_second, &only_first),
    ))
}

/// Printable texts in a file, which mostly tell what put the difference there.
fn texts(content: &[u8]) -> BTreeSet<String> {
    let runs = content.split(|byte| !byte.is_ascii_graphic() && *byte != b' ');
    let long = runs.filter(|run| run.len() >= MIN_TEXT);
    long.map(|run| String::from_utf8_lossy(run.get(..MAX_TEXT).unwrap_or(run)).into_owned()).collect()
}
