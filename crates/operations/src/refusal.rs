//! Everything a caller can be told instead of an answer.
//!
//! A refusal is safe to show: it has a stable code, the documented text of that code, and our own sentence that says what
//! is and what to do. It never holds a value.

use strongroom_contract::v1;
use strongroom_storage::Timestamp;
use strongroom_validation::Problem;

use crate::Code;

/// We understood and said no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The request breaks rules; all of them are named.
    Invalid(Vec<Problem>),
    NameTaken {
        name: String,
    },
    NameWaiting {
        name: String,
        until: Timestamp,
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
    /// The project holds as many secrets as it may.
    TooManySecrets {
        current: usize,
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
    /// The project refuses values that are guessed as easily as this one.
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
    /// The project has as many keys as it may, and the request names another.
    TooManyKeys {
        current: usize,
        allowed: usize,
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
    /// Another request had this name.
    RequestIdTaken {
        request_id: String,
    },
    /// What a dry run showed is not to be had for ever.
    ShownTooLongAgo,
    /// It would not do any more what the dry run showed.
    ChangedSinceShown,
    OtherProject,
    /// The user name, the account or the password is wrong; which one is not told.
    WrongPassword,
    UnknownScope,
}

impl Refusal {
    /// One problem with one field.
    pub fn invalid(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
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
            | Self::TooManyKeys { .. } => Code::InvalidParameter,
            Self::SecretNotFound { .. } => Code::SecretNotFound,
            Self::VersionNotFound { .. }
            | Self::StageNotFound { .. }
            | Self::SecretIdNotFound { .. }
            | Self::TagNotFound { .. } => Code::NotFound,
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
            | Self::RequestIdTaken { .. }
            | Self::ShownTooLongAgo
            | Self::ChangedSinceShown => Code::InvalidRequest,
            Self::OtherProject => Code::Forbidden,
            Self::WrongPassword | Self::UnknownScope => Code::Unauthenticated,
        }
    }

    /// What is wrong, field by field; empty when no field is to blame.
    pub fn problems(&self) -> Vec<v1::Problem> {
        let one = |field: &str, code: &str, message: String| {
            vec![v1::Problem { field: field.to_owned(), code: code.to_owned(), message }]
        };
        match self {
            Self::Invalid(problems) => problems.iter().map(problem).collect(),
            Self::NameTaken { name } => one(
                "name",
                "TAKEN",
                format!(
                    "A secret named {name} exists already. Choose another name, or delete that one first."
                ),
            ),
            Self::NameWaiting { name, until } => one(
                "name",
                "WAITING",
                format!(
                    "A secret named {name} waits for deletion until {}. Cancel its deletion, wait until then, or choose another name.",
                    date(*until)
                ),
            ),
            Self::UnknownEvent { event } => one(
                "event_subscriptions",
                "UNKNOWN",
                format!("There is no event named {event}. Create it first, or leave the field out."),
            ),
            Self::WeakValue { score, needed, reason, suggestions } => {
                let advice = suggestions.iter().map(String::as_str);
                let first = format!(
                    "The value scores {score} of 4 against guessing, and the project takes {needed} at least."
                );
                let words: Vec<_> = [first.as_str(), reason.as_str()].into_iter().chain(advice).collect();
                let sentence = words.join(" ").replace("  ", " ");
                one(
                    "secret_string",
                    "WEAK",
                    format!("{sentence} Choose another, or have a random one generated."),
                )
            }
            Self::TooManyTags { name, needed, allowed } => one(
                "tags",
                "TOO_MANY",
                format!(
                    "Secret {name} would have {needed} tags, and {allowed} are the most. Delete some first, or send fewer."
                ),
            ),
            Self::TooManyKeys { current, allowed } => one(
                "kms_key_id",
                "TOO_MANY",
                format!(
                    "The project has {current} keys, and {allowed} are the most. Name one of them, or have the operator raise the limit."
                ),
            ),
            Self::TooManyVersions { name, allowed } => one(
                "version_stages",
                "TOO_MANY",
                format!(
                    "Secret {name} has {allowed} versions, which are the most, and each has a stage. Delete or move a stage first, so that its version can give way."
                ),
            ),
            Self::SecretNotFound { .. }
            | Self::VersionNotFound { .. }
            | Self::StageNotFound { .. }
            | Self::SecretIdNotFound { .. }
            | Self::TagNotFound { .. }
            | Self::BuiltInStage { .. }
            | Self::TooManySecrets { .. }
            | Self::TooManyStages { .. }
            | Self::StagesOverQuota { .. }
            | Self::Waiting { .. }
            | Self::AlreadyScheduled { .. }
            | Self::NotScheduled { .. }
            | Self::CannotOpen { .. }
            | Self::KeyCannotOpen { .. }
            | Self::BackupTooLarge { .. }
            | Self::RootKeyGiven
            | Self::RootKeyRotating
            | Self::TooLargeForOneStep
            | Self::RequestIdTaken { .. }
            | Self::ShownTooLongAgo
            | Self::ChangedSinceShown
            | Self::OtherProject
            | Self::WrongPassword
            | Self::UnknownScope => Vec::new(),
        }
    }

    /// What is, and what to do.
    pub fn sentence(&self) -> String {
        match self {
            Self::Invalid(_)
            | Self::NameTaken { .. }
            | Self::NameWaiting { .. }
            | Self::UnknownEvent { .. }
            | Self::WeakValue { .. }
            | Self::TooManyVersions { .. }
            | Self::TooManyTags { .. }
            | Self::TooManyKeys { .. } => {
                let problems = self.problems();
                let each: Vec<_> = problems.iter().map(|one| format!("{}: {}", one.field, one.message)).collect();
                each.join(" ")
            }
            Self::SecretNotFound { name } => {
                format!("There is no secret named {name}. Check the name, or list the secrets of the project.")
            }
            Self::VersionNotFound { name, version } => {
                format!("Secret {name} has no version {version}. Ask for `latest`, or for a version that exists.")
            }
            Self::StageNotFound { name, stage } => {
                format!("Secret {name} has no stage {stage}. Check the name of the stage, or list the versions with their stages.")
            }
            Self::SecretIdNotFound { id } => {
                format!("There is no secret with the id {id}. Tags stand under the id of a secret, not under its name; show the secret to see it.")
            }
            Self::TagNotFound { key } => {
                format!("The secret has no tag {key}. List its tags to see which it has.")
            }
            Self::BuiltInStage { stage } => {
                format!("Stage {stage} is built in and cannot be deleted. Move it to another version instead.")
            }
            Self::TooManySecrets { current, allowed } => {
                format!("The project has {current} secrets, and {allowed} are the most. Delete some first, or have the operator raise the limit.")
            }
            Self::TooManyStages { name, needed, allowed } => {
                format!("Secret {name} would have {needed} stages, and {allowed} are the most. Delete a stage first.")
            }
            Self::StagesOverQuota { given, allowed } => {
                format!("The request names {given} stages, and a secret may have {allowed}. Name fewer.")
            }
            Self::Waiting { name, until } => {
                format!("Secret {name} waits for deletion until {}. Cancel the deletion first.", date(*until))
            }
            Self::AlreadyScheduled { name, until } => format!(
                "Secret {name} waits for deletion until {} already. Cancel the deletion first, or wait.",
                date(*until)
            ),
            Self::NotScheduled { name } => {
                format!("Secret {name} does not wait for deletion, so there is nothing to cancel.")
            }
            Self::CannotOpen { name } => format!(
                "Secret {name} cannot be opened: its record is damaged, or it was sealed under another root key. Restore the root key or the store from a backup."
            ),
            Self::KeyCannotOpen { key } => format!(
                "Key {key} cannot be opened: its record is damaged, or it was sealed under another root key. Restore the root key or the store from a backup."
            ),
            Self::BackupTooLarge { characters, allowed } => format!(
                "The backup would have {characters} characters, and {allowed} are the most that can be put back. Take the values out one by one, or copy the store."
            ),
            Self::RootKeyGiven => {
                "The root key comes from the environment, which the server cannot write. Start the server with the new key as STRONGROOM_ROOT_KEY and the old one as STRONGROOM_ROOT_KEY_PREVIOUS, or the passphrases as STRONGROOM_ROOT_KEY_PASSPHRASE and STRONGROOM_ROOT_KEY_PREVIOUS_PASSPHRASE; the rotation begins by itself."
                    .to_owned()
            }
            Self::RootKeyRotating => {
                "A rotation of the root key is running, or has just ended. Look at the root key again before you start another."
                    .to_owned()
            }
            Self::TooLargeForOneStep => {
                "This is too much for one durable step, so it can neither be shown before nor be done as a whole. Ask for less at a time, or leave out dry_run, dry_run_token, request_id and atomic."
                    .to_owned()
            }
            Self::RequestIdTaken { request_id } => {
                format!("The request_id {request_id} was sent with another request before. Send that one again, or choose another request_id.")
            }
            Self::ShownTooLongAgo => {
                "The dry run was more than ten minutes ago. Make a new one and look at what it shows.".to_owned()
            }
            Self::ChangedSinceShown => {
                "Something has changed since the dry run, or the request is not the one it was made of; nothing was done. Make a new dry run and look at what it shows."
                    .to_owned()
            }
            Self::OtherProject => {
                "These credentials are for another project. Use the project they belong to, or credentials of this one."
                    .to_owned()
            }
            Self::WrongPassword => {
                "The account name, the user name or the password is wrong. Check all three.".to_owned()
            }
            Self::UnknownScope => {
                "The user has no such project. Leave the scope out, or name the user's own project.".to_owned()
            }
        }
    }
}

fn problem(problem: &Problem) -> v1::Problem {
    v1::Problem {
        field: problem.field.to_owned(),
        code: problem.code.as_str().to_owned(),
        message: problem.message.clone().into_owned(),
    }
}

/// A moment as people read it.
fn date(moment: Timestamp) -> String {
    let form = time::macros::format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    let moment = time::OffsetDateTime::from_unix_timestamp(moment.milliseconds() / 1000);
    moment.ok().and_then(|moment| moment.format(form).ok()).unwrap_or_default()
}

/// Why there is no answer: the caller's doing, or ours.
#[derive(Debug, thiserror::Error)]
pub enum Denial {
    #[error("{}", .0.sentence())]
    Refused(Refusal),
    /// Logged once where the door answers; the caller gets the request id.
    #[error("{doing}")]
    Fault { doing: &'static str, source: Box<dyn std::error::Error + Send + Sync> },
}

impl From<Refusal> for Denial {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl Denial {
    /// Wraps what went wrong with what we were trying to do.
    pub(crate) fn fault<E>(doing: &'static str) -> impl FnOnce(E) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        move |source| Self::Fault { doing, source: source.into() }
    }
}

pub type Answer<T> = Result<T, Denial>;

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
