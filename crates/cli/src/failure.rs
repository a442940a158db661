//! Why a command did not do what it was asked for, and the exit code that says so to scripts.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;
use strongroom_server::StartError;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// What `--help` says about exit codes. One line for each that [`CommandError::exit_code`] gives.
pub const EXIT_CODES: &str = "Exit codes:\n  \
    0    done\n  \
    1    failed\n  \
    2    used wrongly, or a file is wrong or out of reach; nothing was changed\n  \
    3    some entries were rejected; the rest is done, unless it was all or nothing. Of `store`: damage was found\n  \
    4    not found\n  \
    5    not signed in, or not allowed\n  \
    6    the server cannot be reached\n  \
    7    changed since it was shown; nothing was changed\n  \
    130  interrupted";

#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// What was given does not go together, or is wrong; nothing was changed.
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Failed(String),
    /// Said last; what was rejected has been shown.
    #[error("{0}")]
    SomeRejected(String),
    #[error("{0}")]
    NotFound(String),
    #[error("could not read {path}.")]
    Read { path: PathBuf, source: io::Error },
    #[error("could not write {path}.")]
    Write { path: PathBuf, source: io::Error },
    #[error("could not write the output.")]
    Output(#[from] io::Error),
    /// No credentials, or none that can be sent.
    #[error("{0}")]
    NotSignedIn(String),
    #[error("could not reach the server at {endpoint}: {cause}. {}", advice(endpoint))]
    Connect { endpoint: String, cause: String },
    /// In the server's own words, with its word for programs.
    #[error("{message}")]
    Rejected { code: Code, reason: String, message: String },
    #[error("could not start {program}.")]
    NotStarted { program: String, source: io::Error },
    #[error("nothing was changed.")]
    Declined,
    #[error("interrupted.")]
    Interrupted,
    #[error(transparent)]
    Serve(#[from] StartError),
}

impl CommandError {
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }

    fn code(&self) -> u8 {
        match self {
            // A file is read before anything is sent, and one that is written stays away when it cannot be.
            Self::Usage(_) | Self::Read { .. } | Self::Write { .. } => 2,
            Self::SomeRejected(_) => 3,
            Self::NotFound(_) => 4,
            Self::NotSignedIn(_) => 5,
            Self::Connect { .. } => 6,
            Self::Rejected { code, .. } => of_status(*code),
            // As shells tell why a program did not start.
            Self::NotStarted { source, .. } if source.kind() == io::ErrorKind::NotFound => 127,
            Self::NotStarted { .. } => 126,
            // As shells count them: 128 and the number of the signal.
            Self::Interrupted => 130,
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => 141,
            Self::Failed(_) | Self::Output(_) | Self::Declined | Self::Serve(_) => 1,
        }
    }

    /// What a program is told.
    pub fn told(&self) -> Told<'_> {
        let reason = if let Self::Rejected { reason, .. } = self { reason } else { "" };
        Told { exit_code: self.code(), reason, message: strongroom_server::chain(self).to_string() }
    }

    /// Whoever closed the pipe does not want to hear about it.
    pub fn is_silent(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    pub fn is_broken_connection(&self) -> bool {
        matches!(self, Self::Rejected { code: Code::Unavailable, reason, .. } if reason.is_empty())
    }

    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Rejected { code: Code::NotFound, .. })
    }

    /// Whether the server says that it cannot be shown before, or done as a whole, because it is too much for that.
    pub fn is_too_large_for_one_step(&self) -> bool {
        matches!(self, Self::Rejected { reason, .. } if reason == "TOO_LARGE_FOR_ONE_STEP")
    }

    pub fn is_wrong_use(&self) -> bool {
        self.code() == 2
    }

    /// What the server rejects because of a flag, with what to do in the words of the command.
    pub fn because_of_a_flag(self, way_on: &str) -> Self {
        let Self::Rejected { reason, message, .. } = self else { return self };
        // Its first sentence says what is, and the rest what to do in the words of the contract.
        let is = message.split_once(". ").map_or(message.trim_end_matches('.'), |(is, _)| is);
        Self::Rejected { code: Code::InvalidArgument, reason, message: format!("{is}. {way_on}") }
    }
}

/// A failure as JSON.
#[derive(Serialize)]
pub struct Told<'a> {
    pub exit_code: u8,
    /// The server's word for programs, if it is the server that says it.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub reason: &'a str,
    pub message: String,
}

fn advice(endpoint: &str) -> &'static str {
    match endpoint.starts_with("https:") {
        true => {
            "Start it, or name another one with --endpoint, with http: if it speaks no TLS; if its certificate is not one that \
             this system trusts, give the one it is signed by with --ca-certificate."
        }
        false => "Start it, or name another one with --endpoint, with https: if it speaks TLS.",
    }
}

#[allow(clippy::wildcard_enum_match_arm, reason = "the codes of gRPC are not ours")]
fn of_status(code: Code) -> u8 {
    match code {
        Code::InvalidArgument => 2,
        Code::NotFound => 4,
        Code::Unauthenticated | Code::PermissionDenied => 5,
        Code::Unavailable => 6,
        Code::Aborted => 7,
        _ => 1,
    }
}

impl From<Status> for CommandError {
    fn from(status: Status) -> Self {
        // A connection that breaks in the middle has no code of its own in tonic, but what a server says has no cause.
        let broken = std::error::Error::source(&status).is_some();
        let code = if broken { Code::Unavailable } else { status.code() };
        let told = status.get_details_error_info().map(|info| info.metadata).unwrap_or_default();
        let reason = told.get("reason").cloned().unwrap_or_default();
        // A server that cannot do it for the moment says why.
        let message = if code == Code::Unavailable && reason.is_empty() {
            "the connection to the server broke off. Look what was done before you try again.".to_owned()
        } else {
            sentence(&status)
        };
        Self::Rejected { code, reason, message }
    }
}

/// What one field is blamed for is said without its name in the contract, which nobody has typed here.
fn sentence(status: &Status) -> String {
    let blamed = status.get_details_bad_request().map(|details| details.field_violations);
    match blamed.as_deref() {
        Some([only]) => only.description.clone(),
        Some(_) | None => status.message().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_can_tell_what_the_server_said_by_the_exit_code() {
        for (code, exit) in [
            (Code::NotFound, 4),
            (Code::Unauthenticated, 5),
            (Code::PermissionDenied, 5),
            (Code::Unavailable, 6),
            (Code::Aborted, 7),
            (Code::InvalidArgument, 2),
            (Code::FailedPrecondition, 1),
            (Code::Internal, 1),
        ] {
            assert_eq!(of_status(code), exit, "{code:?}");
            assert!(EXIT_CODES.contains(&format!("\n  {exit}  ")), "{exit} is explained");
        }
    }
}
