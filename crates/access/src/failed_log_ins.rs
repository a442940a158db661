//! How many wrong passwords a client may send. A limit holds for one network, or for one user name from one network, and
//! never for a user alone: nobody can lock somebody else out from elsewhere.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use strongroom_storage::Timestamp;

use crate::ClientNetwork;

/// How many failures are let through at once, and how long until one of them is forgotten.
#[derive(Debug, Clone, Copy)]
struct Limit {
    failures: i64,
    forgotten_after_milliseconds: i64,
}

/// For one user name from one network. Chosen by us: more than a person mistypes in a row; 14,400 guesses a day.
const OF_USER: Limit = Limit { failures: 10, forgotten_after_milliseconds: 6_000 };

/// For all user names from one network. Chosen by us: room for an office that sends through one address.
const OF_NETWORK: Limit = Limit { failures: 100, forgotten_after_milliseconds: 1_000 };

/// The table has a fixed size, whoever comes. A key has a cell in each row and is limited when both are full, so that two
/// keys rarely limit each other. Chosen by us: 512 KiB. A failure costs a password hash first, so on a machine that checks
/// 200 passwords a second at most 1 in 12 cells holds a failure, while it takes several in both rows to limit anybody.
const ROWS: usize = 2;
const CELLS: usize = 16_384;

/// Milliseconds until every failure in it is forgotten, and the time from which they count. An array, because a table of
/// zeros then takes no memory before it is written to.
type Cell = [i64; 2];

pub(crate) struct FailedLogIns {
    cells: Mutex<Vec<Cell>>,
    // Keyed at random, so that nobody can choose addresses or names that share a cell with somebody.
    hasher: RandomState,
}

/// A user name from a network. Everything that may be meant as the same name counts as one, known or not.
pub(crate) struct Account {
    of_user: [usize; ROWS],
    of_network: [usize; ROWS],
}

impl FailedLogIns {
    pub(crate) fn new() -> Self {
        Self { cells: Mutex::new(vec![[0, 0]; ROWS * CELLS]), hasher: RandomState::new() }
    }

    pub(crate) fn account(&self, network: ClientNetwork, domain: &str, user: &str) -> Account {
        let folded = |name: &str| name.trim().to_lowercase();
        let user = (network, folded(domain), folded(user));
        Account {
            of_user: std::array::from_fn(|row| self.cell(row, &user)),
            of_network: std::array::from_fn(|row| self.cell(row, &network)),
        }
    }

    /// Fails with the milliseconds to wait when the limit is reached.
    pub(crate) fn check(&self, account: &Account, now: Timestamp) -> Result<(), i64> {
        let (cells, now) = (self.lock(), now.milliseconds());
        let wait = wait(&cells, account.of_user, OF_USER, now).max(wait(
            &cells,
            account.of_network,
            OF_NETWORK,
            now,
        ));
        if wait > 0 { Err(wait) } else { Ok(()) }
    }

    pub(crate) fn add(&self, account: &Account, now: Timestamp) {
        let (mut cells, now) = (self.lock(), now.milliseconds());
        for (places, limit) in [(account.of_user, OF_USER), (account.of_network, OF_NETWORK)] {
            for cell in places {
                if let Some(cell) = cells.get_mut(cell) {
                    *cell = [owed(*cell, now) + limit.forgotten_after_milliseconds, now];
                }
            }
        }
    }

    /// A right password: whoever mistyped it before knows it after all.
    pub(crate) fn forget(&self, account: &Account) {
        let mut cells = self.lock();
        for cell in account.of_user {
            if let Some(cell) = cells.get_mut(cell) {
                *cell = [0, 0];
            }
        }
    }

    fn cell(&self, row: usize, key: &impl std::hash::Hash) -> usize {
        let hash = self.hasher.hash_one((row, key));
        row * CELLS + usize::try_from(hash % CELLS as u64).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Cell>> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clock that goes backwards neither forgets nor adds.
fn owed([owed, since]: Cell, now: i64) -> i64 {
    owed.saturating_sub(now.saturating_sub(since).max(0)).max(0)
}

/// Milliseconds until another failure fits, by the emptiest of the cells.
fn wait(cells: &[Cell], places: [usize; ROWS], limit: Limit, now: i64) -> i64 {
    let room = (limit.failures - 1) * limit.forgotten_after_milliseconds;
    let cells = places.iter().filter_map(|place| cells.get(*place));
    cells.map(|cell| owed(*cell, now) - room).min().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn network(number: u32) -> ClientNetwork {
        ClientNetwork::of(Ipv4Addr::from(number).into())
    }

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(1_767_225_600_000 + milliseconds)
    }

    #[test]
    fn the_eleventh_wrong_password_for_a_user_name_has_to_wait() {
        let failed = FailedLogIns::new();
        let account = failed.account(network(1), "home", "admin");
        for _ in 0..10 {
            assert_eq!(failed.check(&account, at(0)), Ok(()));
            failed.add(&account, at(0));
        }
        assert_eq!(failed.check(&account, at(0)), Err(6_000));
        assert_eq!(failed.check(&account, at(5_999)), Err(1));
        assert_eq!(failed.check(&account, at(6_000)), Ok(()));
        assert_eq!(failed.check(&account, at(-60_000)), Err(6_000), "a clock that goes backwards");
    }

    #[test]
    fn spellings_of_a_name_count_as_one_and_other_names_and_networks_do_not() {
        let failed = FailedLogIns::new();
        for spelling in ["admin", "ADMIN", " Admin", "admin\t", "aDmin"].repeat(2) {
            failed.add(&failed.account(network(1), "home", spelling), at(0));
        }
        let waits = |account: Account| failed.check(&account, at(0)).is_err();
        assert!(waits(failed.account(network(1), "Home", "admin")));
        assert!(!waits(failed.account(network(1), "home", "other")));
        assert!(!waits(failed.account(network(2), "home", "admin")), "nobody is locked out from elsewhere");
    }

    #[test]
    fn a_right_password_forgets_the_wrong_ones_before() {
        let failed = FailedLogIns::new();
        let account = failed.account(network(1), "home", "admin");
        (0..9).for_each(|_| failed.add(&account, at(0)));
        failed.forget(&account);
        (0..9).for_each(|_| failed.add(&account, at(0)));
        assert_eq!(failed.check(&account, at(0)), Ok(()));
    }

    #[test]
    fn a_network_that_tries_many_names_has_to_wait() {
        let failed = FailedLogIns::new();
        for number in 0..100 {
            let account = failed.account(network(1), "home", &format!("user-{number}"));
            assert_eq!(failed.check(&account, at(0)), Ok(()), "{number}");
            failed.add(&account, at(0));
        }
        assert_eq!(failed.check(&failed.account(network(1), "home", "fresh"), at(0)), Err(1_000));
        assert_eq!(failed.check(&failed.account(network(2), "home", "fresh"), at(0)), Ok(()));
    }

    #[test]
    fn a_hundred_thousand_addresses_take_no_more_memory_and_limit_nobody_else() {
        let failed = FailedLogIns::new();
        // As fast as a machine that checks 200 passwords a second.
        for number in 0..100_000_u32 {
            let time = at(i64::from(number) * 5);
            failed.add(&failed.account(network(number), "home", "admin"), time);
        }
        assert_eq!(failed.lock().len(), ROWS * CELLS);
        let now = at(500_000);
        let limited = (0..1_000).filter(|number| {
            failed.check(&failed.account(network(1_000_000 + number), "home", "admin"), now).is_err()
        });
        assert_eq!(limited.count(), 0);
    }
}
