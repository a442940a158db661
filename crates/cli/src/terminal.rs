//! Questions at the terminal, independent of standard input.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::failure::CommandError;

/// Returns when the answer is yes. If there is no terminal, the error names `flag` as the alternative.
pub async fn confirm(question: &str, flag: &str) -> Result<(), CommandError> {
    let answer = Prompt::show(question, " [y/N] ", flag)?.answer().await?;
    match answer.trim() {
        "y" | "Y" | "yes" | "Yes" => Ok(()),
        _ => Err(CommandError::Declined),
    }
}

/// Returns when exactly `expected` is typed.
pub async fn confirm_by_typing(question: &str, expected: &str, flag: &str) -> Result<(), CommandError> {
    let answer = Prompt::show(question, " ", flag)?.answer().await?;
    if answer.trim() == expected { Ok(()) } else { Err(CommandError::Declined) }
}

/// Reads a text without echoing it.
pub async fn read_hidden(question: &str, flag: &str) -> Result<Zeroizing<String>, CommandError> {
    let prompt = Prompt::show(question, ": ", flag)?;
    let _echo_off = EchoOff::new(&prompt.terminal)?;
    let answer = prompt.answer().await;
    let _ = writeln!(io::stderr());
    answer
}

/// A question on the terminal that waits for its answer.
struct Prompt {
    terminal: File,
}

impl Prompt {
    fn show(question: &str, suffix: &str, flag: &str) -> Result<Self, CommandError> {
        let no_terminal = || {
            CommandError::Usage(format!(
                "there is no terminal to ask at, so nothing was changed. Pass {flag} to continue without a question."
            ))
        };
        let mut err = io::stderr();
        if !err.is_terminal() {
            return Err(no_terminal());
        }
        let terminal = File::open("/dev/tty").map_err(|_| no_terminal())?;
        write!(err, "{question}{suffix}").and_then(|()| err.flush())?;
        Ok(Self { terminal })
    }

    /// Reads a line, unless the command is interrupted. Its reading thread then ends with the process.
    async fn answer(&self) -> Result<Zeroizing<String>, CommandError> {
        let mut interrupts = signal(SignalKind::interrupt())?;
        let terminal = self.terminal.try_clone()?;
        let (sender, answer) = oneshot::channel();
        std::thread::spawn(move || sender.send(read_line(terminal)));
        tokio::select! {
            line = answer => Ok(line.map_err(io::Error::other)??),
            _ = interrupts.recv() => Err(CommandError::Interrupted),
        }
    }
}

/// One read is enough: a terminal delivers whole lines.
fn read_line(mut terminal: File) -> io::Result<Zeroizing<String>> {
    let mut buffer = Zeroizing::new([0; MAX_LINE_BYTES]);
    let count = terminal.read(&mut *buffer)?;
    let line = std::str::from_utf8(buffer.get(..count).unwrap_or_default()).map_err(io::Error::other)?;
    Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// The longest line that a Linux terminal delivers, in bytes.
const MAX_LINE_BYTES: usize = 4_096;

/// Turns off the echo of a terminal until it is dropped.
struct EchoOff<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> EchoOff<'a> {
    fn new(terminal: &'a File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut echo_off = before.clone();
        echo_off.local_modes.remove(LocalModes::ECHO);
        tcsetattr(terminal, OptionalActions::Flush, &echo_off)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for EchoOff<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}
