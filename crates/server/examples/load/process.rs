//! The server as a process of its own, and what the system says of it.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub struct Process {
    child: Child,
    pub folder: Arc<TempDir>,
    pub endpoint: String,
    pub ready_after: Duration,
}

impl Process {
    pub fn start() -> Self {
        Self::on(Arc::new(tempfile::tempdir_in(target()).unwrap()))
    }

    /// Stops this one, and starts another on its folder.
    pub fn again(mut self) -> Self {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        Self::on(self.folder.clone())
    }

    fn on(folder: Arc<TempDir>) -> Self {
        let started = Instant::now();
        let mut child = Command::new(target().join("strongroom"))
            // A long run stores more than one project usually may.
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--log",
                "error",
                "--max-secrets",
                "1000000",
                // Whoever is not root may look at a process only then.
                "--allow-core-dumps",
                "--data-dir",
            ])
            .arg(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("build the binary first: cargo build --release -p strongroom-cli");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready_after = started.elapsed();
        let endpoint = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Self { child, folder, endpoint, ready_after }
    }

    /// Resident memory in MB.
    pub fn memory(&self) -> f64 {
        self.status("VmRSS:")
    }

    /// The most it has been since it was last forgotten, in MB.
    pub fn peak(&self) -> f64 {
        self.status("VmHWM:")
    }

    pub fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").unwrap();
    }

    fn status(&self, name: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1_024.0
    }

    /// Processor time used so far by the threads there are, system calls included.
    pub fn cpu(&self) -> Duration {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).unwrap();
        let used = |thread: std::io::Result<std::fs::DirEntry>| -> u64 {
            let running = std::fs::read_to_string(thread.unwrap().path().join("schedstat")).unwrap();
            running.split_whitespace().next().unwrap().parse().unwrap()
        };
        Duration::from_nanos(threads.map(used).sum())
    }

    /// Size of the store in MB.
    pub fn disk(&self) -> f64 {
        std::fs::metadata(self.folder.path().join("strongroom.redb")).unwrap().len() as f64 / 1e6
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where cargo has put this program and the server: the same disk, so that flushes are real.
fn target() -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned()
}
