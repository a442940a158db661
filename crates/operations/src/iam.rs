//! Identity: tokens, passwords and access keys of users.

mod access_keys;
mod change_password;
mod create_access_key;
mod create_token;
mod delete_access_key;
mod list_access_keys;
mod list_auth_domains;
mod list_projects;
mod revoke_token;
mod show_access_key;
mod update_access_key;

use strongroom_access::Caller;
use strongroom_storage::records::{AuditLine, UserRecord};
use strongroom_storage::{Id, Timestamp, Versioned, View};

use crate::transaction::DONE;
use crate::{Answer, OperationError, Operations, Rejection};

impl Operations {
    /// The user who calls. A request may name it or leave it out; another one is rejected.
    pub(crate) async fn own_user(
        &self,
        view: &View,
        caller: &Caller,
        requested: &str,
    ) -> Answer<Versioned<UserRecord>> {
        if !requested.is_empty() && Id::parse(requested) != Some(caller.user_id) {
            return Err(Rejection::OtherUser.into());
        }
        let user = view.user(caller.user_id).await.map_err(OperationError::internal("reading a user"))?;
        // Removed while the request was on its way.
        Ok(user.ok_or(Rejection::OtherUser)?)
    }
}

/// The line of an audit record about a user, or about one of the user's access keys.
fn audit_line(user: Id, access_key: &str) -> AuditLine {
    AuditLine {
        outcome: DONE.to_owned(),
        user_id: user.to_stored(),
        access_key: access_key.to_owned(),
        ..AuditLine::default()
    }
}

/// UTC with six fractional digits, as identity services write it.
fn calendar(moment: Timestamp) -> String {
    let form = time::macros::format_description!(
        "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z"
    );
    let moment =
        time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(moment.milliseconds()) * 1_000_000);
    moment.ok().and_then(|moment| moment.format(form).ok()).unwrap_or_default()
}
