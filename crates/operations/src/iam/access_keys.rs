//! What the calls about access keys share.

use strongroom_contract::v1::{AccessKey, AccessKeyStatus};
use strongroom_storage::records::AccessKeyRecord;
use strongroom_storage::{Id, Timestamp, Versioned, View};

use crate::iam::calendar;
use crate::{Answer, Call, OperationError, Operations, Rejection};

impl Operations {
    /// An access key of the caller. One of another user is not found, like one that does not exist.
    pub(crate) async fn own_access_key(
        &self,
        view: &View,
        call: &Call,
        access_key: &str,
    ) -> Answer<Versioned<AccessKeyRecord>> {
        let found =
            view.access_key(access_key).await.map_err(OperationError::internal("reading an access key"))?;
        let own = found.filter(|kept| kept.record.user_id == call.caller.user_id.as_bytes());
        Ok(own.ok_or_else(|| Rejection::AccessKeyNotFound { access_key: access_key.to_owned() })?)
    }
}

pub(crate) fn described(record: AccessKeyRecord) -> Answer<AccessKey> {
    let user_id =
        Id::from_stored(&record.user_id).map_err(OperationError::internal("reading an access key"))?;
    Ok(AccessKey {
        access: record.access_key,
        status: status(record.inactive).into(),
        create_time: calendar(Timestamp::from_milliseconds(record.create_time)),
        user_id: user_id.to_string(),
        description: record.description,
    })
}

pub(crate) fn status(inactive: bool) -> AccessKeyStatus {
    if inactive { AccessKeyStatus::Inactive } else { AccessKeyStatus::Active }
}
