//! Answers to signed requests that have changed nothing.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use strongroom_access::SignatureId;
use strongroom_storage::Timestamp;

use crate::Rejection;

/// Signed changes that changed nothing and are remembered, with answers of at most [`MAX_REMEMBERED_ANSWER`] bytes: some 20
/// MB. Chosen by us.
const MAX_REMEMBERED: usize = 10_000;
pub(super) const MAX_REMEMBERED_ANSWER: usize = 1_024;

/// The date of a signature has whole seconds: within one, a request sent again may as well be a new one, in milliseconds.
const SAME_SECOND: i64 = 1_000;

/// Answers to signed changes that have changed nothing, as far as memory holds them. Sent again after something else has
/// changed, they might change something.
#[derive(Default)]
pub(crate) struct UnchangedAnswers(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    ends: HashMap<SignatureId, (Timestamp, End)>,
    /// The oldest first.
    order: VecDeque<SignatureId>,
}

/// How a request ended that has changed nothing.
#[derive(Clone)]
pub(super) enum End {
    Rejected(Arc<Rejection>),
    Answered(Arc<[u8]>),
}

impl UnchangedAnswers {
    pub(super) fn remember(&self, id: SignatureId, now: Timestamp, end: End) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The first end counts: whoever sends a request over and over must not stay within the second.
        if remembered.ends.contains_key(&id) {
            return;
        }
        remembered.ends.insert(id, (now, end));
        remembered.order.push_back(id);
        if remembered.order.len() > MAX_REMEMBERED
            && let Some(oldest) = remembered.order.pop_front()
        {
            remembered.ends.remove(&oldest);
        }
    }

    /// How the request ended, unless it may be another one of the same second.
    pub(super) fn end_of(&self, id: &SignatureId, now: Timestamp) -> Option<End> {
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (ended, end) = remembered.ends.get(id)?;
        let age = now.milliseconds().abs_diff(ended.milliseconds());
        (age >= SAME_SECOND.unsigned_abs()).then(|| end.clone())
    }
}
