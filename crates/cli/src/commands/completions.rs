//! `strongroom completions`: prints shell completions.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::failure::CommandError;
use crate::{Command, output};

/// Print completions for a shell
#[derive(clap::Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub fn run(self) -> Result<(), CommandError> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Command::command(), "strongroom", &mut script);
        output::bytes(&script)
    }
}
