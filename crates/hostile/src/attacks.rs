//! The attacks, by what they abuse.

mod counts;
mod deaf;
mod frames;
mod lengths;
mod log_ins;
mod requests;
mod slow;
mod token_holder;

use std::pin::Pin;
use std::time::Duration;

use crate::attacker::Attacker;
use crate::server::{DEFAULTS, Setup};

pub(crate) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One attack. `run` continues until it is dropped.
pub struct Attack {
    pub name: &'static str,
    /// What it sends, and what it tries to exhaust.
    pub about: &'static str,
    /// Whether it is part of the short form, which runs with the tests.
    pub short: bool,
    pub(crate) setup: Setup,
    /// How long the server may take for its first answer before the attack ends without one.
    pub(crate) first_answer: Duration,
    pub(crate) run: fn(Attacker) -> Work,
}

impl Attack {
    /// An attack of both forms.
    const fn new(name: &'static str, about: &'static str, run: fn(Attacker) -> Work) -> Self {
        Self { name, about, short: true, setup: DEFAULTS, first_answer: Duration::ZERO, run }
    }

    /// Leaves the attack out of the short form, which has a similar one or too little time.
    const fn long(self) -> Self {
        Self { short: false, ..self }
    }

    /// For requests that may take the server a long time.
    const fn until_answered(self, seconds: u64) -> Self {
        Self { first_answer: Duration::from_secs(seconds), ..self }
    }

    const fn with_tls(self) -> Self {
        Self { setup: Setup { tls: true, ..self.setup }, ..self }
    }

    const fn with_open_files(self, files: u64) -> Self {
        Self { setup: Setup { open_files: Some(files), ..self.setup }, ..self }
    }
}

/// Makes the pointer to an asynchronous function that an attack holds.
macro_rules! work {
    ($function:expr) => {
        |attacker| Box::pin($function(attacker))
    };
}
use work;

/// Attacks by what they abuse.
#[derive(Clone, Copy)]
pub enum Group {
    Frames,
    Slow,
    Requests,
    Lengths,
    Counts,
    Deaf,
    LogIns,
    TokenHolder,
}

const GROUPS: [Group; 8] = [
    Group::Frames,
    Group::Slow,
    Group::Requests,
    Group::Lengths,
    Group::Counts,
    Group::Deaf,
    Group::LogIns,
    Group::TokenHolder,
];

pub fn in_group(group: Group) -> impl Iterator<Item = &'static Attack> {
    match group {
        Group::Frames => frames::ATTACKS,
        Group::Slow => slow::ATTACKS,
        Group::Requests => requests::ATTACKS,
        Group::Lengths => lengths::ATTACKS,
        Group::Counts => counts::ATTACKS,
        Group::Deaf => deaf::ATTACKS,
        Group::LogIns => log_ins::ATTACKS,
        Group::TokenHolder => token_holder::ATTACKS,
    }
    .iter()
}

/// Every attack, in the order they run.
pub fn all() -> impl Iterator<Item = &'static Attack> {
    GROUPS.into_iter().flat_map(in_group)
}
