//! Runs the attacks of `crates/hostile` against the release binary.

use crate::tree::Tree;
use crate::{build, command};

const REMEDY: &str = "The attacks that were not held off are named above; `--only NAME` runs one again.";

pub fn attack(tree: &Tree, options: &[&str]) -> Result<(), String> {
    build::everything(tree)?;
    let mut run = tree.cargo(&["run", "--release", "--package", "strongroom-hostile", "--"]);
    command::run(run.arg("--server").arg(tree.release_binary()).args(options), REMEDY)
}
