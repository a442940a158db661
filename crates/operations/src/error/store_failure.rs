//! What a failure of the store means to the caller.

use std::error::Error;

use strongroom_storage::StorageError;

use super::Code;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreFailure {
    /// The store cannot be written. The change was not made.
    Unavailable,
    /// The disk failed while the change was made durable.
    OutcomeUnknown,
    /// What was asked for needs a part of the store that is damaged.
    Damaged,
}

impl StoreFailure {
    /// The failure of the store that caused this error, if one did.
    pub fn cause_of(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut causes = std::iter::successors(Some(error), |error| (*error).source());
        causes.find_map(|cause| Self::of(cause.downcast_ref()?))
    }

    fn of(fault: &StorageError) -> Option<Self> {
        if matches!(fault, StorageError::Unavailable { .. }) {
            return Some(Self::Unavailable);
        }
        if matches!(fault, StorageError::Unconfirmed { .. }) {
            return Some(Self::OutcomeUnknown);
        }
        matches!(fault, StorageError::Damaged { .. }).then_some(Self::Damaged)
    }

    pub fn code(self) -> Code {
        match self {
            Self::Unavailable => Code::StoreUnavailable,
            Self::OutcomeUnknown => Code::OutcomeUnknown,
            Self::Damaged => Code::StoreDamaged,
        }
    }

    /// Why, in one word for programs that never changes.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Unavailable => "STORE_UNAVAILABLE",
            Self::OutcomeUnknown => "OUTCOME_UNKNOWN",
            Self::Damaged => "STORE_DAMAGED",
        }
    }

    /// What is, and what to do.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Unavailable => {
                "The disk of the server is full or cannot be written, so the change was not made; what a batch had done \
                 before stays done. Reads go on. The server starts to write again by itself once the disk allows it: try \
                 again later, and tell the operator if it stays so."
            }
            Self::OutcomeUnknown => {
                "The disk of the server failed while the change was made durable, so the change may be stored or not. \
                 Repeat the request with the same request_id: it is then done once. Without a request_id, read what it \
                 was to change first."
            }
            Self::Damaged => {
                "A part of the store that this needs is damaged, so there is no answer. Tell the operator the request id: \
                 `strongroom store check` shows what is damaged, and a backup or `strongroom store salvage` brings it back."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::OperationError;

    #[test]
    fn failure_of_the_store_is_found_behind_other_errors() {
        let cause = || Arc::new(std::io::Error::from(std::io::ErrorKind::StorageFull));
        let of = |fault: StorageError| {
            StoreFailure::cause_of(&OperationError::internal("storing a secret")(fault))
        };
        assert_eq!(of(StorageError::Unavailable { cause: cause() }), Some(StoreFailure::Unavailable));
        assert_eq!(of(StorageError::Unconfirmed { cause: cause() }), Some(StoreFailure::OutcomeUnknown));
        assert_eq!(of(StorageError::Damaged { what: "page", cause: None }), Some(StoreFailure::Damaged));
        assert_eq!(of(StorageError::Stopped), None);
    }
}
