//! A lost administrator gets new credentials, by whoever holds the root key and the store: a new password, a new access
//! key, and no token that still counts.

use std::sync::Arc;

use strongroom_sealing::RootKeys;
use strongroom_storage::records::{AuditLine, AuditRecord, UserRecord};
use strongroom_storage::{Change, Id, Outcome, Storage, Timestamp, Versioned};
use thiserror::Error;

use crate::errors::InternalError;
use crate::first_start::PASSWORD_CHARACTERS;
use crate::random::{LETTERS_AND_DIGITS, random_id, random_text};
use crate::{Access, Credentials, password};

/// What the audit record calls the caller: nobody has logged in.
const LOCAL_OPERATOR: &str = "(local operator)";

/// Whose credentials are replaced, and how far.
#[derive(Debug, Clone, Copy)]
pub struct RecoveryRequest<'a> {
    /// May be left out while there is one user only.
    pub user_name: Option<&'a str>,
    pub revoke_access_keys: bool,
}

/// Why nobody was recovered.
#[derive(Debug, Error)]
pub enum RecoveryError {
    #[error("the store has no user yet. Start the server once: it makes the first one.")]
    NoUser,
    #[error("there is no user `{name}`. The users are: {}.", known.join(", "))]
    UnknownUser { name: String, known: Vec<String> },
    #[error("there are several users: {}. Name one of them.", known.join(", "))]
    SeveralUsers { known: Vec<String> },
    #[error(transparent)]
    InternalError(#[from] InternalError),
}

impl From<strongroom_storage::StorageError> for RecoveryError {
    fn from(source: strongroom_storage::StorageError) -> Self {
        Self::InternalError(source.into())
    }
}

/// A recovery that is prepared. Keep the credentials safe before committing it, as with a first start.
pub struct Recovery {
    pub credentials: Credentials,
    /// Access keys that are revoked with it.
    pub revoked_access_keys: Vec<String>,
    change: Change,
}

/// Prepares new credentials of a user. They go beyond the number of access keys that a user may have: recovering must not
/// depend on which of the others can be given up.
pub async fn recover(
    storage: &Storage,
    keys: &Arc<RootKeys>,
    request: RecoveryRequest<'_>,
    now: Timestamp,
) -> Result<Recovery, RecoveryError> {
    let view = storage.view().await?;
    let user = chosen(view.users().await?, request.user_name)?;
    let (user_id, project_id) =
        (Id::from_stored(&user.record.id)?, Id::from_stored(&user.record.project_id)?);
    let missing = || InternalError::of("The account or the project of the user is missing.");
    let project = view.project(project_id).await?.ok_or_else(missing)?.record;
    let domain = view.domain(Id::from_stored(&project.domain_id)?).await?.ok_or_else(missing)?.record;

    let password = random_text(LETTERS_AND_DIGITS, PASSWORD_CHARACTERS)?;
    let to_hash = password.clone();
    let after = UserRecord {
        password_hash: password::apart(move || password::hash(&to_hash)).await?,
        credentials_epoch: user.record.credentials_epoch.saturating_add(1),
        ..user.record.clone()
    };
    let mut change = Change::new();
    change.update_user(&user, &after)?;
    let mut lines = vec![line(&after, String::new())];

    let mut revoked_access_keys = Vec::new();
    if request.revoke_access_keys {
        for access_key in view.access_keys_of_user(user_id).await? {
            change.remove_access_key(&access_key)?;
            lines.push(line(&after, access_key.record.access_key.clone()));
            revoked_access_keys.push(access_key.record.access_key);
        }
    }
    let access = Access::new(storage.clone(), keys.clone());
    let (access_key, secret_key) =
        access.create_access_key(&view, &mut change, &after, "Made by admin recover", now).await?;
    lines.push(line(&after, access_key.access_key.clone()));
    let record = AuditRecord {
        time: now.milliseconds(),
        request_id: random_id()?.to_stored(),
        caller_name: LOCAL_OPERATOR.to_owned(),
        project_id: project_id.to_string(),
        operation: "AdminRecover".to_owned(),
        event: "recoverAdministrator".to_owned(),
        lines,
        ..AuditRecord::default()
    };
    change.audit(project_id, &record)?;
    let credentials = Credentials {
        domain_id: Id::from_stored(&domain.id)?,
        domain_name: domain.name,
        project_id,
        project_name: project.name,
        user_name: after.name,
        password,
        access_key: access_key.access_key,
        secret_key,
    };
    Ok(Recovery { credentials, revoked_access_keys, change })
}

impl Recovery {
    pub async fn commit(self, storage: &Storage) -> Result<(), InternalError> {
        match storage.commit(self.change).await? {
            Outcome::Committed(_) => Ok(()),
            Outcome::Conflict => Err(InternalError::of(
                "Another process has changed the store in this moment. Try again; the new credentials are of no use.",
            )),
        }
    }
}

fn chosen(
    users: Vec<Versioned<UserRecord>>,
    name: Option<&str>,
) -> Result<Versioned<UserRecord>, RecoveryError> {
    let known: Vec<_> = users.iter().map(|user| user.record.name.clone()).collect();
    let mut fitting = users.into_iter().filter(|user| name.is_none_or(|name| name == user.record.name));
    match (fitting.next(), fitting.next(), name) {
        (Some(user), None, _) => Ok(user),
        (Some(_), Some(_), _) => Err(RecoveryError::SeveralUsers { known }),
        (None, _, Some(name)) if !known.is_empty() => {
            Err(RecoveryError::UnknownUser { name: name.to_owned(), known })
        }
        (None, _, _) => Err(RecoveryError::NoUser),
    }
}

fn line(user: &UserRecord, access_key: String) -> AuditLine {
    AuditLine { outcome: "done".to_owned(), user_id: user.id.clone(), access_key, ..AuditLine::default() }
}
