//! Showing what may be known of the root key.

use std::sync::atomic::Ordering;

use strongroom_access::root_key::is_rotating;
use strongroom_contract::v1::{self, RootKeyState, ShowRootKeyRequest, ShowRootKeyResponse};

use crate::describe::count;
use crate::root_keys::rotation::Waiting;
use crate::{Answer, Call, OperationError, Operations};

impl Operations {
    pub async fn show_root_key(&self, _: &Call, _: ShowRootKeyRequest) -> Answer<ShowRootKeyResponse> {
        Ok(ShowRootKeyResponse { root_key: Some(self.described_root_key().await?) })
    }

    pub(crate) async fn described_root_key(&self) -> Answer<v1::RootKey> {
        let view = self.view().await?;
        let kept =
            view.root_key().await.map_err(OperationError::internal("reading the root key's record"))?;
        let record = kept.map(|kept| kept.record).unwrap_or_default();
        let waiting = Waiting::read(&view, &record).await?.len();
        let state = if is_rotating(&record) { RootKeyState::Rotating } else { RootKeyState::Whole };
        Ok(v1::RootKey {
            term: record.term,
            source: self.root.source.described().into(),
            state: state.into(),
            waiting_keys: count(waiting),
            damaged_keys: count(self.root.damaged.load(Ordering::Relaxed)),
        })
    }
}
