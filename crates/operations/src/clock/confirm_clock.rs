//! An operator says that the clock is right.

use strongroom_contract::v1::{ConfirmClockRequest, ConfirmClockResponse};
use strongroom_storage::Timestamp;

use super::trust::{TOLERANCE, Trust};
use super::{clock_record, described};
use crate::{Answer, Call, Operations, Rejection};

impl Operations {
    pub async fn confirm_clock(
        &self,
        call: &Call,
        request: ConfirmClockRequest,
    ) -> Answer<ConfirmClockResponse> {
        self.know_clock().await?;
        let (trust, reading) = self
            .transact(call, |mut tx| async move {
                let reading = self.clock.read();
                let shown = Timestamp::from_milliseconds(reading.now);
                if request.time.abs_diff(reading.now) > TOLERANCE.unsigned_abs() {
                    return Err(Rejection::OtherTime { shown }.into());
                }
                let seen = self.clock.trust().as_ref().map_or(reading.now, |trust| trust.seen(reading));
                self.end_tokens_expired_by(seen, reading).await?;
                let before = clock_record(tx.view()).await?;
                let trust = Trust::new(reading);
                tx.change().put_clock(before.as_ref(), &trust.record(reading));
                tx.audit([]);
                Ok(tx.done((trust, reading)))
            })
            .await?;
        *self.clock.trust_mut() = Some(trust);
        Ok(ConfirmClockResponse { clock: Some(described(trust.status(reading))) })
    }
}
