//! Why a command failed, and its exit code.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;
use strongroom_server::StartError;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// The exit codes in `--help` and in the README, one line for each code of [`CommandError::exit_code`].
pub const EXIT_CODES: &str = "Exit codes:\n  \
    0    done\n  \
    1    failed\n  \
    2    wrong usage, or a file is invalid or cannot be read or written; nothing was changed\n  \
    3    some entries were rejected; the others are done, unless --atomic was given. For `store`: damage was found\n  \
    4    not found\n  \
    5    not signed in, or not allowed\n  \
    6    the server cannot be reached\n  \
    7    changed since the preview; nothing was changed\n  \
    130  interrupted";

#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Wrong flags, arguments or files. Nothing was changed.
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Failed(String),
    /// The rejected entries have been printed already.
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
    /// No credentials, or credentials that cannot be sent.
    #[error("{0}")]
    NotSignedIn(String),
    #[error("could not reach the server at {endpoint}: {cause}. {}", advice(endpoint))]
    Connect { endpoint: String, cause: String },
    /// The server rejected the request, for a machine-readable `reason`.
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
            // Files are read before anything is sent, and a file is written completely or not at all.
            Self::Usage(_) | Self::Read { .. } | Self::Write { .. } => 2,
            Self::SomeRejected(_) => 3,
            Self::NotFound(_) => 4,
            Self::NotSignedIn(_) => 5,
            Self::Connect { .. } => 6,
            Self::Rejected { code, .. } => exit_code_of_status(*code),
            // The exit codes that shells use when a program cannot be started.
            Self::NotStarted { source, .. } if source.kind() == io::ErrorKind::NotFound => 127,
            Self::NotStarted { .. } => 126,
            // The exit code that shells use: 128 plus the number of the signal.
            Self::Interrupted => 130,
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => 141,
            Self::Failed(_) | Self::Output(_) | Self::Declined | Self::Serve(_) => 1,
        }
    }

    /// The failure as JSON for programs.
    pub fn report(&self) -> FailureReport<'_> {
        let reason = if let Self::Rejected { reason, .. } = self { reason } else { "" };
        FailureReport { exit_code: self.code(), reason, message: strongroom_server::chain(self).to_string() }
    }

    /// True if the reader closed the pipe: nobody is left to read a message.
    pub fn is_silent(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    pub fn is_broken_connection(&self) -> bool {
        matches!(self, Self::Rejected { code: Code::Unavailable, reason, .. } if reason.is_empty())
    }

    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Rejected { code: Code::NotFound, .. })
    }

    /// True if the batch does not fit into one transaction, which a dry run and an atomic batch need.
    pub fn is_too_large_for_one_transaction(&self) -> bool {
        matches!(self, Self::Rejected { reason, .. } if reason == "TOO_LARGE_FOR_ONE_STEP")
    }

    pub fn is_usage_error(&self) -> bool {
        self.code() == 2
    }

    /// Replaces the next step of the server, which names fields, by one that names flags.
    pub fn with_remedy(self, remedy: &str) -> Self {
        let Self::Rejected { reason, message, .. } = self else { return self };
        // The first sentence is the problem; the rest is the next step in terms of the API.
        let problem = message.split_once(". ").map_or(message.trim_end_matches('.'), |(problem, _)| problem);
        Self::Rejected { code: Code::InvalidArgument, reason, message: format!("{problem}. {remedy}") }
    }
}

/// A failure as JSON.
#[derive(Serialize)]
pub struct FailureReport<'a> {
    pub exit_code: u8,
    /// The machine-readable reason of the server; empty if the server did not reject the request.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub reason: &'a str,
    pub message: String,
}

fn advice(endpoint: &str) -> &'static str {
    match endpoint.starts_with("https:") {
        true => {
            "Start it, or give another address with --endpoint. Use http: if it does not speak TLS. If this system does not \
             trust its certificate, give the certificate that signed it with --ca-certificate."
        }
        false => "Start it, or give another address with --endpoint. Use https: if it speaks TLS.",
    }
}

#[allow(clippy::wildcard_enum_match_arm, reason = "the codes of gRPC are not ours")]
fn exit_code_of_status(code: Code) -> u8 {
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
        // tonic has no code for a connection that breaks, but only such a status has a cause.
        let broken = std::error::Error::source(&status).is_some();
        let code = if broken { Code::Unavailable } else { status.code() };
        let metadata = status.get_details_error_info().map(|info| info.metadata).unwrap_or_default();
        let reason = metadata.get("reason").cloned().unwrap_or_default();
        // A server that is unavailable for a reason of its own sends that reason.
        let message = if code == Code::Unavailable && reason.is_empty() {
            "the connection to the server was lost. Check what was done before you try again.".to_owned()
        } else {
            sentence(&status)
        };
        Self::Rejected { code, reason, message }
    }
}

/// The message of the server, without the field name if it is about one field: the user typed a flag, not a field.
fn sentence(status: &Status) -> String {
    let violations = status.get_details_bad_request().map(|details| details.field_violations);
    match violations.as_deref() {
        Some([only]) => only.description.clone(),
        Some(_) | None => status.message().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_code_follows_the_status_of_the_server() {
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
            assert_eq!(exit_code_of_status(code), exit, "{code:?}");
            assert!(EXIT_CODES.contains(&format!("\n  {exit}  ")), "{exit} is explained");
        }
    }
}
