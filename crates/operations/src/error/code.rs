//! The stable codes of rejections, and the text that existing clients know each by.

/// The documented codes we use, and our own, which begin with `STRONGROOM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    InvalidParameter,
    InvalidRequest,
    PendingDeletion,
    SecretNotFound,
    AlreadyScheduled,
    NotScheduled,
    NotFound,
    BuiltInStage,
    TooManySecrets,
    TooManyStages,
    StagesOverQuota,
    SealingFailed,
    Forbidden,
    Unauthenticated,
    /// The caller, or everybody together, asks for more than the server takes at a time.
    TooManyRequests,
    /// The store takes no changes for the moment. Nothing was changed.
    StoreUnavailable,
    /// The store failed while it made a change durable, so the change may be there after a restart.
    OutcomeUnknown,
    /// A stored record is damaged.
    StoreDamaged,
    /// The clock is in doubt, so what depends on it waits.
    ClockInDoubt,
    /// Other transactions changed the same records again and again.
    Aborted,
}

impl Code {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidParameter => "CSMS.0002",
            Self::InvalidRequest => "CSMS.0003",
            Self::NotFound => "CSMS.0005",
            Self::PendingDeletion => "CSMS.0103",
            Self::BuiltInStage => "CSMS.0105",
            Self::SecretNotFound => "CSMS.0106",
            Self::AlreadyScheduled => "CSMS.0107",
            Self::NotScheduled => "CSMS.0108",
            Self::TooManySecrets => "CSMS.0202",
            Self::TooManyStages => "CSMS.0203",
            Self::StagesOverQuota => "CSMS.0204",
            Self::Forbidden => "CSMS.0302",
            Self::SealingFailed => "CSMS.0401",
            Self::Unauthenticated => "APIGW.0301",
            Self::TooManyRequests => "APIGW.0308",
            Self::StoreUnavailable => "STRONGROOM.0001",
            Self::OutcomeUnknown => "STRONGROOM.0002",
            Self::StoreDamaged => "STRONGROOM.0003",
            Self::ClockInDoubt => "STRONGROOM.0004",
            Self::Aborted => "STRONGROOM.0005",
        }
    }

    /// The text existing clients know, to the letter.
    pub fn documented_text(self) -> &'static str {
        match self {
            Self::InvalidParameter => "The value of parameter is invalid.",
            Self::InvalidRequest => "The request is invalid.",
            Self::NotFound => "The resource does not exist.",
            Self::PendingDeletion => "The secret is in the scheduled deletion state.",
            Self::BuiltInStage => "Can not delete the system internal stage.",
            Self::SecretNotFound => "The secret name not found int the db.",
            Self::AlreadyScheduled => "The secret is in schedule delete state.",
            Self::NotScheduled => "The secret is not in schedule delete state.",
            Self::TooManySecrets => "The number of secret has reached the upper limit.",
            Self::TooManyStages => "The number of stage has reached the upper limit.",
            Self::StagesOverQuota => "The number of stage is greater than the quota limit.",
            Self::Forbidden => "No permission.",
            Self::SealingFailed => "Can not get the protected secret value using the provided KMS key.",
            Self::Unauthenticated => "Incorrect IAM authentication information.",
            Self::TooManyRequests => "The throttling threshold has been reached.",
            Self::StoreUnavailable => "The store takes no changes at the moment.",
            Self::OutcomeUnknown => "Whether the change was made is not known.",
            Self::StoreDamaged => "A stored record is damaged.",
            Self::ClockInDoubt => "The clock of the server is in doubt.",
            Self::Aborted => "Other changes of the same records came first.",
        }
    }
}
