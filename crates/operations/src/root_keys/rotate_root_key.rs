//! Replacing the root key by a new one.

use strongroom_access::root_key::is_rotating;
use strongroom_contract::v1::{RotateRootKeyRequest, RotateRootKeyResponse};

use crate::root_keys::RootKeySource;
use crate::{Answer, Call, Operations, Rejection};

impl Operations {
    /// May be given up at any point by whoever waits for it: [`Operations::carry_on_rotation`] does the rest.
    pub async fn rotate_root_key(
        &self,
        call: &Call,
        _: RotateRootKeyRequest,
    ) -> Answer<RotateRootKeyResponse> {
        let RootKeySource::File(file) = &self.root.source else {
            return Err(Rejection::RootKeyGiven.into());
        };
        let seen = self.root_key_record().await?;
        let turn = self.root.turn.lock().await;
        let before = self.root_key_record().await?;
        // Whoever has waited for another rotation wanted that one.
        if before.revision != seen.revision || is_rotating(&before.record) {
            return Err(Rejection::RootKeyRotating.into());
        }
        self.begin_rotation(call, &turn, file.as_ref(), &before).await?;
        self.end_rotation(&turn).await?;
        Ok(RotateRootKeyResponse { root_key: Some(self.described_root_key().await?) })
    }
}
