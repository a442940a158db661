//! Generated files that are committed, so that changes show in review.

use std::fs;

use crate::tree::Tree;
use crate::{build, command};

/// Writes `openapi.yaml` as the server prints it.
pub fn openapi(tree: &Tree) -> Result<(), String> {
    build::page(tree)?;
    let build = ["build", "--package", "strongroom-cli"];
    command::run(&mut tree.cargo(&build), "The server has to compile: see above.")?;
    let binary = tree.debug_binary();
    let document = command::output(&mut command::new(&binary, tree.root(), &["openapi"]))
        .ok_or_else(|| format!("`{} openapi` failed; run it to see why.", binary.display()))?;
    let path = tree.root().join("openapi.yaml");
    fs::write(&path, document).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("wrote {}", path.display());
    Ok(())
}
