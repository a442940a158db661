//! Runs all checks, cheap ones first. Stops at the first failure.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::tree::Tree;
use crate::{build, command, setup, supply_chain};

/// Checks that a step skipped, with reasons.
type Skipped = Vec<String>;

struct Step {
    name: &'static str,
    run: fn(&Tree) -> Result<Skipped, String>,
}

/// The page is built before the first check of Rust code, because the server contains it.
const STEPS: [Step; 13] = [
    Step { name: "setup", run: |tree| passed(setup::all(tree)) },
    Step { name: "format", run: format },
    Step { name: "supply-chain", run: supply_chain::check },
    Step { name: "page", run: page },
    Step { name: "contract", run: contract },
    Step { name: "rules-in-wasm", run: rules_in_wasm },
    Step { name: "lint", run: lint },
    Step { name: "tests", run: tests },
    Step { name: "doc-tests", run: doc_tests },
    Step { name: "docs", run: docs },
    Step { name: "binary", run: binary },
    Step { name: "clients", run: clients },
    Step { name: "browser", run: browser },
];

const SEE_ABOVE: &str = "See above.";

/// Runs all steps, and checks that they did not change the tree.
pub fn every_step(tree: &Tree) -> Result<(), String> {
    let before = changes(tree);
    let mut times = Vec::new();
    for step in &STEPS {
        times.push(timed(tree, step)?);
    }
    println!("\nall steps passed");
    for (name, time, _) in &times {
        println!("{name:>16} {:>7.1} s", time.as_secs_f64());
    }
    let total: Duration = times.iter().map(|(_, time, _)| *time).sum();
    println!("{:>16} {:>7.1} s", "together", total.as_secs_f64());
    tell_skipped(times.into_iter().flat_map(|(_, _, skipped)| skipped));
    left_as_it_was(before, changes(tree))
}

/// Runs one step.
pub fn one_step(tree: &Tree, name: &str) -> Result<(), String> {
    let Some(step) = STEPS.iter().find(|step| step.name == name) else {
        list();
        return Err(format!("There is no step `{name}`; those above are."));
    };
    let (name, time, skipped) = timed(tree, step)?;
    println!("{name} passed in {:.1} s", time.as_secs_f64());
    tell_skipped(skipped);
    Ok(())
}

/// Prints skipped checks last, so that they are not mistaken for passed ones.
fn tell_skipped(skipped: impl IntoIterator<Item = String>) {
    let skipped: Vec<_> = skipped.into_iter().collect();
    if skipped.is_empty() {
        println!("skipped: nothing");
        return;
    }
    println!("skipped:");
    for what in skipped {
        println!("  {what}");
    }
}

pub fn list() {
    for step in &STEPS {
        println!("{}", step.name);
    }
}

fn timed(tree: &Tree, step: &Step) -> Result<(&'static str, Duration, Skipped), String> {
    println!("\n== {}", step.name);
    let start = Instant::now();
    let skipped = (step.run)(tree).map_err(|failure| {
        format!("{failure}\nThe step `{0}` failed. Alone: cargo xtask test --only {0}", step.name)
    })?;
    Ok((step.name, start.elapsed(), skipped))
}

fn format(tree: &Tree) -> Result<Skipped, String> {
    passed(command::run(&mut tree.cargo(&["fmt", "--all", "--check"]), "Run `cargo fmt --all`."))
}

fn page(tree: &Tree) -> Result<Skipped, String> {
    build::page(tree)?;
    passed(command::run(&mut tree.npm(&["run", "--silent", "check"]), SEE_ABOVE))
}

/// buf reads the descriptors, because the protos of others that ours import are not in the tree.
fn contract(tree: &Tree) -> Result<Skipped, String> {
    build::descriptors(tree)?;
    let mut buf = command::new(tree.web().join("node_modules/.bin/buf"), tree.root(), &["lint"]);
    buf.arg(tree.descriptors()).args(["--config", "proto/buf.yaml"]);
    command::run(&mut buf, "The rules are in proto/buf.yaml.")?;
    let arguments = ["lint", "openapi.yaml", "--config", "crates/api/redocly.yaml"];
    let mut redocly = command::new(tree.web().join("node_modules/.bin/redocly"), tree.root(), &arguments);
    // Whether there is a newer one is asked when the pin is raised, not by a test.
    redocly.env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
    passed(command::run(&mut redocly, "The rules are in crates/api/redocly.yaml."))
}

fn rules_in_wasm(tree: &Tree) -> Result<Skipped, String> {
    let folders = ["crates/validation-wasm/tests/", "crates/import-files-wasm/tests/"];
    let arguments = [&["--test", "--test-reporter=spec"][..], &folders].concat();
    passed(command::run(&mut command::new("node", tree.root(), &arguments), SEE_ABOVE))
}

fn lint(tree: &Tree) -> Result<Skipped, String> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    passed(command::run(&mut tree.cargo(&arguments), SEE_ABOVE))
}

fn tests(tree: &Tree) -> Result<Skipped, String> {
    let nextest = command::answers("cargo-nextest", &["--version"]);
    let arguments: &[&str] = if nextest {
        &["nextest", "run", "--workspace"]
    } else {
        &["test", "--workspace", "--lib", "--bins", "--tests"]
    };
    passed(command::run(&mut tree.cargo(arguments), SEE_ABOVE))
}

fn doc_tests(tree: &Tree) -> Result<Skipped, String> {
    passed(command::run(&mut tree.cargo(&["test", "--workspace", "--doc"]), SEE_ABOVE))
}

fn docs(tree: &Tree) -> Result<Skipped, String> {
    let mut doc = tree.cargo(&["doc", "--workspace", "--no-deps", "--document-private-items"]);
    passed(command::run(doc.env("RUSTDOCFLAGS", "-D warnings"), SEE_ABOVE))
}

/// By itself, because in a build with the tests its dependencies get features that only tests ask for.
fn binary(tree: &Tree) -> Result<Skipped, String> {
    passed(command::run(&mut tree.cargo(&["build", "--package", "strongroom-cli"]), SEE_ABOVE))
}

fn clients(tree: &Tree) -> Result<Skipped, String> {
    let python = tree.python().join("bin/python");
    let mut pytest = command::new(python, &tree.client_tests(), &["-m", "pytest"]);
    // Failing examples are stored outside of the tree for the next run.
    pytest.env("HYPOTHESIS_STORAGE_DIRECTORY", tree.python().join("hypothesis"));
    pytest.env("PYTHONDONTWRITEBYTECODE", "1").env("STRONGROOM_BINARY", tree.debug_binary());
    passed(command::run(&mut pytest, SEE_ABOVE))
}

fn browser(tree: &Tree) -> Result<Skipped, String> {
    let mut test = tree.npm(&["test", "--silent"]);
    passed(command::run(test.env("STRONGROOM_BINARY", tree.debug_binary()), SEE_ABOVE))
}

fn passed(outcome: Result<(), String>) -> Result<Skipped, String> {
    outcome.map(|()| Vec::new())
}

/// Changes that git reports, including new files; empty outside of a checkout.
fn changes(tree: &Tree) -> Option<Vec<u8>> {
    let mut seen = git(tree, &["status", "--porcelain"])?;
    seen.extend(git(tree, &["diff"])?);
    Some(seen)
}

fn git(tree: &Tree, arguments: &[&str]) -> Option<Vec<u8>> {
    command::output(&mut command::new("git", tree.root(), arguments))
}

/// Detects generated files that are not committed, and tests that write into the tree.
fn left_as_it_was(before: Option<Vec<u8>>, after: Option<Vec<u8>>) -> Result<(), String> {
    let (Some(before), Some(after)) = (before, after) else {
        println!("Not a git checkout: nobody can say whether the tests changed a file.");
        return Ok(());
    };
    if before == after {
        return Ok(());
    }
    let _shown = Command::new("git").args(["status", "--short"]).status();
    let changed = "The tests changed files that git tracks or would add: the ones above, or some of them.";
    // Whoever edits while the tests run is not to blame; nobody edits on a build machine.
    if std::env::var_os("CI").is_some() {
        return Err(format!("{changed} Commit what is generated, and let tests write to target/ only."));
    }
    println!("{changed}");
    Ok(())
}
