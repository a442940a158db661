//! What every change takes beside what it is about: a pending transaction first, exactly what was shown, and nothing twice.
//!
//! Implemented for each request, and each answer, that has the fields.

/// The fields `dry_run`, `dry_run_token` and `request_id` of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Safeguards {
    pub dry_run: bool,
    pub dry_run_token: String,
    pub request_id: String,
}

/// A request that changes something.
pub trait Change: prost::Message {
    /// Leaves the request as it would be without them.
    fn take_safeguards(&mut self) -> Safeguards;

    fn give_safeguards(&mut self, safeguards: Safeguards);

    /// Leaves out the project, which may be named or not.
    fn clear_project(&mut self);
}

/// The answer to one.
pub trait Changed: prost::Message + Default {
    fn set_dry_run_token(&mut self, token: String);

    /// What becomes of each entry, as far as it must not be another by the time that it is done.
    fn outcome(&self) -> Vec<u8>;
}

pub(crate) fn outcome(outcomes: &[crate::v1::Outcome]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(outcomes.len() * 8);
    for outcome in outcomes {
        bytes.extend_from_slice(&outcome.action.to_be_bytes());
        bytes.extend_from_slice(outcome.reason.as_bytes());
        bytes.push(0);
    }
    bytes
}
