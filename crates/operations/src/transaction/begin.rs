//! The start of an attempt: a snapshot, and the question whether the request was carried out before.

use std::collections::BTreeMap;

use strongroom_storage::records::RequestRecord;
use strongroom_storage::{Change, Versioned, View};

use super::Transaction;
use crate::{Answer, Call, OperationError, Operations};

impl Operations {
    pub(crate) async fn view(&self) -> Answer<View> {
        self.storage.view().await.map_err(OperationError::internal("reading the store"))
    }

    pub(super) async fn begin<'a>(
        &'a self,
        call: Option<&'a Call>,
        part: u32,
        attempt: usize,
    ) -> Answer<Transaction<'a>> {
        let view = self.view().await?;
        let expired_request = match call {
            Some(call) => self.reject_repeated_request(call, &view).await?,
            None => None,
        };
        Ok(Transaction {
            operations: self,
            call,
            attempt,
            part,
            view,
            change: Change::new(),
            audit: None,
            stored: None,
            removed: BTreeMap::new(),
            keys: Vec::new(),
            expired_request,
            answer: None,
        })
    }

    /// Looks for the first answer to the same request, which another copy of it may have got since the last attempt.
    pub(super) async fn reject_repeated_request(
        &self,
        call: &Call,
        view: &View,
    ) -> Answer<Option<Versioned<RequestRecord>>> {
        if let Some(signed) = call.signature() {
            self.reject_repeated_signature(call, signed, view).await?;
        }
        match call.idempotency_key() {
            Some(key) => self.find_request(call, &key, view).await,
            None => Ok(None),
        }
    }
}
