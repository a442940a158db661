//! What a caller is told instead of an answer, and the one table that turns it into an HTTP status and a gRPC code.

use std::time::Duration;

use http::StatusCode;
use strongroom_access::{AccessError, Unauthenticated};
use strongroom_contract::shape::MARGIN;
use strongroom_contract::v1::Problem;
use strongroom_operations::{Code, OperationError, Rejection, StoreFailure, chain};
use tonic::Code as Grpc;

/// Longest `error_msg` that existing clients are promised.
const MAX_ERROR_MSG: usize = 512;

/// An error as a caller gets it, whether the transport or an operation rejected the request.
#[derive(Debug)]
pub(crate) enum ApiError {
    UnknownRoute,
    WrongMethod,
    /// The body is not what it should be; the sentence says what it should be.
    Body(String),
    /// The body, or a message, is compressed or spelled in a way that is not taken.
    Encoding(String),
    /// The content type is not one that the path takes.
    MediaType(String),
    /// A frame of gRPC contradicts what its call has announced.
    Frame(String),
    /// The time is over that the caller has given.
    DeadlineExceeded,
    /// A parameter of the path or the query is not what it should be.
    Parameter {
        field: String,
        sentence: String,
    },
    /// A request that must not have anything unknown has this.
    UnknownMember {
        field: String,
        sentence: String,
    },
    /// A list has so many elements that it was not decoded.
    TooMany {
        field: String,
        allowed: usize,
    },
    Unauthenticated(Unauthenticated),
    /// More than the server takes at a time, of this caller or of all together.
    TooManyRequests {
        sentence: String,
        retry_after_seconds: u64,
    },
    Rejected(Rejection),
    /// The store failed in a way that the caller can do something about. Holds the chain of causes for the log.
    Store(StoreFailure, String),
    /// Ours, not the caller's. Holds the chain of causes for the log.
    Internal(String),
}

/// Everything about a code that a transport has to know.
struct Row {
    code: &'static str,
    http: StatusCode,
    grpc: Grpc,
    text: &'static str,
}

const fn row(code: &'static str, http: StatusCode, grpc: Grpc, text: &'static str) -> Row {
    Row { code, http, grpc, text }
}

impl ApiError {
    /// The body of a REST request, or the message of a gRPC one.
    pub(crate) fn too_large(limit: usize) -> Self {
        Self::Body(format!(
            "The body is larger than the {limit} bytes this server takes. Send fewer entries at a time."
        ))
    }

    /// A message that is none.
    pub(crate) fn unreadable() -> Self {
        let sentence = "The message is not of the type the contract says, or did not come to its end. Correct it and send it again.";
        Self::Body(sentence.to_owned())
    }

    pub(crate) fn incomplete() -> Self {
        Self::Body("The body did not come to its end. Send what is missing in a new one.".to_owned())
    }

    pub(crate) fn silent(pause: Duration) -> Self {
        Self::Body(format!(
            "Nothing came for {} seconds, so the request was ended. Send what is missing in a new one.",
            pause.as_secs()
        ))
    }

    pub(crate) fn slow(time: Duration) -> Self {
        Self::Body(format!(
            "The body took longer than {} seconds. Send it faster, or less at a time.",
            time.as_secs()
        ))
    }

    fn row(&self) -> Row {
        match self {
            Self::UnknownRoute => {
                row("CSMS.0003", StatusCode::NOT_FOUND, Grpc::Unimplemented, "The request is invalid.")
            }
            Self::WrongMethod => row(
                "CSMS.0003",
                StatusCode::METHOD_NOT_ALLOWED,
                Grpc::Unimplemented,
                "The request is invalid.",
            ),
            Self::Body(_) => row(
                "CSMS.0004",
                StatusCode::BAD_REQUEST,
                Grpc::InvalidArgument,
                "The requested body format is wrong.",
            ),
            Self::Encoding(_) | Self::MediaType(_) => row(
                "CSMS.0004",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                Grpc::Unimplemented,
                "The requested body format is wrong.",
            ),
            Self::Frame(_) => row(
                "CSMS.0004",
                StatusCode::BAD_REQUEST,
                Grpc::Internal,
                "The requested body format is wrong.",
            ),
            Self::DeadlineExceeded => row(
                "CSMS.0003",
                StatusCode::REQUEST_TIMEOUT,
                Grpc::DeadlineExceeded,
                "The request is invalid.",
            ),
            Self::Parameter { .. } | Self::UnknownMember { .. } | Self::TooMany { .. } => {
                Self::of_rejection(Code::InvalidParameter, Grpc::InvalidArgument)
            }
            Self::Unauthenticated(Unauthenticated::OtherProject | Unauthenticated::TokenOfDomain) => {
                Self::of_rejection(Code::Forbidden, Grpc::PermissionDenied)
            }
            Self::Unauthenticated(_) => Self::of_rejection(Code::Unauthenticated, Grpc::Unauthenticated),
            Self::TooManyRequests { .. } => {
                Self::of_rejection(Code::TooManyRequests, grpc(Code::TooManyRequests))
            }
            Self::Rejected(rejection @ (Rejection::NameTaken { .. } | Rejection::NameWaiting { .. })) => {
                Self::of_rejection(rejection.code(), Grpc::AlreadyExists)
            }
            Self::Rejected(
                rejection @ (Rejection::TooManyVersions { .. }
                | Rejection::TooManyTags { .. }
                | Rejection::TooManyAccessKeys { .. }),
            ) => Self::of_rejection(rejection.code(), Grpc::ResourceExhausted),
            // The code of gRPC for what is well once it is tried again from the start.
            Self::Rejected(rejection @ (Rejection::ChangedSinceShown | Rejection::ShownTooLongAgo)) => {
                Self::of_rejection(rejection.code(), Grpc::Aborted)
            }
            Self::Rejected(rejection) => Self::of_rejection(rejection.code(), grpc(rejection.code())),
            Self::Store(failure, _) => Self::of_rejection(failure.code(), grpc(failure.code())),
            Self::Internal(_) => {
                row("CSMS.0001", StatusCode::INTERNAL_SERVER_ERROR, Grpc::Internal, "Internal error.")
            }
        }
    }

    fn of_fault(fault: &(dyn std::error::Error + 'static)) -> Self {
        match StoreFailure::cause_of(fault) {
            Some(failure) => Self::Store(failure, chain(fault)),
            None => Self::Internal(chain(fault)),
        }
    }

    fn of_rejection(code: Code, grpc: Grpc) -> Row {
        row(code.as_str(), http(code), grpc, code.documented_text())
    }

    pub(crate) fn code(&self) -> &'static str {
        self.row().code
    }

    /// Why, in one word for programs that never changes; the word of an outcome that is rejected.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::UnknownRoute | Self::WrongMethod => "UNKNOWN_ROUTE",
            Self::Body(_)
            | Self::Encoding(_)
            | Self::MediaType(_)
            | Self::Frame(_)
            | Self::Parameter { .. }
            | Self::UnknownMember { .. }
            | Self::TooMany { .. } => "INVALID",
            Self::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Self::Unauthenticated(Unauthenticated::OtherProject) => Rejection::OtherProject.reason(),
            Self::Unauthenticated(Unauthenticated::TokenOfDomain) => "TOKEN_OF_ACCOUNT",
            Self::Unauthenticated(_) => "UNAUTHENTICATED",
            Self::TooManyRequests { .. } => "TOO_MANY_REQUESTS",
            Self::Rejected(rejection) => rejection.reason(),
            Self::Store(failure, _) => failure.reason(),
            Self::Internal(_) => "FAULT",
        }
    }

    pub(crate) fn http_status(&self) -> StatusCode {
        self.row().http
    }

    pub(crate) fn grpc_code(&self) -> Grpc {
        self.row().grpc
    }

    /// The text existing clients know. Where the request itself is wrong our sentence follows it: many show nothing else.
    pub(crate) fn documented_text(&self) -> String {
        let text = match self {
            Self::Unauthenticated(reason)
                if !matches!(reason, Unauthenticated::OtherProject | Unauthenticated::TokenOfDomain) =>
            {
                reason.to_string()
            }
            Self::Parameter { .. }
            | Self::UnknownMember { .. }
            | Self::Body(_)
            | Self::Encoding(_)
            | Self::MediaType(_)
            | Self::Frame(_)
            | Self::TooMany { .. }
            | Self::TooManyRequests { .. } => {
                format!("{} {}", self.row().text, self.sentence())
            }
            Self::Rejected(rejection) if rejection.code() == Code::InvalidParameter => {
                format!("{} {}", self.row().text, rejection.sentence())
            }
            Self::UnknownRoute
            | Self::WrongMethod
            | Self::DeadlineExceeded
            | Self::Unauthenticated(_)
            | Self::Rejected(_)
            | Self::Store(..)
            | Self::Internal(_) => self.row().text.to_owned(),
        };
        text.chars().take(MAX_ERROR_MSG).collect()
    }

    /// What is, and what to do, in our words.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::UnknownRoute => "There is nothing at this path. The API description at /openapi.yaml lists all there is.".to_owned(),
            Self::WrongMethod => "This path does not take this method. The header Allow lists those it takes.".to_owned(),
            Self::DeadlineExceeded => {
                "The deadline of the call has passed. A change may have been made nevertheless; look before you repeat it.".to_owned()
            }
            Self::Body(sentence)
            | Self::Encoding(sentence)
            | Self::MediaType(sentence)
            | Self::Frame(sentence)
            | Self::TooManyRequests { sentence, .. } => sentence.clone(),
            Self::Parameter { field, sentence } | Self::UnknownMember { field, sentence } => format!("{field}: {sentence}"),
            Self::TooMany { field, allowed } => format!("{field}: {}", too_many(*allowed)),
            Self::Unauthenticated(Unauthenticated::OtherProject) => Rejection::OtherProject.sentence(),
            Self::Unauthenticated(reason) => reason.to_string(),
            Self::Rejected(rejection) => rejection.sentence(),
            Self::Store(failure, _) => failure.sentence().to_owned(),
            Self::Internal(_) => {
                "The server could not do this, and it is not your doing. Try again, and tell the operator the request id if it stays so.".to_owned()
            }
        }
    }

    pub(crate) fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Parameter { field, sentence } => {
                vec![Problem {
                    field: field.clone(),
                    code: "WRONG_TYPE".to_owned(),
                    message: sentence.clone(),
                }]
            }
            Self::UnknownMember { field, sentence } => {
                vec![Problem { field: field.clone(), code: "UNKNOWN".to_owned(), message: sentence.clone() }]
            }
            Self::TooMany { field, allowed } => vec![Problem {
                field: field.clone(),
                code: "TOO_MANY".to_owned(),
                message: too_many(*allowed),
            }],
            Self::Rejected(rejection) => rejection.problems(),
            Self::UnknownRoute
            | Self::WrongMethod
            | Self::DeadlineExceeded
            | Self::Body(_)
            | Self::Encoding(_)
            | Self::MediaType(_)
            | Self::Frame(_)
            | Self::Unauthenticated(_)
            | Self::TooManyRequests { .. }
            | Self::Store(..)
            | Self::Internal(_) => Vec::new(),
        }
    }

    /// The chain of causes, when the fault is ours.
    pub(crate) fn internal_cause(&self) -> Option<&str> {
        match self {
            Self::Store(_, chain) | Self::Internal(chain) => Some(chain),
            Self::UnknownRoute
            | Self::WrongMethod
            | Self::Body(_)
            | Self::Encoding(_)
            | Self::MediaType(_)
            | Self::Frame(_)
            | Self::DeadlineExceeded
            | Self::Parameter { .. }
            | Self::UnknownMember { .. }
            | Self::TooMany { .. }
            | Self::Unauthenticated(_)
            | Self::TooManyRequests { .. }
            | Self::Rejected(_) => None,
        }
    }

    /// Seconds to wait before trying again, where waiting helps.
    pub(crate) fn retry_after_seconds(&self) -> Option<u64> {
        if let Self::TooManyRequests { retry_after_seconds, .. } = self {
            return Some(*retry_after_seconds);
        }
        None
    }
}

/// How many there are is not known: they were not all read.
fn too_many(allowed: usize) -> String {
    format!(
        "The list has more than {} elements; at most {allowed} are allowed. Send them in several requests.",
        allowed.saturating_add(MARGIN)
    )
}

fn http(code: Code) -> StatusCode {
    match code {
        Code::InvalidParameter
        | Code::InvalidRequest
        | Code::PendingDeletion
        | Code::AlreadyScheduled
        | Code::NotScheduled
        | Code::BuiltInStage
        | Code::TooManySecrets
        | Code::TooManyStages
        | Code::StagesOverQuota
        | Code::SealingFailed => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        Code::Aborted => StatusCode::CONFLICT,
        Code::StoreUnavailable | Code::ClockInDoubt => StatusCode::SERVICE_UNAVAILABLE,
        Code::OutcomeUnknown | Code::StoreDamaged => StatusCode::INTERNAL_SERVER_ERROR,
        Code::SecretNotFound | Code::NotFound => StatusCode::NOT_FOUND,
    }
}

fn grpc(code: Code) -> Grpc {
    match code {
        Code::InvalidParameter => Grpc::InvalidArgument,
        Code::InvalidRequest
        | Code::PendingDeletion
        | Code::AlreadyScheduled
        | Code::NotScheduled
        | Code::BuiltInStage => Grpc::FailedPrecondition,
        Code::TooManySecrets | Code::TooManyStages => Grpc::ResourceExhausted,
        Code::StagesOverQuota => Grpc::InvalidArgument,
        Code::SealingFailed => Grpc::DataLoss,
        Code::Unauthenticated => Grpc::Unauthenticated,
        Code::Forbidden => Grpc::PermissionDenied,
        Code::TooManyRequests => Grpc::ResourceExhausted,
        Code::Aborted => Grpc::Aborted,
        Code::StoreUnavailable | Code::ClockInDoubt => Grpc::Unavailable,
        Code::OutcomeUnknown => Grpc::Unknown,
        Code::StoreDamaged => Grpc::DataLoss,
        Code::SecretNotFound | Code::NotFound => Grpc::NotFound,
    }
}

impl From<OperationError> for ApiError {
    fn from(denial: OperationError) -> Self {
        match denial {
            OperationError::Rejected(rejection @ Rejection::TooManyLogIns { retry_after_seconds }) => {
                Self::TooManyRequests { sentence: rejection.sentence(), retry_after_seconds }
            }
            OperationError::Rejected(rejection) => Self::Rejected(rejection),
            fault @ OperationError::Internal { .. } => Self::of_fault(&fault),
        }
    }
}

impl From<AccessError> for ApiError {
    fn from(failure: AccessError) -> Self {
        match failure {
            AccessError::Unauthenticated(reason) => Self::Unauthenticated(reason),
            AccessError::TooManyLogIns { retry_after_seconds } => Self::TooManyRequests {
                sentence: Rejection::TooManyLogIns { retry_after_seconds }.sentence(),
                retry_after_seconds,
            },
            AccessError::Internal(fault) => Self::of_fault(&fault),
        }
    }
}

impl From<Unauthenticated> for ApiError {
    fn from(reason: Unauthenticated) -> Self {
        Self::Unauthenticated(reason)
    }
}
