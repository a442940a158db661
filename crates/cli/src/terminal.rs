//! Asking the person in front of the terminal, whatever standard input is.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::failure::CommandError;

/// Goes on when the answer is yes. Without anybody to ask, `flag` is what would have said it.
pub async fn confirm(question: &str, flag: &str) -> Result<(), CommandError> {
    let answer = Asked::start(question, " [y/N] ", flag)?.answer().await?;
    match answer.trim() {
        "y" | "Y" | "yes" | "Yes" => Ok(()),
        _ => Err(CommandError::Declined),
    }
}

/// Goes on when exactly this is typed.
pub async fn confirm_by_typing(question: &str, expected: &str, flag: &str) -> Result<(), CommandError> {
    let answer = Asked::start(question, " ", flag)?.answer().await?;
    if answer.trim() == expected { Ok(()) } else { Err(CommandError::Declined) }
}

/// A text that is not shown while it is typed.
pub async fn hidden(question: &str, flag: &str) -> Result<Zeroizing<String>, CommandError> {
    let asked = Asked::start(question, ": ", flag)?;
    let _silent = Silent::make(&asked.terminal)?;
    let answer = asked.answer().await;
    let _ = writeln!(io::stderr());
    answer
}

/// A question that was shown.
struct Asked {
    terminal: File,
}

impl Asked {
    fn start(question: &str, sign: &str, flag: &str) -> Result<Self, CommandError> {
        let nobody = || {
            CommandError::Usage(format!(
                "there is no terminal to ask at, so nothing was changed. Give {flag} to go on without a question."
            ))
        };
        let mut err = io::stderr();
        if !err.is_terminal() {
            return Err(nobody());
        }
        let terminal = File::open("/dev/tty").map_err(|_| nobody())?;
        write!(err, "{question}{sign}").and_then(|()| err.flush())?;
        Ok(Self { terminal })
    }

    /// A line, or the interruption. The thread that reads is left behind by an interrupted command, which ends.
    async fn answer(&self) -> Result<Zeroizing<String>, CommandError> {
        let mut interrupts = signal(SignalKind::interrupt())?;
        let terminal = self.terminal.try_clone()?;
        let (said, answer) = oneshot::channel();
        std::thread::spawn(move || said.send(line(terminal)));
        tokio::select! {
            line = answer => Ok(line.map_err(io::Error::other)??),
            _ = interrupts.recv() => Err(CommandError::Interrupted),
        }
    }
}

/// A terminal hands over a line at once.
fn line(mut terminal: File) -> io::Result<Zeroizing<String>> {
    let mut buffer = Zeroizing::new([0; MAX_LINE]);
    let count = terminal.read(&mut *buffer)?;
    let line = std::str::from_utf8(buffer.get(..count).unwrap_or_default()).map_err(io::Error::other)?;
    Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Longest line that a terminal of Linux takes.
const MAX_LINE: usize = 4_096;

/// A terminal that shows nothing, until this is dropped.
struct Silent<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Silent<'a> {
    fn make(terminal: &'a File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silent<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}
