#![doc = include_str!("../README.md")]

mod backups;
mod batches;
mod change;
mod checker;
mod clock;
mod code;
mod counts;
mod describe;
mod iam;
mod ids;
mod integrity;
mod keys;
mod last_access;
mod life_cycle;
mod limits;
mod names;
mod passwords;
mod purge;
mod rejection;
mod replay;
mod root_keys;
mod safeguards;
mod search;
mod secrets;
mod stages;
mod store_failure;
mod streams;
mod strength;
mod tags;
mod versions;

use std::sync::Arc;

use strongroom_access::{Access, Caller, ClientNetwork};
use strongroom_storage::{Id, Storage, Timestamp};
use strongroom_validation::limits as defaults;
use tokio::sync::Semaphore;

pub use clock::{Clock, ClockEvent, ClockStatus, Uptime};
pub use code::Code;
pub use ids::ordered_id;
pub use integrity::{ScrubStatus, ScrubStep};
pub use rejection::{Answer, OperationError, Rejection, chain};
pub use replay::SignedRequest;
pub use root_keys::{DamagedKey, Root, RootKeyFile, RootKeySource, Round};
pub use safeguards::{PendingTransaction, Work};
pub use store_failure::StoreFailure;
pub use streams::{Answers, Charge, Piece};

/// What an operator may set. The defaults and their origins stand in `strongroom_validation::limits`.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Most entries in one import.
    pub import_entries: usize,
    /// Most entries in one stream.
    pub stream_entries: usize,
    /// Most secrets that a selection other than by names may have, and most outcomes that undoing a batch tells at once.
    /// Only tests set it.
    pub selected_secrets: usize,
    /// Most secrets in a project.
    pub secrets: usize,
    /// Most versions of a secret.
    pub versions: usize,
    /// Most stages of a secret, the built-in ones included.
    pub stages: usize,
    /// Most tags of a secret.
    pub tags: usize,
    /// Most keys of a project that callers have named.
    pub keys: usize,
    /// Most bytes of a value as it is sent.
    pub value_bytes: usize,
    /// Most bytes of a request, which the transports hold.
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            import_entries: defaults::DEFAULT_IMPORT_ENTRIES,
            stream_entries: defaults::DEFAULT_STREAM_ENTRIES,
            selected_secrets: defaults::MAX_SELECTED_SECRETS,
            secrets: defaults::DEFAULT_SECRETS,
            versions: defaults::DEFAULT_VERSIONS,
            stages: defaults::DEFAULT_STAGES,
            tags: defaults::DEFAULT_TAGS,
            keys: defaults::DEFAULT_KEYS,
            value_bytes: defaults::DEFAULT_VALUE_BYTES,
            body_bytes: defaults::DEFAULT_BODY_BYTES,
        }
    }
}

/// One call: who makes it, and what ties its answer, its log lines and its audit line together.
#[derive(Clone)]
pub struct Call {
    pub caller: Caller,
    /// Where it comes from.
    pub network: ClientNetwork,
    pub request_id: [u8; 16],
    /// When it was made: one call sees one moment.
    pub now: Timestamp,
    /// Name of the rpc.
    pub operation: &'static str,
    /// Event that the contract says the audit line names.
    pub event: &'static str,
    /// Present when what it commits is to be kept back.
    pub pending: Option<Arc<PendingTransaction>>,
    /// Present for a signed change, so that it is carried out once however often it is sent.
    pub signed: Option<Arc<SignedRequest>>,
}

/// Everything the product does. Each rpc of the contract is a method here.
pub struct Operations {
    storage: Storage,
    access: Arc<Access>,
    keys: keys::Keys,
    root: Root,
    clock: Arc<clock::WatchedClock>,
    limits: Limits,
    counts: Arc<counts::Counts>,
    replays: replay::Replays,
    uses: last_access::LastAccessTimes,
    scrub: integrity::Scrub,
    /// Who holds it may judge how easily a text is guessed.
    judging: Arc<Semaphore>,
    /// Who holds it may take in secrets without naming them.
    selecting: Arc<Semaphore>,
}

impl Operations {
    pub fn new(
        storage: Storage,
        access: Arc<Access>,
        root: Root,
        clock: Arc<dyn Clock>,
        limits: Limits,
    ) -> Self {
        Self {
            keys: keys::Keys::new(root.keys.clone(), storage.clone(), limits.keys),
            root,
            storage,
            access,
            clock: Arc::new(clock::WatchedClock::new(clock)),
            limits,
            counts: Arc::default(),
            replays: replay::Replays::default(),
            uses: last_access::LastAccessTimes::default(),
            scrub: integrity::Scrub::default(),
            judging: Arc::new(Semaphore::new(1)),
            selecting: Arc::new(Semaphore::new(batches::SELECTIONS_AT_ONCE)),
        }
    }

    /// The caller's project. A request may name it or leave it out; another one is rejected.
    fn project(&self, call: &Call, requested: &str) -> Result<Id, Rejection> {
        let own = call.caller.project_id;
        if !requested.is_empty() && requested != own.to_string() {
            return Err(Rejection::OtherProject);
        }
        Ok(own)
    }
}
