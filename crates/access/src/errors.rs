//! Why somebody is not known, in words that may be shown, and faults, which may not.

use std::error::Error;

use thiserror::Error;

/// The caller is not who it would have to be. The text is what the caller is shown.
///
/// The texts about keys, dates and signatures are those of the documented gateway, to the letter, because people search
/// for them.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unauthenticated {
    #[error(
        "Incorrect IAM authentication information: no token and no signature. Send X-Auth-Token or sign the request."
    )]
    NoCredentials,
    #[error("Incorrect IAM authentication information: {problem}")]
    Malformed { problem: &'static str },
    #[error("Incorrect IAM authentication information: ak {access_key} not exist")]
    UnknownAccessKey { access_key: String },
    #[error(
        "Incorrect IAM authentication information: calc aksk signature fail:signature expired, \
         signature time:{signature_time},server time:{server_time}"
    )]
    Expired { signature_time: String, server_time: String },
    /// The canonical request as this server sees it, so that the caller can compare. Tokens in it are masked.
    #[error(
        "Incorrect IAM authentication information: verify aksk signature fail, canonicalRequest:{canonical_request}"
    )]
    WrongSignature { canonical_request: String },
    #[error("The project in X-Project-Id is not the project of the access key.")]
    OtherProject,
    #[error("Incorrect IAM authentication information: the token is unknown or has expired. Get a new one.")]
    UnknownToken,
    #[error(
        "Incorrect IAM authentication information: the access key and the secret key do not belong together."
    )]
    WrongSecretKey,
    /// Which of them is wrong is not told.
    #[error("The account name, the user name or the password is wrong.")]
    WrongPassword,
    #[error(
        "The user has no such project or account. Leave the scope out to get a token for the project of the user."
    )]
    NoSuchScope,
    #[error("The token is for an account. Get one for a project: name it in `auth.scope.project`.")]
    TokenOfDomain,
}

/// Something of ours does not work. It is for the log; the caller is told that there was a fault and no more.
#[derive(Debug, Error)]
#[error("{doing}")]
pub struct InternalError {
    doing: &'static str,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl InternalError {
    pub(crate) fn of(doing: &'static str) -> Self {
        Self { doing, source: None }
    }

    /// For `map_err`: what was being done when `source` happened.
    pub(crate) fn while_doing<E: Error + Send + Sync + 'static>(
        doing: &'static str,
    ) -> impl FnOnce(E) -> Self {
        move |source| Self { doing, source: Some(Box::new(source)) }
    }
}

impl From<strongroom_storage::StorageError> for InternalError {
    fn from(source: strongroom_storage::StorageError) -> Self {
        Self { doing: "The store failed while finding out who calls.", source: Some(Box::new(source)) }
    }
}

/// How finding out who calls can end without an answer.
#[derive(Debug, Error)]
pub enum AccessError {
    #[error(transparent)]
    Unauthenticated(#[from] Unauthenticated),
    /// Whether the password is right was not looked at.
    #[error("Too many log-ins. Try again in {retry_after_seconds} s.")]
    TooManyLogIns { retry_after_seconds: u64 },
    #[error(transparent)]
    Internal(#[from] InternalError),
}

impl From<strongroom_storage::StorageError> for AccessError {
    fn from(source: strongroom_storage::StorageError) -> Self {
        Self::Internal(source.into())
    }
}
