//! Who calls: a user of one project, by a token or by an access key. Cheap to pass around.

use std::ops::Deref;
use std::sync::Arc;

use strongroom_storage::records::UserRecord;
use strongroom_storage::{Id, StorageError, View};

/// A caller whose credentials were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller(Arc<Identity>);

/// What is known of a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub domain_id: Id,
    pub domain_name: String,
    pub project_id: Id,
    pub project_name: String,
    pub user_id: Id,
    pub user_name: String,
    /// `None` for a caller with a token.
    pub access_key: Option<String>,
    /// The keyed hash that the store knows the caller's token by; `None` for a caller without one.
    pub token: Option<[u8; 32]>,
    /// True for a token of the account, which is good for nothing that belongs to a project.
    pub is_of_domain: bool,
}

/// A project as its users see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    pub id: Id,
    pub name: String,
    pub domain_id: Id,
}

impl Caller {
    pub fn new(identity: Identity) -> Self {
        Self(Arc::new(identity))
    }

    /// The projects the caller can use: its own, unless another name is asked for. An empty name asks for any.
    pub fn projects(&self, name: &str) -> Vec<Project> {
        if !name.is_empty() && name != self.project_name {
            return Vec::new();
        }
        let (id, name, domain_id) = (self.project_id, self.project_name.clone(), self.domain_id);
        vec![Project { id, name, domain_id }]
    }

    pub(crate) fn with_token(&self, hash: [u8; 32], is_of_domain: bool) -> Self {
        Self::new(Identity { token: Some(hash), is_of_domain, ..Identity::clone(self) })
    }

    /// `None` when the project has been removed since the credentials were issued.
    pub(crate) async fn load(
        view: &View,
        user: UserRecord,
        project_id: Id,
        access_key: Option<&str>,
    ) -> Result<Option<Self>, StorageError> {
        let Some(project) = view.project(project_id).await? else { return Ok(None) };
        let domain_id = Id::from_stored(&project.record.domain_id)?;
        let Some(domain) = view.domain(domain_id).await? else { return Ok(None) };
        Ok(Some(Self::new(Identity {
            domain_id,
            domain_name: domain.record.name,
            project_id,
            project_name: project.record.name,
            user_id: Id::from_stored(&user.id)?,
            user_name: user.name,
            access_key: access_key.map(str::to_owned),
            token: None,
            is_of_domain: false,
        })))
    }
}

impl Deref for Caller {
    type Target = Identity;

    fn deref(&self) -> &Identity {
        &self.0
    }
}
