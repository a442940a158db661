//! An operator says that the clock is right.

use strongroom_contract::v1::{ConfirmClockRequest, ConfirmClockResponse};
use strongroom_storage::{Change, Timestamp};

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
        loop {
            let reading = self.clock.read();
            let shown = Timestamp::from_milliseconds(reading.now);
            if request.time.abs_diff(reading.now) > TOLERANCE.unsigned_abs() {
                return Err(Rejection::OtherTime { shown }.into());
            }
            let seen = self.clock.trust().as_ref().map_or(reading.now, |trust| trust.seen(reading));
            self.end_tokens_expired_by(seen, reading).await?;
            let view = self.view().await?;
            let before = clock_record(&view).await?;
            drop(view);
            let trust = Trust::new(reading);
            let mut change = Change::new();
            change.put_clock(before.as_ref(), &trust.record(reading));
            self.audit(call, &mut change, 0, Vec::new())?;
            if self.commit(call, change).await? {
                *self.clock.trust_mut() = Some(trust);
                return Ok(ConfirmClockResponse { clock: Some(described(trust.status(reading))) });
            }
        }
    }
}
