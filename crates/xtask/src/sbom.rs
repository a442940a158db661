//! The SBOM of the binary as a CycloneDX document: packages of the server and of the WebAssembly pinned by Cargo.lock, and
//! packages of the page pinned by package-lock.json. The same sources produce the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use serde_json::{Value, json};

use crate::tree::Tree;
use crate::{command, npm};

/// The version of the CycloneDX specification.
const SPECIFICATION: &str = "1.6";

/// The packages compiled into the binary, and into the page.
const WASM: [&str; 2] = ["strongroom-validation-wasm", "strongroom-import-files-wasm"];
const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Writes the document to `path`.
pub fn write(tree: &Tree, path: &Path) -> Result<(), String> {
    let mut text = serde_json::to_string_pretty(&document(tree)?).map_err(|error| error.to_string())?;
    text.push('\n');
    fs::write(path, text).map_err(|error| format!("{} cannot be written: {error}", path.display()))
}

fn document(tree: &Tree) -> Result<Value, String> {
    let host = host(tree)?;
    let mut shipped = packages(tree, &["strongroom-cli"], &host)?;
    shipped.extend(packages(tree, &WASM, WASM_TARGET)?);
    let metadata = MetadataCommand::new()
        .manifest_path(tree.root().join("Cargo.toml"))
        .other_options(vec!["--locked".to_owned()])
        .exec()
        .map_err(|error| format!("cargo cannot read the workspace: {error}"))?;
    let checksums = checksums(tree)?;
    let page = npm::shipped(tree)?;

    let mut components = Vec::new();
    let mut dependencies = graph(&metadata, &shipped);
    let roots = dependencies.remove("").unwrap_or_default();
    for package in metadata.packages.iter().filter(|package| is_shipped(package, &shipped)) {
        let version = package.version.to_string();
        let checksum = checksums
            .get(&(package.name.to_string(), version.clone()))
            .ok_or_else(|| format!("Cargo.lock has no checksum of {} {version}.", package.name))?;
        components.push(json!({
            "type": "library",
            "bom-ref": reference(package),
            "name": package.name.as_str(),
            "version": version,
            "scope": "required",
            "hashes": [{"alg": "SHA-256", "content": checksum}],
            "licenses": [{"expression": license(package)?}],
            "purl": reference(package),
        }));
    }
    for package in &page {
        components.push(json!({
            "type": "library",
            "bom-ref": package.purl(),
            "name": package.name,
            "version": package.version,
            "scope": "required",
            "hashes": [{"alg": "SHA-512", "content": package.sha512()?}],
            "licenses": [{"expression": package.license}],
            "purl": package.purl(),
        }));
        dependencies.insert(package.purl(), package.dependencies(&page));
    }
    components.sort_by_key(|component| component["purl"].to_string());

    let own = metadata
        .packages
        .iter()
        .find(|package| package.name == "strongroom-cli")
        .ok_or("There is no package strongroom-cli.")?;
    let name = format!("strongroom@{}", own.version);
    let direct: BTreeSet<String> = roots.into_iter().chain(npm::direct(tree, &page)?).collect();
    let mut relations = vec![json!({"ref": name, "dependsOn": direct})];
    relations.extend(dependencies.iter().map(|(package, uses)| json!({"ref": package, "dependsOn": uses})));
    Ok(json!({
        "$schema": format!("http://cyclonedx.org/schema/bom-{SPECIFICATION}.schema.json"),
        "bomFormat": "CycloneDX",
        "specVersion": SPECIFICATION,
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": name,
                "name": "strongroom",
                "version": own.version.to_string(),
                "licenses": [{"expression": license(own)?}],
            },
            "properties": [{"name": "strongroom:target", "value": host}],
        },
        "components": components,
        "dependencies": relations,
    }))
}

/// What is linked into the packages, by name and version. Not what only runs while they are built.
fn packages(tree: &Tree, named: &[&str], target: &str) -> Result<BTreeSet<(String, String)>, String> {
    let mut arguments = vec!["tree", "--locked", "--target", target, "--edges", "normal,no-proc-macro"];
    arguments.extend(["--prefix", "none", "--format", "{p}"]);
    arguments.extend(named.iter().flat_map(|name| ["--package", name]));
    let printed = command::output(&mut tree.cargo(&arguments))
        .ok_or_else(|| format!("`cargo {}` failed; run it to see why.", arguments.join(" ")))?;
    let printed = String::from_utf8_lossy(&printed).into_owned();
    let read = |line: &str| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.trim_start_matches('v').to_owned()))
    };
    Ok(printed.lines().filter_map(read).collect())
}

/// Third-party packages only; ours are the product itself.
fn is_shipped(package: &Package, shipped: &BTreeSet<(String, String)>) -> bool {
    package.source.is_some() && shipped.contains(&(package.name.to_string(), package.version.to_string()))
}

/// Which shipped package uses which. Under the empty name: what our own crates use.
fn graph(metadata: &Metadata, shipped: &BTreeSet<(String, String)>) -> BTreeMap<String, BTreeSet<String>> {
    let packages: BTreeMap<_, _> = metadata.packages.iter().map(|package| (&package.id, package)).collect();
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for node in metadata.resolve.iter().flat_map(|resolve| &resolve.nodes) {
        let Some(user) = packages.get(&node.id) else { continue };
        let key = (user.name.to_string(), user.version.to_string());
        if !shipped.contains(&key) {
            continue;
        }
        let name = if user.source.is_some() { reference(user) } else { String::new() };
        let uses = graph.entry(name).or_default();
        let is_linked = |dependency: &&cargo_metadata::NodeDep| {
            dependency.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
        };
        let used = node.deps.iter().filter(is_linked).filter_map(|used| packages.get(&used.pkg));
        uses.extend(used.filter(|used| is_shipped(used, shipped)).map(|used| reference(used)));
    }
    graph
}

/// The package URL, which names it here too.
fn reference(package: &Package) -> String {
    format!("pkg:cargo/{}@{}", package.name, package.version)
}

/// Older packages separate alternatives by a slash.
fn license(package: &Package) -> Result<String, String> {
    let license = package.license.as_ref();
    license
        .map(|license| license.replace('/', " OR "))
        .ok_or_else(|| format!("{} has no license.", package.name))
}

/// The SHA-256 of each package in the registry.
fn checksums(tree: &Tree) -> Result<BTreeMap<(String, String), String>, String> {
    let path = tree.root().join("Cargo.lock");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let lock: toml::Table = toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let packages = lock.get("package").and_then(toml::Value::as_array);
    let of = |package: &toml::Value| {
        let text = |name| package.get(name).and_then(toml::Value::as_str).map(str::to_owned);
        Some(((text("name")?, text("version")?), text("checksum")?))
    };
    Ok(packages.into_iter().flatten().filter_map(of).collect())
}

/// The default target of rustc.
fn host(tree: &Tree) -> Result<String, String> {
    let printed = command::output(&mut command::new("rustc", tree.root(), &["--version", "--verbose"]))
        .ok_or("`rustc --version --verbose` failed; run it to see why.")?;
    let printed = String::from_utf8_lossy(&printed).into_owned();
    let host = printed.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| format!("rustc names no host:\n{printed}"))
}
