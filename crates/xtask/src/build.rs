//! The page, and the binary that contains it.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::tree::Tree;
use crate::{command, release, sbom, wasm};

/// Builds the page and `target/release/strongroom`, with its SBOM.
pub fn everything(tree: &Tree) -> Result<(), String> {
    page(tree)?;
    let arguments = ["build", "--release", "--package", "strongroom-cli"];
    command::run(&mut release::cargo(tree, &arguments)?, "The server has to compile: see above.")?;
    let binary = tree.release_binary();
    release::check(tree, &binary)?;
    let list = binary.with_extension("cdx.json");
    sbom::write(tree, &list)?;
    println!("built {} and {}", binary.display(), list.display());
    Ok(())
}

/// Builds `web/dist` from the contract, the validation rules and the sources of the page.
pub fn page(tree: &Tree) -> Result<(), String> {
    descriptors(tree)?;
    wasm::build(tree)?;
    let mark = tree.generated().join("page-built-from");
    let before = fs::read_to_string(&mark).unwrap_or_default();
    if before == inputs(tree)? && tree.page().join("index.html").exists() {
        return Ok(());
    }
    let remedy = "Run `cargo xtask setup` if a program is missing; otherwise see above.";
    command::run(&mut tree.npm(&["run", "--silent", "generate"]), remedy)?;
    command::run(&mut tree.npm(&["run", "--silent", "build"]), remedy)?;
    fs::write(&mark, inputs(tree)?).map_err(|error| rejected(&mark, &error))
}

/// Writes the descriptors of the contract, for generating clients and for checks.
pub fn descriptors(tree: &Tree) -> Result<(), String> {
    let path = tree.descriptors();
    let wanted = strongroom_contract::FILE_DESCRIPTOR_SET;
    if fs::read(&path).is_ok_and(|there| there == wanted) {
        return Ok(());
    }
    fs::create_dir_all(tree.generated()).map_err(|error| rejected(&tree.generated(), &error))?;
    fs::write(&path, wanted).map_err(|error| rejected(&path, &error))
}

/// A fingerprint of all inputs of the page.
fn inputs(tree: &Tree) -> Result<String, String> {
    let mut files = vec![tree.descriptors()];
    collect(&tree.rules_in_wasm(), &mut files)?;
    collect(&tree.files_in_wasm(), &mut files)?;
    collect(&tree.web(), &mut files)?;
    files.sort();
    let mut hasher = DefaultHasher::new();
    for path in files {
        path.hash(&mut hasher);
        fs::read(&path).map_err(|error| rejected(&path, &error))?.hash(&mut hasher);
    }
    Ok(format!("{:016x}\n", hasher.finish()))
}

/// All files under `folder` except dependencies and generated files.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let made = ["node_modules", "dist", "generated", "tests"];
    for entry in fs::read_dir(folder).map_err(|error| rejected(folder, &error))? {
        let entry = entry.map_err(|error| rejected(folder, &error))?;
        let path = entry.path();
        if !path.is_dir() {
            files.push(path);
        } else if !made.iter().any(|name| entry.file_name() == *name) {
            collect(&path, files)?;
        }
    }
    Ok(())
}

fn rejected(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
