//! `strongroom completions`: prints shell completions.

use clap_complete::Shell;

use crate::failure::CommandError;
use crate::output;

/// Print completions for a shell
#[derive(clap::Args)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// `command` is what the script completes.
    pub fn run(self, mut command: clap::Command) -> Result<(), CommandError> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "strongroom", &mut script);
        output::bytes(&script)
    }
}
