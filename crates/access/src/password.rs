//! Passwords as argon2id hashes. Hashing is slow on purpose, so it runs beside the request threads and only twice at a
//! time; a user that does not exist costs what a wrong password costs.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::{Semaphore, oneshot};
use zeroize::Zeroizing;

use crate::errors::Fault;
use crate::random::random_bytes;

/// Of the settings OWASP names as equally strong the one with the least memory: an idle server keeps what one hash took.
const MEMORY_KIB: u32 = 7 * 1_024;
const PASSES: u32 = 5;
const LANES: u32 = 1;

/// Each hash holds a core for about 17 ms and 7 MiB: two keep logging in from crowding out everything else.
const AT_ONCE: usize = 2;

/// Has the parameters of a real hash and fits no password: nobody knows an input that hashes to zeros.
const FITS_NOTHING: &str =
    "$argon2id$v=19$m=7168,t=5,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Checks passwords, a few at a time.
pub(crate) struct Passwords(Arc<Semaphore>);

impl Passwords {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }

    /// Whether `password` is the one of `hash`; never for a user without a hash, after the same time.
    pub(crate) async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool, Fault> {
        let password = Zeroizing::new(password.to_owned());
        self.in_turn(move || verify(&password, hash.as_deref().unwrap_or(FITS_NOTHING))).await
    }

    /// The hash of `new`, or `None` when `original` is not the password of `hash`.
    pub(crate) async fn replace(
        &self,
        original: &str,
        hash: String,
        new: &str,
    ) -> Result<Option<String>, Fault> {
        let (original, new) = (Zeroizing::new(original.to_owned()), Zeroizing::new(new.to_owned()));
        self.in_turn(move || match verify(&original, &hash)? {
            true => self::hash(&new).map(Some),
            false => Ok(None),
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let permit = Arc::clone(&self.0)
            .acquire_owned()
            .await
            .map_err(Fault::while_doing("Password checks have been stopped."))?;
        apart(move || {
            // Moved in here: a request that is given up does not free its place before the work is done.
            let _permit = permit;
            work()
        })
        .await
    }
}

/// Does slow work on a thread of its own, which ends with it: a pool's thread would keep its memory for seconds.
pub(crate) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let (answer, answered) = oneshot::channel();
    std::thread::Builder::new()
        .name("password".to_owned())
        .spawn(move || {
            // Whoever asked may have gone.
            let _ = answer.send(work());
        })
        .map_err(Fault::while_doing("A password check could not be started."))?;
    answered.await.map_err(Fault::while_doing("A password check was broken off."))?
}

/// The text to store for a password. It names its parameters, so that stronger ones can follow.
pub(crate) fn hash(password: &str) -> Result<String, Fault> {
    let salt = random_bytes::<16>()?;
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .map_err(Fault::while_doing("The parameters of the password hash are not right."))?;
    let hash: PasswordHash = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(password.as_bytes(), &*salt)
        .map_err(Fault::while_doing("A password could not be hashed."))?;
    Ok(hash.to_string())
}

fn verify(password: &str, hash: &str) -> Result<bool, Fault> {
    let hash =
        PasswordHash::new(hash).map_err(Fault::while_doing("A stored password hash cannot be read."))?;
    match Argon2::default().verify_password(password.as_bytes(), &hash) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(Fault::while_doing("A password could not be checked.")(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_fits() {
        let passwords = Passwords::new();
        let stored = hash("correct horse").unwrap();
        assert!(passwords.verify("correct horse", Some(stored.clone())).await.unwrap());
        assert!(!passwords.verify("correct Horse", Some(stored)).await.unwrap());
        assert!(!passwords.verify("", None).await.unwrap());
        assert!(!passwords.verify("correct horse", None).await.unwrap());
        assert!(passwords.verify("correct horse", Some("not a hash".to_owned())).await.is_err());
    }

    #[tokio::test]
    async fn a_password_is_replaced_by_whoever_knows_it() {
        let passwords = Passwords::new();
        let stored = hash("correct horse").unwrap();
        assert_eq!(passwords.replace("correct Horse", stored.clone(), "battery staple").await.unwrap(), None);
        let new = passwords.replace("correct horse", stored, "battery staple").await.unwrap();
        assert!(passwords.verify("battery staple", new.clone()).await.unwrap());
        assert!(!passwords.verify("correct horse", new).await.unwrap());
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
