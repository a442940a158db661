//! The SBOM agrees with Cargo.lock and package-lock.json, and is reproducible.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test without its input has nothing to say"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{DependencyKind, MetadataCommand};
use serde_json::Value;

#[test]
fn every_shipped_package_is_listed_as_the_lock_files_have_it() {
    let document = document();
    let components = document["components"].as_array().expect("components");
    let cargo = locked_crates();
    let (mut crates, mut page) = (BTreeSet::new(), 0);
    for component in components {
        let text = |member: &str| component[member].as_str().expect("text").to_owned();
        let (name, version, purl) = (text("name"), text("version"), text("purl"));
        assert!(component["licenses"][0]["expression"].is_string(), "{purl} has no license");
        let hash = component["hashes"][0]["content"].as_str().expect("a hash");
        if purl.starts_with("pkg:cargo/") {
            assert_eq!(purl, format!("pkg:cargo/{name}@{version}"));
            assert_eq!(cargo.get(&(name.clone(), version)).map(String::as_str), Some(hash), "{purl}");
            crates.insert(name);
        } else {
            assert!(purl.starts_with("pkg:npm/") && hash.len() == 128, "{purl}");
            page += 1;
        }
    }
    let missing: Vec<_> = named_by_us().into_iter().filter(|name| !crates.contains(name)).collect();
    assert!(missing.is_empty(), "used by what is shipped, and not listed: {missing:?}");
    for not_shipped in ["criterion", "proptest", "prost-build", "syn", "cc", "cargo_metadata"] {
        assert!(!crates.contains(not_shipped), "{not_shipped} only builds or tests");
    }
    let lock = json("web/package-lock.json");
    let shipped = lock["packages"].as_object().expect("packages").iter();
    let shipped = shipped.filter(|(folder, package)| !folder.is_empty() && package["dev"] != true).count();
    assert_eq!(page, shipped);
}

#[test]
fn relations_name_only_what_is_listed() {
    let document = document();
    let mut known: BTreeSet<_> = document["components"]
        .as_array()
        .expect("components")
        .iter()
        .map(|component| component["bom-ref"].as_str().expect("a reference").to_owned())
        .collect();
    let own = document["metadata"]["component"]["bom-ref"].as_str().expect("the product").to_owned();
    known.insert(own.clone());
    let mut reached = BTreeSet::from([own]);
    let relations: BTreeMap<_, BTreeSet<_>> = document["dependencies"]
        .as_array()
        .expect("dependencies")
        .iter()
        .map(|relation| {
            let uses = relation["dependsOn"].as_array().expect("a list").iter();
            let uses = uses.map(|used| used.as_str().expect("a reference").to_owned()).collect();
            (relation["ref"].as_str().expect("a reference").to_owned(), uses)
        })
        .collect();
    let mut left: Vec<_> = reached.iter().cloned().collect();
    while let Some(package) = left.pop() {
        for used in relations.get(&package).into_iter().flatten() {
            assert!(known.contains(used), "{package} uses {used}, which is not listed");
            if reached.insert(used.clone()) {
                left.push(used.clone());
            }
        }
    }
    assert_eq!(reached, known, "the product leads to everything that is listed");
}

#[test]
fn the_same_sources_give_the_same_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
    write(&one);
    write(&other);
    assert_eq!(std::fs::read(one).expect("a file"), std::fs::read(other).expect("a file"));
}

fn document() -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sbom.json");
    write(&path);
    serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON")
}

fn write(path: &Path) {
    let written = Command::new(env!("CARGO_BIN_EXE_xtask")).arg("sbom").arg(path).output().expect("xtask");
    assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
}

/// Packages of others that our shipped crates name in their manifests, for every platform we build for.
fn named_by_us() -> BTreeSet<String> {
    let metadata = MetadataCommand::new().no_deps().exec().expect("metadata");
    let (mut left, mut seen, mut named) =
        (vec!["strongroom-cli".to_owned()], BTreeSet::new(), BTreeSet::new());
    while let Some(name) = left.pop() {
        let package = metadata.packages.iter().find(|package| package.name == name).expect("a crate of ours");
        for used in &package.dependencies {
            let is_linked = used.kind == DependencyKind::Normal && !used.optional && used.target.is_none();
            if is_linked && used.path.is_some() && seen.insert(used.name.clone()) {
                left.push(used.name.clone());
            } else if is_linked && used.path.is_none() && !MACROS.contains(&used.name.as_str()) {
                named.insert(used.name.clone());
            }
        }
    }
    named
}

/// They run while the product is built, and are not in it.
const MACROS: [&str; 1] = ["async-trait"];

fn locked_crates() -> BTreeMap<(String, String), String> {
    let lock: toml::Table = toml::from_str(&text("Cargo.lock")).expect("TOML");
    let packages = lock["package"].as_array().expect("packages").iter();
    let field =
        |package: &toml::Value, name| package.get(name).and_then(toml::Value::as_str).map(str::to_owned);
    packages
        .filter_map(|package| {
            Some(((field(package, "name")?, field(package, "version")?), field(package, "checksum")?))
        })
        .collect()
}

fn json(file: &str) -> Value {
    serde_json::from_str(&text(file)).expect("JSON")
}

fn text(file: &str) -> String {
    let root: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "..", file].iter().collect();
    std::fs::read_to_string(root).expect("a file of the tree")
}
