//! Showing the clock of the server.

use strongroom_contract::v1::{ShowClockRequest, ShowClockResponse};

use super::described;
use crate::{Answer, Call, Operations};

impl Operations {
    pub async fn show_clock(&self, _: &Call, _: ShowClockRequest) -> Answer<ShowClockResponse> {
        self.know_clock().await?;
        Ok(ShowClockResponse { clock: self.clock_status().map(described) })
    }
}
