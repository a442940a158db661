//! The environment of a release build. It keeps paths of this machine out of the binary.
//!
//! Absolute paths stand in panic messages, and in those of C code; here they are replaced by names that are the same
//! everywhere. cargo's own `trim-paths` will do that for Rust once it is stable.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tree::Tree;

/// What `__DATE__` of C code says; mimalloc prints it. The start of 1980, which every tool accepts.
const EPOCH: &str = "315532800";

/// Separates flags in `CARGO_ENCODED_RUSTFLAGS`.
const SEPARATOR: &str = "\u{1f}";

/// A cargo command whose output is the same in any folder.
pub fn cargo(tree: &Tree, arguments: &[&str]) -> Result<Command, String> {
    let mut flags = given_flags();
    let mut c_flags = env::var("CFLAGS").unwrap_or_default();
    for (from, to) in renamed(tree)? {
        let from = from.display();
        flags.push(format!("--remap-path-prefix={from}={to}"));
        c_flags.push_str(&format!(" -ffile-prefix-map={from}={to}"));
    }
    let mut cargo = tree.cargo(arguments);
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join(SEPARATOR)).env("CFLAGS", c_flags.trim());
    cargo.env("SOURCE_DATE_EPOCH", env::var_os("SOURCE_DATE_EPOCH").unwrap_or_else(|| EPOCH.into()));
    Ok(cargo)
}

/// Lists the folders of this machine that the file names.
pub fn check(tree: &Tree, path: &Path) -> Result<(), String> {
    let content = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut folders: Vec<_> = renamed(tree)?.into_iter().map(|(folder, _)| folder).collect();
    folders.extend(home());
    for folder in folders {
        // A name that only begins like the folder, such as /root_key.rs where the folder is /root, is none of it.
        let name = format!("{}/", folder.display());
        if let Some(at) = find(&content, name.as_bytes()) {
            let shown = content.get(at..content.len().min(at + 160)).unwrap_or_default();
            return Err(format!(
                "{} names a folder of this machine: {}. Find what put it there, and rename it in crates/xtask/src/release.rs.",
                path.display(),
                String::from_utf8_lossy(shown).escape_debug()
            ));
        }
    }
    Ok(())
}

/// Folders of this machine, and what stands for them. The last that fits counts, so inner folders come last.
fn renamed(tree: &Tree) -> Result<Vec<(PathBuf, &'static str)>, String> {
    let cargo_home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let cargo_home =
        cargo_home.or_else(|| Some(home()?.join(".cargo"))).ok_or("Neither CARGO_HOME nor HOME is set.")?;
    let mut folders = vec![(cargo_home.clone(), "/cargo"), (tree.root().to_owned(), "/strongroom")];
    // Packages lie in a folder named after a hash of the registry's address, which a mirror changes.
    let sources = cargo_home.join("registry/src");
    let registries = fs::read_dir(&sources).into_iter().flatten().flatten();
    folders.extend(registries.map(|registry| (registry.path(), "/cargo/registry")));
    folders.push((tree.target().to_owned(), "/target"));
    folders.sort_by_key(|(folder, _)| folder.as_os_str().len());
    Ok(folders)
}

fn home() -> Option<PathBuf> {
    // A service may run without a home, or with `/`, which stands in every file.
    env::home_dir().filter(|home| home.as_os_str().len() > 1)
}

/// Flags that whoever builds has set, in either of the ways cargo knows.
fn given_flags() -> Vec<String> {
    let text = |name| env::var_os(name).map(OsString::into_string).and_then(Result::ok);
    match (text("CARGO_ENCODED_RUSTFLAGS"), text("RUSTFLAGS")) {
        (Some(encoded), _) => {
            encoded.split(SEPARATOR).filter(|flag| !flag.is_empty()).map(str::to_owned).collect()
        }
        (None, Some(plain)) => plain.split_whitespace().map(str::to_owned).collect(),
        (None, None) => Vec::new(),
    }
}

fn find(content: &[u8], text: &[u8]) -> Option<usize> {
    content.windows(text.len()).position(|window| window == text)
}
