//! One way to harm a server.

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
    pub(super) const fn new(name: &'static str, about: &'static str, run: fn(Attacker) -> Work) -> Self {
        Self { name, about, short: true, setup: DEFAULTS, first_answer: Duration::ZERO, run }
    }

    /// Leaves the attack out of the short form, which has a similar one or too little time.
    pub(super) const fn long(self) -> Self {
        Self { short: false, ..self }
    }

    /// For requests that may take the server a long time.
    pub(super) const fn until_answered(self, seconds: u64) -> Self {
        Self { first_answer: Duration::from_secs(seconds), ..self }
    }

    pub(super) const fn with_tls(self) -> Self {
        Self { setup: Setup { tls: true, ..self.setup }, ..self }
    }

    pub(super) const fn with_open_files(self, files: u64) -> Self {
        Self { setup: Setup { open_files: Some(files), ..self.setup }, ..self }
    }
}

/// Makes the pointer to an asynchronous function that an attack holds.
macro_rules! work {
    ($function:expr) => {
        |attacker| Box::pin($function(attacker))
    };
}
pub(super) use work;
