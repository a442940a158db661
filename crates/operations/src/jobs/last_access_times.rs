//! Last access times that are not stored yet.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use strongroom_storage::{Id, Timestamp};

use crate::lifecycle;

#[derive(Default)]
pub(crate) struct LastAccessTimes {
    /// By the id of the secret: another secret of the same name has not been read.
    recorded: Mutex<HashMap<Id, Access>>,
}

#[derive(Clone)]
pub(super) struct Access {
    pub(super) project: Id,
    pub(super) name: String,
    pub(super) time: Timestamp,
}

impl LastAccessTimes {
    pub(crate) fn record(&self, project: Id, secret: Id, name: &str, now: Timestamp) {
        let time = Timestamp::from_milliseconds(lifecycle::whole_second(now));
        let mut recorded = self.recorded();
        match recorded.get_mut(&secret) {
            Some(known) => known.time = known.time.max(time),
            None => drop(recorded.insert(secret, Access { project, name: name.to_owned(), time })),
        }
    }

    pub(super) fn of(&self, secret: Id) -> Option<Timestamp> {
        self.recorded().get(&secret).map(|recorded| recorded.time)
    }

    pub(super) fn all(&self) -> Vec<(Id, Access)> {
        self.recorded().iter().map(|(secret, recorded)| (*secret, recorded.clone())).collect()
    }

    /// Removes those that are stored, unless the value was read again in the meantime.
    pub(super) fn forget(&self, stored_times: &[(Id, Access)]) {
        let mut recorded = self.recorded();
        for (secret, stored) in stored_times {
            if recorded.get(secret).is_some_and(|recorded| recorded.time == stored.time) {
                recorded.remove(secret);
            }
        }
    }

    fn recorded(&self) -> MutexGuard<'_, HashMap<Id, Access>> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
