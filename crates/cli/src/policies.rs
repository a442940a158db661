//! Conflict policies as flags.

use strongroom_contract::v1;

#[derive(Clone, Copy, clap::ValueEnum)]
pub enum OnExisting {
    /// Reject the entry
    Fail,
    /// Leave the secret as it is
    Skip,
    /// Add the value as a new version
    NewVersion,
    /// Add the value as a new version, unless it equals the current one
    NewVersionIfDifferent,
}

impl OnExisting {
    pub fn number(self) -> i32 {
        match self {
            Self::Fail => v1::OnExisting::Fail,
            Self::Skip => v1::OnExisting::Skip,
            Self::NewVersion => v1::OnExisting::NewVersion,
            Self::NewVersionIfDifferent => v1::OnExisting::NewVersionIfDifferent,
        }
        .into()
    }
}

#[derive(Clone, Copy, clap::ValueEnum)]
pub enum OnPending {
    /// Reject the entry
    Fail,
    /// Leave the secret as it is
    Skip,
    /// Cancel the deletion and add the value as a new version
    CancelAndNewVersion,
}

impl OnPending {
    pub fn number(self) -> i32 {
        match self {
            Self::Fail => v1::OnPending::Fail,
            Self::Skip => v1::OnPending::Skip,
            Self::CancelAndNewVersion => v1::OnPending::CancelAndNewVersion,
        }
        .into()
    }
}
