//! Finds out who calls, by signature, token, password or key pair. What it answers was true at the moment it looked:
//! users, keys and tokens are read from the store each time.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use strongroom_sealing::{RootKey, RootKeys};
use strongroom_storage::records::{AccessKeyRecord, TokenRecord};
use strongroom_storage::{Change, Id, Kept, Outcome, Storage, Timestamp, View};
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use crate::caller::Caller;
use crate::canonical::Head;
use crate::client_network::ClientNetwork;
use crate::errors::{Failure, Fault, Unauthenticated};
use crate::password::{Attempt, LogInCounters, Passwords};
use crate::root_key;
use crate::signature::{PendingSignature, SignedHead};
use crate::token::{LIFE_MILLISECONDS, TokenHashes};

pub(crate) const SECRET_KEY_PURPOSE: &str = "access-key";

/// Chosen by us: a purge is made of commits small enough not to hold up the requests between them.
const PURGE_TOKENS: usize = 500;

/// How far ahead of now a token may have been issued, in milliseconds. Chosen by us: clocks of replicas, and small
/// corrections of a clock, differ by less than an hour.
const MOST_AHEAD: i64 = 60 * 60 * 1_000;

/// Finds out who calls.
pub struct Access {
    storage: Storage,
    keys: Arc<RootKeys>,
    /// Made when the first token comes: what it takes stands in the store.
    tokens: OnceCell<TokenHashes>,
    passwords: Passwords,
}

/// What a token shall be good for.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'a> {
    OwnProject,
    ProjectId(&'a str),
    ProjectName(&'a str),
}

/// A token and what it says.
pub struct IssuedToken {
    pub token: Zeroizing<String>,
    pub caller: Caller,
    pub issue_time: Timestamp,
    pub expire_time: Timestamp,
}

impl Access {
    pub fn new(storage: Storage, keys: Arc<RootKeys>) -> Self {
        Self { storage, keys, tokens: OnceCell::new(), passwords: Passwords::new() }
    }

    /// Judges the head of a signed request, before its body is read.
    pub async fn begin(&self, head: &Head<'_>, now: Timestamp) -> Result<PendingSignature, Failure> {
        let signed = SignedHead::parse(head, now)?;
        let access_key = signed.authorization.access_key;
        let (caller, secret_key) = self
            .key_pair(access_key)
            .await?
            .ok_or_else(|| Unauthenticated::UnknownAccessKey { access_key: access_key.to_owned() })?;
        Ok(signed.with_key(caller, &secret_key))
    }

    /// Who a token was issued to.
    pub async fn bearer(&self, token: &str, now: Timestamp) -> Result<Caller, Failure> {
        let hash = self.tokens().await?.look_up(token).ok_or(Unauthenticated::UnknownToken)?;
        let view = self.storage.view().await?;
        let record = view.token(&hash).await?.ok_or(Unauthenticated::UnknownToken)?.record;
        // A token from the future was issued while the clock was ahead; it would be valid longer than any other.
        let issued_ahead = record.issue_time.saturating_sub(now.milliseconds()) > MOST_AHEAD;
        if record.expire_time <= now.milliseconds() || issued_ahead {
            return Err(Unauthenticated::UnknownToken.into());
        }
        let (user, project) = (Id::from_stored(&record.user_id)?, Id::from_stored(&record.project_id)?);
        let caller = Caller::load(&view, user, project, None).await?;
        Ok(caller.ok_or(Unauthenticated::UnknownToken)?)
    }

    /// Who a key pair belongs to, for those who can only send it as it is, over TLS or on the same machine.
    pub async fn basic(&self, access_key: &str, secret_key: &str) -> Result<Caller, Failure> {
        let (caller, kept) = self.key_pair(access_key).await?.ok_or(Unauthenticated::WrongSecretKey)?;
        verify_slices_are_equal(&kept, secret_key.as_bytes()).map_err(|_| Unauthenticated::WrongSecretKey)?;
        Ok(caller)
    }

    /// Issues a token for a user who knows the password.
    pub async fn log_in(
        &self,
        network: ClientNetwork,
        domain: &str,
        user: &str,
        password: &str,
        scope: Scope<'_>,
        now: Timestamp,
    ) -> Result<IssuedToken, Failure> {
        let view = self.storage.view().await?;
        let found = user_of(&view, domain, user).await?;
        let hash = found.as_ref().map(|user| user.password_hash.clone());
        let attempt = Attempt { network, domain, user, now };
        if !self.passwords.verify(attempt, password, hash).await? {
            return Err(Unauthenticated::WrongPassword.into());
        }
        let user = found.ok_or(Unauthenticated::WrongPassword)?;
        let (user, project) = (Id::from_stored(&user.id)?, Id::from_stored(&user.project_id)?);
        let caller = Caller::load(&view, user, project, None).await?.ok_or(Unauthenticated::WrongPassword)?;
        if !in_scope(&caller, scope) {
            return Err(Unauthenticated::NoSuchProject.into());
        }
        self.issue(caller, now).await
    }

    pub fn log_in_counters(&self) -> LogInCounters {
        self.passwords.counters()
    }

    /// Removes what has expired by now, and says how much that was. Doing it twice, or at two places, does no harm.
    pub async fn remove_expired_tokens(&self, now: Timestamp) -> Result<usize, Fault> {
        // A token is two operations: the record and its entry by time.
        let at_once = PURGE_TOKENS.min(self.storage.limits().operations / 2).max(1);
        let mut removed = 0;
        loop {
            let expired = self.storage.view().await?.expired_tokens(now, at_once).await?;
            if expired.is_empty() {
                return Ok(removed);
            }
            let mut change = Change::new();
            for (hash, token) in &expired {
                change.remove_token(hash, token);
            }
            self.commit(change, "Expired tokens could not be removed.").await?;
            removed += expired.len();
        }
    }

    /// A keyed hash that only servers on this store can make. It stays the same over rotations of the root key.
    pub async fn fingerprint(&self, parts: &[&[u8]]) -> Result<[u8; 32], Fault> {
        Ok(self.tokens().await?.fingerprint(parts))
    }

    /// Whether these are the bytes of that hash. How long it takes tells nothing of them.
    pub async fn is_fingerprint(&self, given: &[u8], parts: &[&[u8]]) -> Result<bool, Fault> {
        Ok(verify_slices_are_equal(&self.fingerprint(parts).await?, given).is_ok())
    }

    async fn key_pair(&self, access_key: &str) -> Result<Option<(Caller, Zeroizing<Vec<u8>>)>, Fault> {
        let view = self.storage.view().await?;
        let Some(kept) = view.access_key(access_key).await? else { return Ok(None) };
        let (user, project) =
            (Id::from_stored(&kept.record.user_id)?, Id::from_stored(&kept.record.project_id)?);
        let Some(caller) = Caller::load(&view, user, project, Some(access_key)).await? else {
            return Ok(None);
        };
        let secret_key = self.secret_key(kept).await?;
        Ok(Some((caller, secret_key)))
    }

    async fn secret_key(&self, mut kept: Kept<AccessKeyRecord>) -> Result<Zeroizing<Vec<u8>>, Fault> {
        loop {
            let (context, sealed) = (kept.record.access_key.as_bytes(), &kept.record.sealed_secret_key);
            let refused = match self.keys.open_small(SECRET_KEY_PURPOSE, context, sealed) {
                Ok(opened) => return Ok(opened),
                Err(refused) => refused,
            };
            // What was read before a rotation of the root key ended is sealed anew by now.
            let now = self.storage.view().await?.access_key(&kept.record.access_key).await?;
            match now.filter(|now| now.revision != kept.revision) {
                Some(now) => kept = now,
                None => {
                    let doing = "The secret key of an access key could not be opened.";
                    return Err(Fault::while_doing(doing)(refused));
                }
            }
        }
    }

    async fn tokens(&self) -> Result<&TokenHashes, Fault> {
        self.tokens.get_or_try_init(|| async { Ok(TokenHashes::new(&self.token_key().await?)) }).await
    }

    async fn token_key(&self) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let mut read = self.storage.view().await?.root_key().await?;
        loop {
            let opened = root_key::token_key(read.as_ref().map(|kept| &kept.record), &self.keys);
            // A rotation of the root key may have ended since it was read.
            let now = self.storage.view().await?.root_key().await?;
            let moved = now.as_ref().map(|kept| kept.revision) != read.as_ref().map(|kept| kept.revision);
            if opened.is_ok() || !moved {
                return opened;
            }
            read = now;
        }
    }

    async fn issue(&self, caller: Caller, now: Timestamp) -> Result<IssuedToken, Failure> {
        let (token, hash) = self.tokens().await?.issue()?;
        let expire_time = Timestamp::from_milliseconds(now.milliseconds().saturating_add(LIFE_MILLISECONDS));
        let mut change = Change::new();
        change.put_token(
            &hash,
            &TokenRecord {
                user_id: caller.user_id.to_stored(),
                project_id: caller.project_id.to_stored(),
                issue_time: now.milliseconds(),
                expire_time: expire_time.milliseconds(),
            },
        );
        self.commit(change, "A token could not be stored.").await?;
        Ok(IssuedToken { token, caller, issue_time: now, expire_time })
    }

    /// For changes that rely on nothing, and so cannot conflict.
    async fn commit(&self, change: Change, doing: &'static str) -> Result<(), Fault> {
        match self.storage.commit(change).await? {
            Outcome::Committed(_) => Ok(()),
            Outcome::Conflict => Err(Fault::of(doing)),
        }
    }
}

pub(crate) fn seal_secret_key(
    root: &RootKey,
    access_key: &str,
    secret_key: &str,
) -> Result<Vec<u8>, strongroom_sealing::Fault> {
    root.seal_small(SECRET_KEY_PURPOSE, access_key.as_bytes(), secret_key.as_bytes())
}

async fn user_of(
    view: &View,
    domain: &str,
    user: &str,
) -> Result<Option<strongroom_storage::records::UserRecord>, Fault> {
    let Some(domain) = view.domain_by_name(domain).await? else { return Ok(None) };
    let domain = Id::from_stored(&domain.record.id)?;
    Ok(view.user_by_name(domain, user).await?.map(|kept| kept.record))
}

fn in_scope(caller: &Caller, scope: Scope<'_>) -> bool {
    match scope {
        Scope::OwnProject => true,
        Scope::ProjectId(id) => Id::parse(id) == Some(caller.project_id),
        Scope::ProjectName(name) => name == caller.project_name,
    }
}
