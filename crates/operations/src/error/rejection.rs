//! Everything a caller can be told instead of an answer.
//!
//! A rejection is safe to show: it has a stable code, the documented text of that code, and our own sentence that says what
//! is and what to do. It never holds a value.

use strongroom_storage::Timestamp;
use strongroom_validation::{Code as Rule, Problem};

use super::Code;

/// We understood and said no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// The request breaks rules; all of them are named.
    Invalid(Vec<Problem>),
    /// Several reasons at once; the first stands for them where only one can be told.
    Several(Vec<Self>),
    NameTaken {
        name: String,
        /// Whether the request could have said what becomes of a name that is taken.
        has_policy: bool,
    },
    NameWaiting {
        name: String,
        until: Timestamp,
        /// The same of a name that waits.
        has_policy: bool,
    },
    UnknownEvent {
        event: String,
    },
    SecretNotFound {
        name: String,
    },
    VersionNotFound {
        name: String,
        version: String,
    },
    StageNotFound {
        name: String,
        stage: String,
    },
    /// No secret of the project has this id.
    SecretIdNotFound {
        id: String,
    },
    TagNotFound {
        key: String,
    },
    BuiltInStage {
        stage: String,
    },
    /// The project holds as many secrets as it may, or would with those that come before in the same request.
    TooManySecrets {
        current: usize,
        coming: usize,
        allowed: usize,
    },
    /// The secret would have this many stages.
    TooManyStages {
        name: String,
        needed: usize,
        allowed: usize,
    },
    /// One request names more stages than a secret may have.
    StagesOverQuota {
        given: usize,
        allowed: usize,
    },
    /// The project rejects values that are guessed as easily as this one.
    WeakValue {
        score: i32,
        needed: i32,
        reason: String,
        suggestions: Vec<String>,
    },
    /// Every version of the secret has a stage, so none gives way to a new one.
    TooManyVersions {
        name: String,
        allowed: usize,
    },
    /// The secret would have this many tags.
    TooManyTags {
        name: String,
        needed: usize,
        allowed: usize,
    },
    /// The project would have this many keys.
    TooManyKeys {
        needed: usize,
        allowed: usize,
        /// Names of some that are there.
        known: Vec<String>,
    },
    Waiting {
        name: String,
        until: Timestamp,
    },
    AlreadyScheduled {
        name: String,
        until: Timestamp,
    },
    NotScheduled {
        name: String,
    },
    /// The sealed value is missing or damaged, or was sealed under another root key.
    CannotOpen {
        name: String,
    },
    /// The same of a master key.
    KeyCannotOpen {
        key: String,
    },
    /// It could be taken, and never be put back.
    BackupTooLarge {
        characters: usize,
        allowed: usize,
    },
    /// The root key comes from where the server cannot write.
    RootKeyGiven,
    /// A rotation of the root key runs, or has ended while the caller waited.
    RootKeyRotating,
    /// What was asked for cannot be done as a whole, because it takes several commits.
    TooLargeForOneStep,
    /// The same of a batch, where it is known how much is too much.
    BatchTooLarge {
        /// Entries or bytes.
        what: &'static str,
        needed: usize,
        allowed: usize,
    },
    /// The listener of a stream took nothing for too long.
    NotListening {
        seconds: u64,
    },
    /// Another request had this name.
    RequestIdTaken {
        request_id: String,
    },
    /// What a dry run showed is not to be had for ever.
    ShownTooLongAgo,
    /// It would not do any more what the dry run showed.
    ChangedSinceShown,
    /// No batch of the project has this id, or not any more.
    BatchNotFound {
        batch: String,
    },
    /// It was undone already.
    BatchUndone {
        batch: String,
        by: String,
    },
    /// What it did does not come back.
    BatchNotUndoable {
        batch: String,
    },
    /// It is another kind of batch than one whose deletions can be cancelled.
    BatchScheduledNothing {
        batch: String,
    },
    /// More secrets meet the conditions than one call takes.
    SelectionTooLarge {
        allowed: usize,
    },
    /// Another number of secrets matches than the request says.
    OtherTotal {
        expected: i32,
        found: usize,
    },
    /// Somebody has written the secret meanwhile.
    ChangedSince {
        name: String,
        /// Whether it was to be undone, so that undoing what was written since helps.
        in_undo: bool,
    },
    /// The value that would be current again gave way to newer ones.
    ValueGone {
        name: String,
        version: String,
    },
    /// The secret would be gone at this moment, and it has passed.
    DateHasPassed {
        name: String,
        date: Timestamp,
    },
    /// The secret of this name is past its deletion date only by a clock that is in doubt.
    ClockInDoubt {
        name: String,
    },
    /// Whoever confirms the clock knows another time than it shows.
    OtherTime {
        shown: Timestamp,
    },
    /// The same signed request was carried out already, and its answer is not kept.
    AlreadyDone {
        time: Timestamp,
        request_id: String,
    },
    /// Every attempt met a change of the same records.
    Aborted {
        attempts: usize,
    },
    OtherProject,
    /// It is about another user than the caller, whether or not there is one.
    OtherUser,
    /// The token to revoke is unknown, has ended, or is another user's; which one is not told.
    TokenNotFound,
    /// The caller has no access key of this name.
    AccessKeyNotFound {
        access_key: String,
    },
    /// The user has as many access keys as a user may have.
    TooManyAccessKeys {
        allowed: usize,
    },
    /// Whoever changes a password does not know the one in use.
    WrongOriginalPassword,
    /// The new password is the one in use.
    SamePassword,
    /// The user name, the account or the password is wrong; which one is not told.
    WrongPassword {
        /// Account and user name as they were sent, escaped and cut, for the log.
        user: String,
    },
    /// Too many log-ins wait, or had a wrong password; whether this one is right was not looked at.
    TooManyLogIns {
        retry_after_seconds: u64,
    },
    UnknownScope,
    /// A token to exchange is unknown or has expired.
    UnknownToken,
}

impl Rejection {
    /// One problem with one field.
    pub fn invalid(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }

    /// All of them as one, if there is any.
    pub(crate) fn all(rejections: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut rejections: Vec<_> = rejections.into_iter().collect();
        match rejections.len() {
            0 | 1 => rejections.pop(),
            _ => Some(Self::Several(rejections)),
        }
    }

    pub fn code(&self) -> Code {
        match self {
            Self::Invalid(_)
            | Self::NameTaken { .. }
            | Self::NameWaiting { .. }
            | Self::UnknownEvent { .. }
            | Self::WeakValue { .. }
            | Self::TooManyVersions { .. }
            | Self::TooManyTags { .. }
            | Self::TooManyKeys { .. }
            | Self::SelectionTooLarge { .. }
            | Self::OtherTotal { .. }
            | Self::TooManyAccessKeys { .. }
            | Self::WrongOriginalPassword
            | Self::SamePassword => Code::InvalidParameter,
            Self::Several(rejections) => rejections.first().map_or(Code::InvalidParameter, Self::code),
            Self::SecretNotFound { .. } => Code::SecretNotFound,
            Self::VersionNotFound { .. }
            | Self::StageNotFound { .. }
            | Self::SecretIdNotFound { .. }
            | Self::TagNotFound { .. }
            | Self::BatchNotFound { .. }
            | Self::TokenNotFound
            | Self::AccessKeyNotFound { .. } => Code::NotFound,
            Self::BuiltInStage { .. } => Code::BuiltInStage,
            Self::TooManySecrets { .. } => Code::TooManySecrets,
            Self::TooManyStages { .. } => Code::TooManyStages,
            Self::StagesOverQuota { .. } => Code::StagesOverQuota,
            Self::Waiting { .. } => Code::PendingDeletion,
            Self::AlreadyScheduled { .. } => Code::AlreadyScheduled,
            Self::NotScheduled { .. } => Code::NotScheduled,
            Self::CannotOpen { .. } | Self::KeyCannotOpen { .. } => Code::SealingFailed,
            Self::BackupTooLarge { .. }
            | Self::RootKeyGiven
            | Self::RootKeyRotating
            | Self::TooLargeForOneStep
            | Self::BatchTooLarge { .. }
            | Self::NotListening { .. }
            | Self::RequestIdTaken { .. }
            | Self::ShownTooLongAgo
            | Self::ChangedSinceShown
            | Self::BatchUndone { .. }
            | Self::BatchNotUndoable { .. }
            | Self::BatchScheduledNothing { .. }
            | Self::ChangedSince { .. }
            | Self::ValueGone { .. }
            | Self::DateHasPassed { .. }
            | Self::OtherTime { .. }
            | Self::AlreadyDone { .. } => Code::InvalidRequest,
            Self::ClockInDoubt { .. } => Code::ClockInDoubt,
            Self::Aborted { .. } => Code::Aborted,
            Self::OtherProject | Self::OtherUser => Code::Forbidden,
            Self::WrongPassword { .. } | Self::UnknownScope | Self::UnknownToken => Code::Unauthenticated,
            Self::TooManyLogIns { .. } => Code::TooManyRequests,
        }
    }

    /// Why, in one word for programs that never changes.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Invalid(problems) => match problems.iter().all(|problem| problem.code == Rule::Repeated) {
                true => "REPEATED",
                false => "INVALID",
            },
            Self::Several(rejections) => rejections.first().map_or("INVALID", Self::reason),
            Self::NameTaken { .. } => "TAKEN",
            Self::NameWaiting { .. } | Self::Waiting { .. } => "WAITING",
            Self::UnknownEvent { .. } => "UNKNOWN_EVENT",
            Self::SecretNotFound { .. } | Self::SecretIdNotFound { .. } => "NOT_FOUND",
            Self::VersionNotFound { .. } => "VERSION_NOT_FOUND",
            Self::StageNotFound { .. } => "STAGE_NOT_FOUND",
            Self::TagNotFound { .. } => "TAG_NOT_FOUND",
            Self::BuiltInStage { .. } => "BUILT_IN_STAGE",
            Self::TooManySecrets { .. } => "TOO_MANY_SECRETS",
            Self::TooManyStages { .. } | Self::StagesOverQuota { .. } => "TOO_MANY_STAGES",
            Self::WeakValue { .. } => "WEAK",
            Self::TooManyVersions { .. } => "TOO_MANY_VERSIONS",
            Self::TooManyTags { .. } => "TOO_MANY_TAGS",
            Self::TooManyKeys { .. } => "TOO_MANY_KEYS",
            Self::TooLargeForOneStep | Self::BatchTooLarge { .. } => "TOO_LARGE_FOR_ONE_STEP",
            Self::NotListening { .. } => "NOT_LISTENING",
            Self::RequestIdTaken { .. } => "REQUEST_ID_TAKEN",
            Self::ShownTooLongAgo => "SHOWN_TOO_LONG_AGO",
            Self::ChangedSinceShown => "CHANGED_SINCE_SHOWN",
            Self::AlreadyScheduled { .. } => "ALREADY_SCHEDULED",
            Self::NotScheduled { .. } => "NOT_SCHEDULED",
            Self::CannotOpen { .. } => "CANNOT_OPEN",
            Self::KeyCannotOpen { .. } => "KEY_CANNOT_OPEN",
            Self::BackupTooLarge { .. } => "BACKUP_TOO_LARGE",
            Self::RootKeyGiven => "ROOT_KEY_GIVEN",
            Self::RootKeyRotating => "ROOT_KEY_ROTATING",
            Self::BatchNotFound { .. } => "BATCH_NOT_FOUND",
            Self::BatchUndone { .. } => "ALREADY_UNDONE",
            Self::BatchNotUndoable { .. } => "CANNOT_BE_UNDONE",
            Self::BatchScheduledNothing { .. } => "NOTHING_SCHEDULED",
            Self::SelectionTooLarge { .. } => "SELECTION_TOO_LARGE",
            Self::OtherTotal { .. } => "OTHER_TOTAL",
            Self::ChangedSince { .. } => "CHANGED_SINCE",
            Self::ValueGone { .. } => "VALUE_GONE",
            Self::DateHasPassed { .. } => "DATE_HAS_PASSED",
            Self::ClockInDoubt { .. } => "CLOCK_IN_DOUBT",
            Self::OtherTime { .. } => "OTHER_TIME",
            Self::AlreadyDone { .. } => "ALREADY_DONE",
            Self::Aborted { .. } => "ABORTED",
            Self::OtherProject => "OTHER_PROJECT",
            Self::WrongPassword { .. } => "WRONG_PASSWORD",
            Self::TooManyLogIns { .. } => "TOO_MANY_REQUESTS",
            Self::OtherUser => "OTHER_USER",
            Self::TokenNotFound => "TOKEN_NOT_FOUND",
            Self::AccessKeyNotFound { .. } => "ACCESS_KEY_NOT_FOUND",
            Self::TooManyAccessKeys { .. } => "TOO_MANY_ACCESS_KEYS",
            Self::WrongOriginalPassword => "WRONG_ORIGINAL_PASSWORD",
            Self::SamePassword => "SAME_PASSWORD",
            Self::UnknownScope => "UNKNOWN_SCOPE",
            Self::UnknownToken => "UNKNOWN_TOKEN",
        }
    }

    /// The scheduled deletion time, when that is the cause.
    pub fn pending_until(&self) -> Option<Timestamp> {
        if let Self::Several(rejections) = self {
            return rejections.iter().find_map(Self::pending_until);
        }
        if let Self::NameWaiting { until, .. }
        | Self::Waiting { until, .. }
        | Self::AlreadyScheduled { until, .. } = self
        {
            return Some(*until);
        }
        None
    }
}

/// Why there is no answer: the caller's doing, or ours.
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    #[error("{}", .0.sentence())]
    Rejected(Rejection),
    /// Logged once where the transport answers; the caller gets the request id.
    #[error("{doing}")]
    Internal { doing: &'static str, source: Box<dyn std::error::Error + Send + Sync> },
}

impl From<Rejection> for OperationError {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl OperationError {
    /// Wraps what went wrong with what we were trying to do.
    pub(crate) fn internal<E>(doing: &'static str) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        move |source| Self::Internal { doing, source: source.into() }
    }
}

pub type Answer<T> = Result<T, OperationError>;

/// An error with all its causes, for the log.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words.push_str(" Cause: ");
        words.push_str(&inner.to_string());
        cause = inner.source();
    }
    words
}
