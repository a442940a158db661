//! Reserving quota.

use strongroom_storage::Id;

use super::quota::Reservation;
use crate::{Answer, OperationError, Operations};

impl Operations {
    /// Reserves quota for up to `wanted` new secrets.
    pub(crate) async fn reserve(&self, project: Id, wanted: usize) -> Answer<Reservation> {
        let reserve = async || {
            let reserved = self.counts.reserve(&self.storage, project, wanted, self.limits.secrets).await;
            reserved.map_err(OperationError::internal("counting the secrets of a project"))
        };
        let reservation = reserve().await?;
        if reservation.held() == wanted {
            return Ok(reservation);
        }
        // Secrets past their deletion date are deleted for every caller, so they must not use up quota.
        drop(reservation);
        self.purge().await?;
        reserve().await
    }
}
