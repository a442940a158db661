//! Runs other programs. Prints each command, and says what to do if it fails.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

/// A command that will run in `folder`.
pub fn new(program: impl AsRef<OsStr>, folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).args(arguments);
    command
}

/// Runs a command with its output on the terminal. `remedy` says what to do if it fails.
pub fn run(command: &mut Command, remedy: &str) -> Result<(), String> {
    let shown = show(command);
    println!("  $ {shown}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{shown}` ended with {status}. {remedy}")),
        Err(error) => Err(format!("`{shown}` cannot be started: {error}. {remedy}")),
    }
}

/// Runs a command and returns its output; `None` if it is missing or fails.
pub fn output(command: &mut Command) -> Option<Vec<u8>> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then_some(output.stdout)
}

/// Whether the program is installed and runs.
pub fn answers(program: &str, arguments: &[&str]) -> bool {
    output(Command::new(program).args(arguments)).is_some()
}

fn show(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_else(|| command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}
