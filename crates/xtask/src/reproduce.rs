//! Builds the commit twice, in two folders, and compares: anyone with the sources can verify a release.

use std::fs;
use std::path::Path;

use crate::command;
use crate::tree::Tree;

/// Files in the target folder that must be identical.
const SHIPPED: [&str; 2] = ["release/strongroom", "release/strongroom.cdx.json"];

const REMEDY: &str = "Both builds have to succeed before they can be compared: see above.";

pub fn twice(tree: &Tree) -> Result<(), String> {
    // Beside the target folder, which has room for builds. Names of different lengths move what is aligned by them.
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
    let at = one.iter().zip(&other).position(|(one, other)| one != other).unwrap_or_default();
    let around = |content: &[u8]| {
        let shown = content.get(at.saturating_sub(80)..content.len().min(at + 80)).unwrap_or_default();
        String::from_utf8_lossy(shown).escape_debug().to_string()
    };
    Err(format!(
        "{} differs from {}, {} from {} bytes, first at byte {at}:\n{}\n{}",
        first.display(),
        second.display(),
        one.len(),
        other.len(),
        around(&one),
        around(&other)
    ))
}
