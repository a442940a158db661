//! The first start: an empty store gets a domain, a project, an administrator and an access key in one commit, together
//! with what proves the root key. On every later start, the proof that the root key is the one this store was made with.

use strongroom_sealing::RootKey;
use strongroom_storage::records::{DomainRecord, ProjectRecord, UserRecord};
use strongroom_storage::{Change, Id, Outcome, Storage, Timestamp};
use zeroize::Zeroizing;

use crate::access::{SECRET_KEY_CHARACTERS, access_key_record};
use crate::errors::InternalError;
use crate::random::{LETTERS_AND_DIGITS, random_id, random_text};
use crate::{password, root_key};

/// What the list of access keys says of the first one.
const FIRST_ACCESS_KEY: &str = "Made at the first start";

/// 32 of 62 characters are 190 bits.
pub(crate) const PASSWORD_CHARACTERS: usize = 32;

/// What the first domain, project and user are called.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    pub domain: &'a str,
    pub project: &'a str,
    pub user: &'a str,
}

/// Everything somebody needs to use the store for the first time. Password and secret key are nowhere else: the store
/// has a hash of the one, and the other sealed.
pub struct Credentials {
    pub domain_id: Id,
    pub domain_name: String,
    pub project_id: Id,
    pub project_name: String,
    pub user_name: String,
    pub password: Zeroizing<String>,
    pub access_key: String,
    pub secret_key: Zeroizing<String>,
}

/// A first start that is prepared. Keep the credentials safe before committing it: what is lost then is lost for ever,
/// while an uncommitted one is simply prepared anew.
pub struct FirstStart {
    pub credentials: Credentials,
    change: Change,
}

/// Prepares an empty store; `None` when it is set up and `root` is its root key. `salt` is what the root key was made
/// with from a passphrase, empty otherwise.
pub async fn first_start(
    storage: &Storage,
    root: &RootKey,
    salt: &[u8],
    names: Names<'_>,
    now: Timestamp,
) -> Result<Option<FirstStart>, InternalError> {
    if let Some(kept) = storage.view().await?.root_key().await? {
        if !root_key::proves(root, &kept.record.check) {
            return Err(InternalError::of(
                "The root key is not the one this store was made with. Give the server the right one.",
            ));
        }
        return Ok(None);
    }
    prepare(storage, root, salt, names, now).await.map(Some)
}

impl FirstStart {
    pub async fn commit(self, storage: &Storage) -> Result<Credentials, InternalError> {
        match storage.commit(self.change).await? {
            Outcome::Committed(_) => Ok(self.credentials),
            Outcome::Conflict => Err(InternalError::of(
                "Another server set this store up at the same moment. Start again with the root key of that one; \
                 the credentials written by this start are of no use.",
            )),
        }
    }
}

async fn prepare(
    storage: &Storage,
    root: &RootKey,
    salt: &[u8],
    names: Names<'_>,
    now: Timestamp,
) -> Result<FirstStart, InternalError> {
    let (domain_id, project_id, user_id) = (random_id()?, random_id()?, random_id()?);
    let password = random_text(LETTERS_AND_DIGITS, PASSWORD_CHARACTERS)?;
    let to_hash = password.clone();
    let user = UserRecord {
        id: user_id.to_stored(),
        name: names.user.to_owned(),
        domain_id: domain_id.to_stored(),
        project_id: project_id.to_stored(),
        password_hash: password::apart(move || password::hash(&to_hash)).await?,
        credentials_epoch: 0,
    };
    let secret_key = random_text(LETTERS_AND_DIGITS, SECRET_KEY_CHARACTERS)?;
    let access_key = access_key_record(root, &user, &secret_key, FIRST_ACCESS_KEY, now)?;

    let mut change = Change::new();
    change.put_root_key(None, &root_key::first(root, salt, storage.record_key())?);
    change.put_domain(&DomainRecord { id: domain_id.to_stored(), name: names.domain.to_owned() })?;
    change.put_project(&ProjectRecord {
        id: project_id.to_stored(),
        name: names.project.to_owned(),
        domain_id: domain_id.to_stored(),
    })?;
    change.put_user(&user)?;
    change.put_access_key(&access_key)?;
    let credentials = Credentials {
        domain_id,
        domain_name: names.domain.to_owned(),
        project_id,
        project_name: names.project.to_owned(),
        user_name: names.user.to_owned(),
        password,
        access_key: access_key.access_key,
        secret_key,
    };
    Ok(FirstStart { credentials, change })
}
