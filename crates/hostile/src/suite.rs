//! Runs attacks one after the other, each against a server of its own and with a normal client next to it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::attacker::Attacker;
use crate::attacks::Attack;
use crate::normal::{self, Seen, Working, Written};
use crate::report::{Memory, Report};
use crate::server::{DEFAULTS, Folder, Server, Setup};
use crate::tally::Tally;

/// Durations of the phases.
pub struct Pace {
    /// The client alone, before the first attack, and before each later one.
    pub first_quiet: Duration,
    pub quiet: Duration,
    pub attack: Duration,
    /// Until the memory is looked at again.
    pub settle: Duration,
}

/// A store, and the server that runs on it.
pub struct Suite {
    binary: PathBuf,
    folder: Folder,
    pace: Pace,
    written: Written,
    /// The server of the next attack, if it has the setup for it.
    server: Option<(Setup, Server)>,
    /// What the client saw on a quiet server last, in clear and over TLS.
    quiet: [Seen; 2],
}

impl Suite {
    /// Starts the server once and fills its store, which lies in `parent`.
    pub fn new(binary: &Path, parent: &Path, pace: Pace) -> Result<Self, String> {
        allow_open_files();
        let folder = Folder::new(parent);
        let server = Server::start(binary, &folder, DEFAULTS)?;
        normal::store(&server.target)?;
        Ok(Self {
            binary: binary.to_owned(),
            folder,
            pace,
            written: Written::default(),
            server: Some((DEFAULTS, server)),
            quiet: Default::default(),
        })
    }

    /// One attack, from the start of a server to the proof that nothing was lost.
    pub fn run(&mut self, attack: &Attack) -> Result<Report, String> {
        let logged = self.folder.log().len();
        let running = self.server.take().filter(|(setup, _)| *setup == attack.setup);
        let mut server = match running {
            Some((_, server)) => server,
            None => Server::start(&self.binary, &self.folder, attack.setup)?,
        };
        let quiet = &mut self.quiet[usize::from(attack.setup.tls)];
        let pause = if quiet.requests.is_empty() { self.pace.first_quiet } else { self.pace.quiet };
        if !pause.is_zero() {
            let working = Working::start(&server.target, &self.written);
            std::thread::sleep(pause);
            *quiet = working.finish();
        }

        let before = server.memory();
        server.peak();
        let working = Working::start(&server.target, &self.written);
        let attacker = Attacker::new(server.target.clone());
        let time = self.pace.attack;
        let attacked = std::thread::scope(|scope| {
            let attacking = scope.spawn(|| attack_for(time, attack, &attacker));
            attacking.join().unwrap();
            working.finish()
        });
        std::thread::sleep(self.pace.settle);
        let (peak, after, reserved) = (server.peak(), server.memory(), server.reserved());
        let memory = Memory { before, peak, after, reserved };

        let mut report = Report::new(attack.name, memory, quiet, &attacked);
        report.attacker = attacker.tally.counts();
        report.failures.extend(attacker.tally.wrong());
        if let Some(ending) = server.ended() {
            report.failures.insert(0, format!("the server is gone: {ending}"));
        } else if let Some(lost) = normal::lost(&server.target, &self.written) {
            report.failures.push(format!("after the attack: {lost}"));
        }
        server.kill();
        let log = self.folder.log();
        report.logged = log.len() - logged;
        let panic = log[logged..].lines().find(|line| line.contains("panicked"));
        report.failures.extend(panic.map(|line| format!("a panic: {line}")));
        let server = Server::start(&self.binary, &self.folder, DEFAULTS)?;
        let lost = normal::lost(&server.target, &self.written);
        report.failures.extend(lost.map(|lost| format!("after a restart: {lost}")));
        self.server = Some((DEFAULTS, server));
        Ok(report)
    }
}

/// Runs an attack in this thread, which gives way to the server: attackers on other machines take none of its cores. What the
/// attacker holds is let go of in the end.
fn attack_for(time: Duration, attack: &Attack, attacker: &Attacker) {
    const ADDED_NICENESS: i32 = 5;
    let thread = Some(rustix::thread::gettid());
    if let Ok(nice) = rustix::process::getpriority_process(thread) {
        let _ = rustix::process::setpriority_process(thread, nice + ADDED_NICENESS);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        tokio::select! {
            () = (attack.run)(attacker.clone()) => {}
            () = end(time, attack.first_answer, &attacker.tally) => {}
        }
    });
}

/// Ends after `time`, or when the first answer has come if that takes longer, but no later than `first_answer`.
async fn end(time: Duration, first_answer: Duration, tally: &Tally) {
    tokio::time::sleep(time).await;
    let answered = async {
        while !tally.is_answered() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let _ = tokio::time::timeout(first_answer.saturating_sub(time), answered).await;
}

/// An attacker holds thousands of connections: as many as this process may have.
fn allow_open_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}
