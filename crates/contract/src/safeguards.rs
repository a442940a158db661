//! What every change takes beside what it is about: a trial first, exactly what was shown, and nothing twice.
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
pub trait Change: prost::Message + Clone {
    /// Leaves the request as it would be without them.
    fn take_safeguards(&mut self) -> Safeguards;
}

/// The answer to one.
pub trait Changed: prost::Message + Default {
    fn set_dry_run_token(&mut self, token: String);
}
