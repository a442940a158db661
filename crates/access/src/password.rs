//! Passwords as argon2id hashes. Hashing is slow on purpose, so it runs beside the request threads and only twice at a
//! time; a user that does not exist costs what a wrong password costs.

use std::sync::atomic::{AtomicU64, Ordering};

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use strongroom_storage::Timestamp;
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use crate::ClientNetwork;
use crate::errors::{AccessError, InternalError};
use crate::failed_log_ins::{Account, FailedLogIns};
use crate::log_in_queue::{LogInQueue, QueueLimits};
use crate::random::random_bytes;

/// Of the settings OWASP names as equally strong the one with the least memory: an idle server keeps what one hash took.
const MEMORY_KIB: u32 = 7 * 1_024;
const PASSES: u32 = 5;
const ARGON2_LANES: u32 = 1;

/// Each hash holds a core for about 17 ms and 7 MiB: two keep logging in from crowding out everything else. One network may
/// have 64 waiting, half a second of hashing; 1,024 in all are bounded by what their requests take, 64 KiB each.
const QUEUE: QueueLimits = QueueLimits { running: 2, waiting_of_network: 64, waiting: 1_024 };

/// Seconds after which a caller may try again that the queue had no room for: by then it is empty, unless others came.
const QUEUE_RETRY_SECONDS: u64 = 2;

/// Has the parameters of a real hash and fits no password: nobody knows an input that hashes to zeros.
const FITS_NOTHING: &str =
    "$argon2id$v=19$m=7168,t=5,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Checks passwords, a few at a time, in the order of [`LogInQueue`] and within the limits of [`FailedLogIns`].
pub(crate) struct Passwords {
    queue: LogInQueue,
    failed: FailedLogIns,
    rejected_by_queue: AtomicU64,
    rejected_after_failures: AtomicU64,
}

/// Who says that a password is theirs, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt<'a> {
    pub(crate) network: ClientNetwork,
    pub(crate) domain: &'a str,
    pub(crate) user: &'a str,
    pub(crate) now: Timestamp,
}

/// What is counted of log-ins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogInCounters {
    /// Waiting at the moment.
    pub waiting: usize,
    /// Rejected, because too many were waiting.
    pub rejected_by_queue: u64,
    /// Rejected, because too many before had a wrong password.
    pub rejected_after_failures: u64,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self {
            queue: LogInQueue::new(QUEUE),
            failed: FailedLogIns::new(),
            rejected_by_queue: AtomicU64::new(0),
            rejected_after_failures: AtomicU64::new(0),
        }
    }

    /// Whether `password` is the one of `hash`; never for a user without a hash, after the same time.
    pub(crate) async fn verify(
        &self,
        attempt: Attempt<'_>,
        password: &str,
        hash: Option<String>,
    ) -> Result<bool, AccessError> {
        let password = Zeroizing::new(password.to_owned());
        let work = move || Ok(verify(&password, hash.as_deref().unwrap_or(FITS_NOTHING))?.then_some(()));
        Ok(self.in_turn(attempt, work).await?.is_some())
    }

    /// The hash of `new`, or `None` when `original` is not the password of `hash`.
    pub(crate) async fn replace(
        &self,
        attempt: Attempt<'_>,
        original: &str,
        hash: String,
        new: &str,
    ) -> Result<Option<String>, AccessError> {
        let (original, new) = (Zeroizing::new(original.to_owned()), Zeroizing::new(new.to_owned()));
        let work = move || match verify(&original, &hash)? {
            true => self::hash(&new).map(Some),
            false => Ok(None),
        };
        self.in_turn(attempt, work).await
    }

    /// Does `work` when it is its turn, and counts as a failure when it comes back with nothing.
    async fn in_turn<T: Send + 'static>(
        &self,
        attempt: Attempt<'_>,
        work: impl FnOnce() -> Result<Option<T>, InternalError> + Send + 'static,
    ) -> Result<Option<T>, AccessError> {
        let account = self.failed.account(attempt.network, attempt.domain, attempt.user);
        self.check_failures(&account, attempt.now)?;
        let turn = self.queue.turn(attempt.network).await.map_err(|_| {
            self.rejected_by_queue.fetch_add(1, Ordering::Relaxed);
            AccessError::TooManyLogIns { retry_after_seconds: QUEUE_RETRY_SECONDS }
        })?;
        // Others may have failed while this one waited.
        self.check_failures(&account, attempt.now)?;
        let done = apart(move || {
            // Moved in here: a request that is given up does not free its place before the work is done.
            let _turn = turn;
            work()
        })
        .await?;
        match done {
            Some(_) => {
                self.failed.forget(&account);
                self.queue.remember(attempt.network);
            }
            None => self.failed.add(&account, attempt.now),
        }
        Ok(done)
    }

    pub(crate) fn counters(&self) -> LogInCounters {
        LogInCounters {
            waiting: self.queue.waiting(),
            rejected_by_queue: self.rejected_by_queue.load(Ordering::Relaxed),
            rejected_after_failures: self.rejected_after_failures.load(Ordering::Relaxed),
        }
    }

    fn check_failures(&self, account: &Account, now: Timestamp) -> Result<(), AccessError> {
        self.failed.check(account, now).map_err(|milliseconds| {
            self.rejected_after_failures.fetch_add(1, Ordering::Relaxed);
            let retry_after_seconds = u64::try_from(milliseconds).unwrap_or_default().div_ceil(1_000);
            AccessError::TooManyLogIns { retry_after_seconds }
        })
    }
}

/// Does slow work on a thread of its own, which ends with it: a pool's thread would keep its memory for seconds.
pub(crate) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, InternalError> + Send + 'static,
) -> Result<T, InternalError> {
    let (answer, answered) = oneshot::channel();
    std::thread::Builder::new()
        .name("password".to_owned())
        .spawn(move || {
            // Whoever asked may have gone.
            let _ = answer.send(work());
        })
        .map_err(InternalError::while_doing("A password check could not be started."))?;
    answered.await.map_err(InternalError::while_doing("A password check was broken off."))?
}

/// The text to store for a password. It names its parameters, so that stronger ones can follow.
pub(crate) fn hash(password: &str) -> Result<String, InternalError> {
    let salt = random_bytes::<16>()?;
    let params = Params::new(MEMORY_KIB, PASSES, ARGON2_LANES, None)
        .map_err(InternalError::while_doing("The parameters of the password hash are not right."))?;
    let hash: PasswordHash = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(password.as_bytes(), &*salt)
        .map_err(InternalError::while_doing("A password could not be hashed."))?;
    Ok(hash.to_string())
}

fn verify(password: &str, hash: &str) -> Result<bool, InternalError> {
    let hash = PasswordHash::new(hash)
        .map_err(InternalError::while_doing("A stored password hash cannot be read."))?;
    match Argon2::default().verify_password(password.as_bytes(), &hash) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(InternalError::while_doing("A password could not be checked.")(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(user: &str) -> Attempt<'_> {
        let now = Timestamp::from_milliseconds(1_767_225_600_000);
        Attempt { network: ClientNetwork::UNKNOWN, domain: "home", user, now }
    }

    #[tokio::test]
    async fn only_the_password_fits() {
        let passwords = Passwords::new();
        let stored = hash("correct horse").unwrap();
        let verify = |password, hash| passwords.verify(attempt("admin"), password, hash);
        assert!(verify("correct horse", Some(stored.clone())).await.unwrap());
        assert!(!verify("correct Horse", Some(stored)).await.unwrap());
        assert!(!verify("", None).await.unwrap());
        assert!(!verify("correct horse", None).await.unwrap());
        assert!(verify("correct horse", Some("not a hash".to_owned())).await.is_err());
    }

    #[tokio::test]
    async fn after_ten_wrong_passwords_a_user_waits_whether_known_or_not() {
        let passwords = Passwords::new();
        let stored = hash("correct horse").unwrap();
        for hash in [Some(stored.clone()), None] {
            let user = if hash.is_some() { "known" } else { "unknown" };
            for _ in 0..10 {
                assert!(!passwords.verify(attempt(user), "wrong", hash.clone()).await.unwrap());
            }
            let rejected = passwords.verify(attempt(user), "correct horse", hash).await.unwrap_err();
            assert!(matches!(rejected, AccessError::TooManyLogIns { retry_after_seconds: 6 }), "{rejected}");
        }
        assert!(passwords.verify(attempt("other"), "correct horse", Some(stored)).await.unwrap());
        assert_eq!(passwords.counters().rejected_after_failures, 2);
    }

    #[tokio::test]
    async fn a_password_is_replaced_by_whoever_knows_it() {
        let passwords = Passwords::new();
        let stored = hash("correct horse").unwrap();
        let replace = |original, hash| passwords.replace(attempt("admin"), original, hash, "battery staple");
        assert_eq!(replace("correct Horse", stored.clone()).await.unwrap(), None);
        let new = replace("correct horse", stored).await.unwrap();
        assert!(passwords.verify(attempt("admin"), "battery staple", new.clone()).await.unwrap());
        assert!(!passwords.verify(attempt("admin"), "correct horse", new).await.unwrap());
    }

    #[test]
    fn an_unknown_user_costs_what_a_known_one_costs() {
        let real = hash("correct horse").unwrap();
        let (real, dummy) = (PasswordHash::new(&real).unwrap(), PasswordHash::new(FITS_NOTHING).unwrap());
        assert_eq!(
            (real.algorithm, real.version, real.params),
            (dummy.algorithm, dummy.version, dummy.params)
        );
        assert_eq!(real.hash.unwrap().as_bytes().len(), dummy.hash.unwrap().as_bytes().len());
    }
}
