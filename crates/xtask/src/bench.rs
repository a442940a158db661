//! Benchmarks: pure parts first, then the server over real sockets.

use crate::tree::Tree;
use crate::{build, command, release};

const REMEDY: &str = "A benchmark that fails has found a fault: see above.";

pub fn bench(tree: &Tree) -> Result<(), String> {
    build::everything(tree)?;
    command::run(&mut tree.cargo(&["bench", "--workspace"]), REMEDY)?;
    let load = ["run", "--release", "--package", "strongroom-server", "--example", "load"];
    command::run(&mut release::cargo(tree, &load)?, REMEDY)?;
    let rules = ["crates/validation-wasm/benches/judge.mjs"];
    command::run(&mut command::new("node", tree.root(), &rules), REMEDY)
}
