//! The result of an attack, compared with the bounds.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::normal::Seen;

/// Bound on resident memory with default settings.
pub const MAX_RESIDENT_BYTES: u64 = 3 << 29;

/// Bound on the p99 latency, as a multiple of that on a quiet server.
const MAX_SLOWDOWN: f64 = 3.0;

/// Below these nothing is slow. On two cores a request waits its turn behind the attacker, who has one of them, and behind
/// the server's own work: a few time slices of the kernel that no defence can take away. A quiet request takes a millisecond.
/// A log-in computes for 17 ms and brings a connection of its own.
const REQUEST_LATENCY_FLOOR: Duration = Duration::from_millis(25);
const LOG_IN_LATENCY_FLOOR: Duration = Duration::from_millis(100);

#[derive(Serialize, Clone)]
pub struct Report {
    pub attack: &'static str,
    /// Violated bounds, for people. Empty if the server withstood the attack.
    pub failures: Vec<String>,
    pub memory: Memory,
    pub requests: Compared,
    pub log_ins: Compared,
    /// Errors that the normal client met, and the first of them.
    pub errors: usize,
    pub error: Option<String>,
    /// Answers that the attacker got.
    pub attacker: BTreeMap<String, u64>,
    /// Bytes that the server has written to its log.
    pub logged: usize,
    /// How many of the failures are about time.
    #[serde(skip)]
    slow: usize,
}

/// Resident memory in bytes.
#[derive(Serialize, Clone)]
pub struct Memory {
    pub before: u64,
    pub peak: u64,
    pub after: u64,
    /// The most address space, touched or not.
    pub reserved: u64,
}

/// Times of the normal client beside those on a quiet server.
#[derive(Serialize, Clone)]
pub struct Compared {
    pub quiet: Times,
    pub attacked: Times,
}

/// In milliseconds.
#[derive(Serialize, Clone, Copy, Default)]
pub struct Times {
    pub p50: f64,
    pub p99: f64,
    pub worst: f64,
}

impl Times {
    pub fn of(times: &[Duration]) -> Self {
        let mut sorted = times.to_vec();
        sorted.sort_unstable();
        let at = |share: f64| {
            let rank = (sorted.len() as f64 * share).ceil() as usize;
            sorted.get(rank.saturating_sub(1)).map_or(0.0, |time| time.as_secs_f64() * 1e3)
        };
        Self { p50: at(0.5), p99: at(0.99), worst: at(1.0) }
    }
}

impl Report {
    pub fn new(attack: &'static str, memory: Memory, quiet: &Seen, attacked: &Seen) -> Self {
        let compared = |quiet: &[Duration], attacked: &[Duration]| Compared {
            quiet: Times::of(quiet),
            attacked: Times::of(attacked),
        };
        let mut report = Self {
            attack,
            failures: Vec::new(),
            memory,
            requests: compared(&quiet.requests, &attacked.requests),
            log_ins: compared(&quiet.log_ins, &attacked.log_ins),
            errors: attacked.errors,
            error: attacked.error.clone(),
            attacker: BTreeMap::new(),
            logged: 0,
            slow: 0,
        };
        // Nothing can be compared with that.
        report.failures.extend(quiet.error.as_ref().map(|error| format!("on the quiet server: {error}")));
        report.judge();
        report
    }

    /// True if a busy machine could be to blame.
    pub fn is_only_slow(&self) -> bool {
        self.failures.len() == self.slow
    }

    fn judge(&mut self) {
        if self.memory.peak > MAX_RESIDENT_BYTES {
            let (peak, most) = (self.memory.peak >> 20, MAX_RESIDENT_BYTES >> 20);
            self.failures.push(format!("peak memory is {peak} MiB; at most {most} are allowed"));
        }
        for (what, compared, never) in [
            ("requests", &self.requests, REQUEST_LATENCY_FLOOR),
            ("log-ins", &self.log_ins, LOG_IN_LATENCY_FLOOR),
        ] {
            let most = (compared.quiet.p99 * MAX_SLOWDOWN).max(never.as_secs_f64() * 1e3);
            if compared.attacked.p99 > most {
                let p99 = compared.attacked.p99;
                self.slow += 1;
                self.failures
                    .push(format!("p99 of normal {what} is {p99:.0} ms; at most {most:.0} are allowed"));
            }
        }
    }
}

/// The reports as a table of Markdown.
pub fn print_table(reports: &[Report]) -> String {
    let mut table = String::from(
        "| attack | held off | memory before, peak, after (reserved), MiB | request p50, p99, worst, ms (quiet) | log-in p50, p99, worst, ms (quiet) | errors | log, MB | attacker |\n|---|---|---|---|---|---|---|---|\n",
    );
    for report in reports {
        let held = if report.failures.is_empty() { "yes" } else { "**no**" };
        let memory = [report.memory.before, report.memory.peak, report.memory.after];
        let memory = memory.map(|bytes| (bytes >> 20).to_string()).join(", ");
        let attacker: Vec<_> =
            report.attacker.iter().map(|(what, count)| format!("{what} {count}")).collect();
        table.push_str(&format!(
            "| {} | {held} | {memory} ({}) | {} | {} | {} | {:.1} | {} |\n",
            report.attack,
            report.memory.reserved >> 20,
            report.requests.show(),
            report.log_ins.show(),
            report.errors,
            report.logged as f64 / 1e6,
            attacker.join("; "),
        ));
    }
    table
}

impl Compared {
    fn show(&self) -> String {
        let Times { p50, p99, worst } = self.attacked;
        let quiet = self.quiet;
        format!("{p50:.1}, {p99:.0}, {worst:.0} ({:.1}, {:.0}, {:.0})", quiet.p50, quiet.p99, quiet.worst)
    }
}
