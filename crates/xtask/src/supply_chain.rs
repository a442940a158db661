//! Checks dependencies by the rules of .deny.toml: bans, licences and sources always, advisories if their databases can be
//! reached. Skipped checks are reported.

use std::fs;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use serde_json::Value;
use spdx::{Expression, ParseMode};

use crate::tree::Tree;
use crate::{command, npm, sbom};

const RULES: &str = "The rules and their reasons are in .deny.toml.";

/// The source of RustSec advisories for cargo-deny.
const ADVISORIES: &str = "github.com:443";

/// Long enough for a slow line. Without a limit, a firewall that drops packets would delay the tests by minutes.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Returns the skipped checks with reasons.
pub fn check(tree: &Tree) -> Result<Vec<String>, String> {
    deny(tree, &["bans", "licenses", "sources"])?;
    page_licenses(tree)?;
    document(tree)?;
    let mut skipped = Vec::new();
    if is_reachable(ADVISORIES) {
        deny(tree, &["advisories"])?;
    } else {
        skipped
            .push("advisories of Rust packages: github.com/RustSec/advisory-db cannot be reached".to_owned());
    }
    skipped.extend(npm_audit(tree)?);
    Ok(skipped)
}

fn deny(tree: &Tree, checks: &[&str]) -> Result<(), String> {
    let program = tree.python().join("bin/cargo-deny");
    let arguments = [&["--all-features", "--locked", "check"], checks].concat();
    command::run(&mut command::new(program, tree.root(), &arguments), RULES)
}

/// Packages of the page must have licences that .deny.toml allows.
fn page_licenses(tree: &Tree) -> Result<(), String> {
    let path = tree.root().join(".deny.toml");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let rules: toml::Table = toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let allowed =
        rules.get("licenses").and_then(|licenses| licenses.get("allow")).and_then(toml::Value::as_array);
    let allowed: Vec<_> = allowed.into_iter().flatten().filter_map(toml::Value::as_str).collect();
    let packages = npm::shipped(tree)?;
    for package in &packages {
        let license = Expression::parse_mode(&package.license, ParseMode::STRICT)
            .map_err(|error| format!("The license of {} is no SPDX expression: {error}", package.name))?;
        if !license.evaluate(|required| allowed.contains(&required.to_string().as_str())) {
            return Err(format!("{} of the page is under {}. {RULES}", package.name, package.license));
        }
    }
    println!("licenses of the page's {} packages ok", packages.len());
    Ok(())
}

/// Validates the SBOM against the published schema.
fn document(tree: &Tree) -> Result<(), String> {
    let path = tree.target().join("strongroom.cdx.json");
    sbom::write(tree, &path)?;
    let script = ["crates/xtask/tests/validate_sbom.py"];
    let mut validator = command::new(tree.python().join("bin/python"), tree.root(), &script);
    command::run(validator.arg(&path), "`cargo xtask sbom` wrote it.")
}

/// Checks the packages of the page for advisories in the npm registry. Returns the reason if it was skipped.
fn npm_audit(tree: &Tree) -> Result<Option<String>, String> {
    let mut audit = tree.npm(&["audit", "--omit=dev", "--json"]);
    let output = audit.output().map_err(|error| format!("`npm audit` cannot be started: {error}"))?;
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    if answer.get("auditReportVersion").is_none() {
        return Ok(Some(
            "advisories of the page's packages: the npm registry does not answer `npm audit`".to_owned(),
        ));
    }
    if output.status.success() {
        println!("npm audit ok");
        return Ok(None);
    }
    let found = answer.get("vulnerabilities").unwrap_or_default();
    Err(format!("Packages of the page have advisories: {found}. Run `npm audit` in web/."))
}

fn is_reachable(address: &str) -> bool {
    let addresses = address.to_socket_addrs().into_iter().flatten();
    addresses.into_iter().any(|address| TcpStream::connect_timeout(&address, CONNECT_TIMEOUT).is_ok())
}
