//! Finds out who calls, by signature, token, password or key pair. What it answers was true at the moment it looked:
//! users, keys and tokens are read from the store each time, or known from before and of the same epoch.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use strongroom_sealing::{FIRST_TERM, RootKey, RootKeys};
use strongroom_storage::records::{AccessKeyRecord, TokenRecord, UserRecord};
use strongroom_storage::{Change, Id, Outcome, Storage, Timestamp, Versioned, View};
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use crate::caller::Caller;
use crate::canonical::Head;
use crate::client_network::ClientNetwork;
use crate::errors::{AccessError, InternalError, Unauthenticated};
use crate::known_callers::KnownCallers;
use crate::password::{Attempt, LogInCounters, Passwords};
use crate::random::{LETTERS_AND_DIGITS, UPPER_CASE_AND_DIGITS, random_text};
use crate::root_key;
use crate::signature::{PendingSignature, SignedHead};
use crate::token::{LIFE_MILLISECONDS, TokenHashes, Validity};

/// As long as those of the documented service.
const ACCESS_KEY_CHARACTERS: usize = 20;
pub(crate) const SECRET_KEY_CHARACTERS: usize = 40;

/// Chosen by us: a purge is made of commits small enough not to hold up the requests between them.
const PURGE_TOKENS: usize = 500;

/// Finds out who calls.
pub struct Access {
    storage: Storage,
    keys: Arc<RootKeys>,
    /// Made when the first token comes: what it takes stands in the store.
    tokens: OnceCell<TokenHashes>,
    passwords: Passwords,
    known: KnownCallers,
}

/// What a token shall be good for.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'a> {
    OwnProject,
    ProjectId(&'a str),
    ProjectName(&'a str),
    DomainId(&'a str),
    DomainName(&'a str),
}

impl Scope<'_> {
    fn is_of_domain(self) -> bool {
        matches!(self, Self::DomainId(_) | Self::DomainName(_))
    }
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
        Self {
            storage,
            keys,
            tokens: OnceCell::new(),
            passwords: Passwords::new(),
            known: KnownCallers::default(),
        }
    }

    /// Judges the head of a signed request, before its body is read.
    pub async fn begin(&self, head: &Head<'_>, now: Timestamp) -> Result<PendingSignature, AccessError> {
        let signed = SignedHead::parse(head, now)?;
        let access_key = signed.authorization.access_key;
        let (caller, secret_key) = self
            .key_pair(access_key)
            .await?
            .ok_or_else(|| Unauthenticated::UnknownAccessKey { access_key: access_key.to_owned() })?;
        Ok(signed.with_key(caller, &secret_key))
    }

    /// Who a token was issued to.
    pub async fn bearer(&self, token: &str, now: Timestamp) -> Result<Caller, AccessError> {
        let hash = self.token_hash(token).await?.ok_or(Unauthenticated::UnknownToken)?;
        let view = self.storage.view().await?;
        let epoch = view.epoch().await?;
        if let Some(caller) = self.known.get(epoch, &hash, now) {
            return Ok(caller);
        }
        let (token, user) = live_token(&view, &hash, now).await?.ok_or(Unauthenticated::UnknownToken)?;
        let project = Id::from_stored(&token.record.project_id)?;
        let caller = Caller::load(&view, user, project, None).await?;
        let caller = caller.ok_or(Unauthenticated::UnknownToken)?;
        let caller = caller.with_token(hash, token.record.of_domain);
        self.known.put(epoch, hash, Validity::of(&token.record), caller.clone());
        Ok(caller)
    }

    /// Who a key pair belongs to, for those who can only send it as it is, over TLS or on the same machine.
    pub async fn basic(&self, access_key: &str, secret_key: &str) -> Result<Caller, AccessError> {
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
    ) -> Result<IssuedToken, AccessError> {
        let view = self.storage.view().await?;
        let found = user_of(&view, domain, user).await?;
        let hash = found.as_ref().map(|user| user.password_hash.clone());
        let attempt = Attempt { network, domain, user, now };
        if !self.passwords.verify(attempt, password, hash).await? {
            return Err(Unauthenticated::WrongPassword.into());
        }
        let user = found.ok_or(Unauthenticated::WrongPassword)?;
        let (project, epoch) = (Id::from_stored(&user.project_id)?, user.credentials_epoch);
        let caller = Caller::load(&view, user, project, None).await?;
        let caller = caller.ok_or(Unauthenticated::WrongPassword)?;
        let expire_time = Timestamp::from_milliseconds(now.milliseconds().saturating_add(LIFE_MILLISECONDS));
        self.issue(caller, scope, epoch, now, expire_time).await
    }

    /// Issues a token for whoever has one, for another scope. It ends when the first would have expired: else a stolen
    /// token could be renewed for ever.
    pub async fn exchange_token(
        &self,
        token: &str,
        scope: Scope<'_>,
        now: Timestamp,
    ) -> Result<IssuedToken, AccessError> {
        let hash = self.token_hash(token).await?.ok_or(Unauthenticated::UnknownToken)?;
        let view = self.storage.view().await?;
        let (token, user) = live_token(&view, &hash, now).await?.ok_or(Unauthenticated::UnknownToken)?;
        let project = Id::from_stored(&token.record.project_id)?;
        let caller = Caller::load(&view, user, project, None).await?.ok_or(Unauthenticated::UnknownToken)?;
        let expire_time = Timestamp::from_milliseconds(token.record.expire_time);
        self.issue(caller, scope, token.record.credentials_epoch, now, expire_time).await
    }

    pub fn log_in_counters(&self) -> LogInCounters {
        self.passwords.counters()
    }

    /// Removes what has expired by now, and says how much that was. Doing it twice, or at two places, does no harm.
    pub async fn remove_expired_tokens(&self, now: Timestamp) -> Result<usize, InternalError> {
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

    /// The hash that the store knows a token by; `None` for a text that cannot be a token.
    pub async fn token_hash(&self, token: &str) -> Result<Option<[u8; 32]>, InternalError> {
        Ok(self.tokens().await?.look_up(token))
    }

    /// The token of this hash, if it counts and belongs to this user.
    pub async fn token_of(
        &self,
        view: &View,
        user: Id,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<Versioned<TokenRecord>>, InternalError> {
        let found = live_token(view, hash, now).await?;
        Ok(found.filter(|(token, _)| token.record.user_id == user.as_bytes()).map(|(token, _)| token))
    }

    /// The hash to store for a new password, or `None` when `original` is not the password of `hash`.
    pub async fn replace_password(
        &self,
        network: ClientNetwork,
        caller: &Caller,
        original: &str,
        hash: String,
        new: &str,
        now: Timestamp,
    ) -> Result<Option<String>, AccessError> {
        let attempt = Attempt { network, domain: &caller.domain_name, user: &caller.user_name, now };
        self.passwords.replace(attempt, original, hash, new).await
    }

    /// A new access key of a user, and its secret key, which is kept nowhere else. `change` conflicts if a rotation of the
    /// root key begins or ends before it is committed.
    pub async fn create_access_key(
        &self,
        view: &View,
        change: &mut Change,
        user: &UserRecord,
        description: &str,
        now: Timestamp,
    ) -> Result<(AccessKeyRecord, Zeroizing<String>), InternalError> {
        let root_key = view.root_key().await?;
        let term = root_key.as_ref().map_or(FIRST_TERM, |kept| kept.record.term);
        let root = self.keys.to_seal(term);
        let root = root.map_err(InternalError::while_doing("The root key for an access key is missing."))?;
        let secret_key = random_text(LETTERS_AND_DIGITS, SECRET_KEY_CHARACTERS)?;
        let record = access_key_record(&root, user, &secret_key, description, now)?;
        change.rely_on_root_key(root_key.as_ref());
        change.put_access_key(&record)?;
        Ok((record, secret_key))
    }

    /// A keyed hash that only servers on this store can make. It stays the same over rotations of the root key.
    pub async fn fingerprint(&self, parts: &[&[u8]]) -> Result<[u8; 32], InternalError> {
        Ok(self.tokens().await?.fingerprint(parts))
    }

    /// Whether these are the bytes of that hash. How long it takes tells nothing of them.
    pub async fn is_fingerprint(&self, given: &[u8], parts: &[&[u8]]) -> Result<bool, InternalError> {
        Ok(verify_slices_are_equal(&self.fingerprint(parts).await?, given).is_ok())
    }

    async fn key_pair(
        &self,
        access_key: &str,
    ) -> Result<Option<(Caller, Zeroizing<Vec<u8>>)>, InternalError> {
        let view = self.storage.view().await?;
        let Some(kept) = view.access_key(access_key).await?.filter(|kept| !kept.record.inactive) else {
            return Ok(None);
        };
        let project = Id::from_stored(&kept.record.project_id)?;
        let Some(user) = view.user(Id::from_stored(&kept.record.user_id)?).await? else { return Ok(None) };
        let Some(caller) = Caller::load(&view, user.record, project, Some(access_key)).await? else {
            return Ok(None);
        };
        let secret_key = self.secret_key(kept).await?;
        Ok(Some((caller, secret_key)))
    }

    async fn secret_key(
        &self,
        mut kept: Versioned<AccessKeyRecord>,
    ) -> Result<Zeroizing<Vec<u8>>, InternalError> {
        loop {
            let (context, sealed) = (kept.record.access_key.as_bytes(), &kept.record.sealed_secret_key);
            let rejected = match self.keys.open_small(root_key::SECRET_KEY_PURPOSE, context, sealed) {
                Ok(opened) => return Ok(opened),
                Err(rejected) => rejected,
            };
            // What was read before a rotation of the root key ended is sealed anew by now.
            let now = self.storage.view().await?.access_key(&kept.record.access_key).await?;
            match now.filter(|now| now.revision != kept.revision) {
                Some(now) => kept = now,
                None => {
                    let doing = "The secret key of an access key could not be opened.";
                    return Err(InternalError::while_doing(doing)(rejected));
                }
            }
        }
    }

    async fn tokens(&self) -> Result<&TokenHashes, InternalError> {
        self.tokens.get_or_try_init(|| async { Ok(TokenHashes::new(&self.token_key().await?)) }).await
    }

    async fn token_key(&self) -> Result<Zeroizing<Vec<u8>>, InternalError> {
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

    /// `epoch` is the user's as the password was read, so that a log-in does not outlive a change of it meanwhile.
    async fn issue(
        &self,
        caller: Caller,
        scope: Scope<'_>,
        epoch: u64,
        now: Timestamp,
        expire_time: Timestamp,
    ) -> Result<IssuedToken, AccessError> {
        if !in_scope(&caller, scope) {
            return Err(Unauthenticated::NoSuchScope.into());
        }
        let of_domain = scope.is_of_domain();
        let (token, hash) = self.tokens().await?.issue()?;
        let mut change = Change::new();
        change.put_token(
            &hash,
            &TokenRecord {
                user_id: caller.user_id.to_stored(),
                project_id: caller.project_id.to_stored(),
                issue_time: now.milliseconds(),
                expire_time: expire_time.milliseconds(),
                credentials_epoch: epoch,
                of_domain,
            },
        );
        self.commit(change, "A token could not be stored.").await?;
        Ok(IssuedToken { token, caller: caller.with_token(hash, of_domain), issue_time: now, expire_time })
    }

    /// For changes that rely on nothing, and so cannot conflict.
    async fn commit(&self, change: Change, doing: &'static str) -> Result<(), InternalError> {
        match self.storage.commit(change).await? {
            Outcome::Committed(_) => Ok(()),
            Outcome::Conflict => Err(InternalError::of(doing)),
        }
    }
}

/// A new access key with this secret key.
pub(crate) fn access_key_record(
    root: &RootKey,
    user: &UserRecord,
    secret_key: &str,
    description: &str,
    now: Timestamp,
) -> Result<AccessKeyRecord, InternalError> {
    let access_key = random_text(UPPER_CASE_AND_DIGITS, ACCESS_KEY_CHARACTERS)?.to_string();
    let sealed = root.seal_small(root_key::SECRET_KEY_PURPOSE, access_key.as_bytes(), secret_key.as_bytes());
    Ok(AccessKeyRecord {
        user_id: user.id.clone(),
        project_id: user.project_id.clone(),
        sealed_secret_key: sealed.map_err(InternalError::while_doing("A secret key could not be sealed."))?,
        create_time: now.milliseconds(),
        description: description.to_owned(),
        inactive: false,
        access_key,
    })
}

/// A token that has neither expired nor ended with the other tokens of its user, and that user.
async fn live_token(
    view: &View,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<(Versioned<TokenRecord>, UserRecord)>, InternalError> {
    let Some(token) = view.token(hash).await? else { return Ok(None) };
    if !Validity::of(&token.record).includes(now) {
        return Ok(None);
    }
    let user = view.user(Id::from_stored(&token.record.user_id)?).await?.map(|kept| kept.record);
    let user = user.filter(|user| user.credentials_epoch == token.record.credentials_epoch);
    Ok(user.map(|user| (token, user)))
}

async fn user_of(view: &View, domain: &str, user: &str) -> Result<Option<UserRecord>, InternalError> {
    let Some(domain) = view.domain_by_name(domain).await? else { return Ok(None) };
    let domain = Id::from_stored(&domain.record.id)?;
    Ok(view.user_by_name(domain, user).await?.map(|kept| kept.record))
}

fn in_scope(caller: &Caller, scope: Scope<'_>) -> bool {
    match scope {
        Scope::OwnProject => true,
        Scope::ProjectId(id) => Id::parse(id) == Some(caller.project_id),
        Scope::ProjectName(name) => name == caller.project_name,
        Scope::DomainId(id) => Id::parse(id) == Some(caller.domain_id),
        Scope::DomainName(name) => name == caller.domain_name,
    }
}
