//! Who sent which token lately, so that a request need not read user, project and domain again.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use strongroom_storage::{Revision, Timestamp};

use crate::caller::Caller;
use crate::token::Validity;

/// Callers that are remembered; with more of them all are forgotten and read again. Chosen by us: about 4 MB.
const MOST: usize = 10_000;

#[derive(Default)]
pub(crate) struct KnownCallers(Mutex<Known>);

/// All that is known is of one epoch.
#[derive(Default)]
struct Known {
    epoch: Option<Revision>,
    by_token: HashMap<[u8; 32], (Validity, Caller)>,
}

impl KnownCallers {
    /// Who the token with this hash belongs to, if that is known and the token counts.
    pub(crate) fn get(&self, epoch: Option<Revision>, hash: &[u8; 32], now: Timestamp) -> Option<Caller> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (validity, caller) = known.by_token.get(hash).filter(|_| known.epoch == epoch)?;
        validity.includes(now).then(|| caller.clone())
    }

    /// `epoch` is that of the view in which the caller was found.
    pub(crate) fn put(&self, epoch: Option<Revision>, hash: [u8; 32], validity: Validity, caller: Caller) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.epoch != epoch || known.by_token.len() >= MOST {
            known.by_token.clear();
            known.epoch = epoch;
        }
        known.by_token.insert(hash, (validity, caller));
    }
}

#[cfg(test)]
mod tests {
    use strongroom_storage::Id;
    use strongroom_storage::records::TokenRecord;

    use super::*;
    use crate::caller::Identity;

    const NOW: Timestamp = Timestamp::from_milliseconds(1_000);

    fn caller() -> Caller {
        Caller::new(Identity {
            domain_id: Id::new([1; 16]),
            domain_name: "home".to_owned(),
            project_id: Id::new([2; 16]),
            project_name: "local".to_owned(),
            user_id: Id::new([3; 16]),
            user_name: "admin".to_owned(),
            access_key: None,
            token: None,
            is_of_domain: false,
        })
    }

    fn until(expire_time: i64) -> Validity {
        Validity::of(&TokenRecord { expire_time, ..TokenRecord::default() })
    }

    #[test]
    fn a_caller_is_known_only_in_its_epoch_and_while_its_token_counts() {
        let known = KnownCallers::default();
        known.put(None, [1; 32], until(1_001), caller());
        assert_eq!(known.get(None, &[1; 32], NOW), Some(caller()));
        assert_eq!(known.get(None, &[2; 32], NOW), None);
        assert_eq!(known.get(None, &[1; 32], Timestamp::from_milliseconds(1_001)), None, "expired");

        let next = Some(Revision(7));
        assert_eq!(known.get(next, &[1; 32], NOW), None);
        known.put(next, [2; 32], until(1_001), caller());
        assert_eq!(known.get(next, &[1; 32], NOW), None, "what was known before is forgotten");
        assert_eq!(known.get(next, &[2; 32], NOW), Some(caller()));
    }

    #[test]
    fn a_bounded_number_of_callers_is_known() {
        let known = KnownCallers::default();
        for number in 0..=u64::try_from(MOST).unwrap() {
            let hash = std::array::from_fn(|at| number.to_be_bytes()[at % 8]);
            known.put(None, hash, until(1_001), caller());
        }
        assert_eq!(known.0.lock().unwrap().by_token.len(), 1);
    }
}
