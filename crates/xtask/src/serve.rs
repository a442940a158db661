//! Builds the server and replaces this process by it.

use std::os::unix::process::CommandExt;

use crate::tree::Tree;
use crate::{build, command, setup};

/// Returns only when the server could not be started.
pub fn serve(tree: &Tree, options: &[&str]) -> Result<(), String> {
    setup::for_build(tree)?;
    build::everything(tree)?;
    let binary = tree.release_binary();
    let mut server = command::new(&binary, tree.root(), &["serve"]);
    // The command line rejects repeated options, so the given ones replace our defaults.
    for (option, value) in [("--data-dir", "data"), ("--listen", "127.0.0.1:8200")] {
        let given = options.iter().any(|word| *word == option || word.starts_with(&format!("{option}=")));
        if !given {
            server.args([option, value]);
        }
    }
    // Replacing this process hands signals and the exit code straight to whoever started us.
    let error = server.args(options).exec();
    Err(format!("{} cannot be started: {error}", binary.display()))
}
