//! What one commit may hold.

/// Limits of one commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitLimits {
    pub operations: usize,
    pub bytes: usize,
}

/// Limits of the engines that run in this process.
///
/// Our choice. Bytes: an import of the largest body (40 MiB) plus sealing, indexes and audit. Operations: removing 1,000
/// secrets with all their versions and tags takes 45,000; this is only a guard, because bytes determine the cost.
pub(super) const LOCAL_LIMITS: CommitLimits = CommitLimits { operations: 131_072, bytes: 64 * 1024 * 1024 };
