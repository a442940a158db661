//! Loading one secret.

use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Id, Versioned, View};

use crate::transaction::SecretRef;
use crate::{Answer, Call, OperationError, Operations, Rejection, lifecycle};

impl Operations {
    /// The secret that a request means, unless it is past its deletion date.
    pub(crate) async fn secret(
        &self,
        view: &View,
        call: &Call,
        target: SecretRef<'_>,
    ) -> Answer<Versioned<SecretRecord>> {
        let problem = match target {
            SecretRef::Name(name) => strongroom_validation::secret_name(name),
            SecretRef::Id(id) => strongroom_validation::secret_id(id),
        };
        if let Some(problem) = problem {
            return Err(Rejection::invalid(problem).into());
        }
        match target {
            SecretRef::Name(name) => self.secret_by_name(view, call, name).await,
            SecretRef::Id(id) => self.secret_by_id(view, call, id).await,
        }
    }

    async fn secret_by_name(&self, view: &View, call: &Call, name: &str) -> Answer<Versioned<SecretRecord>> {
        let found = view.secret(call.project(), name).await;
        let found = found.map_err(OperationError::internal("reading a secret"))?;
        Ok(lifecycle::present(found, name, call.now)?)
    }

    /// A secret of another project is not found, like one that does not exist.
    async fn secret_by_id(&self, view: &View, call: &Call, id: &str) -> Answer<Versioned<SecretRecord>> {
        let not_found = || Rejection::SecretIdNotFound { id: id.to_owned() };
        let id = Id::parse(&id.replace('-', "")).ok_or_else(not_found)?;
        let found = view.secret_by_id(id).await.map_err(OperationError::internal("reading a secret"))?;
        let found = found.filter(|(project, secret)| {
            *project == call.project() && !lifecycle::is_gone(&secret.record, call.now)
        });
        Ok(found.ok_or_else(not_found)?.1)
    }
}
