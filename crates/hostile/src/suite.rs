//! Runs attacks one after the other, each against a server that was started for it, with a normal client beside it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::attacker::Attacker;
use crate::attacks::Attack;
use crate::normal::{self, Seen, Working, Written};
use crate::report::{Memory, Report};
use crate::server::{Folder, Server};

/// A store, and how long things take.
pub struct Suite {
    binary: PathBuf,
    folder: Folder,
    written: Written,
    /// How long the quiet server is measured, how long each attack lasts, and how long the server has to settle.
    quiet: Duration,
    attack: Duration,
    settle: Duration,
    /// What the client saw on quiet servers so far.
    seen_quiet: Seen,
    seen_quiet_tls: Seen,
}

impl Suite {
    /// Starts the server once and fills its store, which lies in `parent`.
    pub fn new(binary: &Path, parent: &Path, attack: Duration, settle: Duration) -> Result<Self, String> {
        allow_open_files();
        let folder = Folder::new(parent);
        let server = Server::start(binary, &folder, crate::server::DEFAULTS)?;
        normal::store(&server.target)?;
        Ok(Self {
            binary: binary.to_owned(),
            folder,
            written: Written::default(),
            quiet: Duration::from_secs(2),
            attack,
            settle,
            seen_quiet: Seen::default(),
            seen_quiet_tls: Seen::default(),
        })
    }

    /// One attack, from the start of a server to the proof that nothing was lost.
    pub fn run(&mut self, attack: &Attack) -> Result<Report, String> {
        let logged = self.folder.log().len();
        let mut server = Server::start(&self.binary, &self.folder, attack.setup)?;
        let working = Working::start(&server.target, &self.written);
        std::thread::sleep(self.quiet);
        let quiet = if attack.setup.tls { &mut self.seen_quiet_tls } else { &mut self.seen_quiet };
        quiet.add(working.finish());

        let before = server.memory();
        server.peak();
        let working = Working::start(&server.target, &self.written);
        let attacker = Attacker::new(server.target.clone());
        let attacked = std::thread::scope(|scope| {
            let attacking = scope.spawn(|| attack_for(self.attack, (attack.run)(attacker.clone())));
            attacking.join().unwrap();
            working.finish()
        });
        std::thread::sleep(self.settle);
        let memory = Memory { before, peak: server.peak(), after: server.memory() };

        let mut report = Report::new(attack.name, memory, quiet, &attacked);
        report.attacker = attacker.tally.counts();
        if let Some(ending) = server.ended() {
            report.failures.insert(0, format!("the server is gone: {ending}"));
        } else if let Some(lost) = normal::lost(&server.target, &self.written) {
            report.failures.push(format!("after the attack: {lost}"));
        }
        server.kill();
        let server = Server::start(&self.binary, &self.folder, crate::server::DEFAULTS)?;
        report.failures.extend(
            normal::lost(&server.target, &self.written).map(|lost| format!("after a restart: {lost}")),
        );
        let log = self.folder.log();
        let panic = log[logged..].lines().find(|line| line.contains("panicked"));
        report.failures.extend(panic.map(|line| format!("a panic: {line}")));
        Ok(report)
    }
}

/// Runs an attack in this thread, which gives way to the server: attackers on other machines take none of its cores. What the
/// attacker holds is let go of in the end.
fn attack_for(time: Duration, work: crate::attacks::Work) {
    const NICE: i32 = 5;
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _ = runtime.block_on(async { tokio::time::timeout(time, work).await });
}

/// An attacker holds thousands of connections: as many as this process may have.
fn allow_open_files() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}
