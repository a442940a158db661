//! Runs the server as a process with default settings, watches it, and kills it before it harms the machine.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use serde_json::Value;
use tempfile::TempDir;

use crate::normal::Client;
use crate::target::Target;

/// Resident memory at which the server is killed, so that an attack cannot take the machine down. Twice the bound.
pub const KILL_AT_RESIDENT_BYTES: u64 = 3 << 30;

/// Address space of the server. Memory that is set aside and not touched is not resident, but a machine that does not
/// overcommit has to have it. An idle server reserves 1.4 GiB, most of it for the allocator.
const ADDRESS_SPACE_KIB: u64 = 6 << 20;

/// Time between two memory samples: at 2 GiB/s the memory grows by 10 MiB in between.
const MEMORY_SAMPLE_INTERVAL: Duration = Duration::from_millis(5);

/// Server settings of an attack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Setup {
    pub tls: bool,
    /// Limit on open files; that of this process when none is given.
    pub open_files: Option<u64>,
}

pub const DEFAULTS: Setup = Setup { tls: false, open_files: None };

/// The folder of a server: its data, its log and its certificate. It outlives the process.
pub struct Folder {
    folder: TempDir,
    certificate: CertificateDer<'static>,
}

impl Folder {
    pub fn new(parent: &Path) -> Self {
        let folder = tempfile::tempdir_in(parent).unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(folder.path().join("certificate.pem"), made.cert.pem()).unwrap();
        write_private(&folder.path().join("key.pem"), &made.signing_key.serialize_pem());
        Self { folder, certificate: made.cert.der().clone() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn client_config(&self) -> rustls::ClientConfig {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth()
    }

    pub fn credentials(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.path("data/credentials.json")).unwrap()).unwrap()
    }

    /// Everything logged so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.path("log")).unwrap()).into_owned()
    }
}

fn write_private(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

pub struct Server {
    child: Child,
    pub target: Arc<Target>,
    memory: Arc<Memory>,
    looking: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Memory {
    now: AtomicU64,
    peak: AtomicU64,
    reserved: AtomicU64,
    killed: AtomicBool,
    stop: AtomicBool,
}

impl Server {
    pub fn start(binary: &Path, folder: &Folder, setup: Setup) -> Result<Self, String> {
        let mut command = Command::new("sh");
        let files = setup.open_files.map_or(String::new(), |files| format!("ulimit -n {files}; "));
        command.args(["-c", &format!("ulimit -v {ADDRESS_SPACE_KIB}; {files}exec \"$0\" \"$@\"")]);
        command.arg(binary).args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder.path("data"));
        if setup.tls {
            command.arg("--tls-certificate").arg(folder.path("certificate.pem"));
            command.arg("--tls-key").arg(folder.path("key.pem"));
        }
        let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.path("log")).unwrap();
        let mut child = command
            .current_dir(folder.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("{} cannot be started: {error}", binary.display()))?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Some(address) = line.trim().rsplit("//").next().and_then(|text| text.parse::<SocketAddr>().ok())
        else {
            let _ = child.wait();
            return Err(format!("the server did not start:\n{}", folder.log()));
        };
        let credentials = folder.credentials();
        let known = |name: &str| credentials[name].as_str().unwrap().to_owned();
        let mut target = Target {
            address,
            token: String::new(),
            project: known("project_id"),
            access_key: known("access_key"),
            user: known("user_name"),
            domain: known("domain_name"),
            password: known("password"),
            tls: setup.tls.then(|| Arc::new(folder.client_config())),
        };
        target.token =
            Client::log_in(&target).map_err(|error| format!("the first log-in failed: {error}"))?;
        let memory = Arc::new(Memory::default());
        let (looked_at, id) = (memory.clone(), child.id());
        let looking = Some(std::thread::spawn(move || looked_at.look(id)));
        Ok(Self { child, target: Arc::new(target), memory, looking })
    }

    /// Resident memory in bytes, as it was seen last.
    pub fn memory(&self) -> u64 {
        self.memory.now.load(Ordering::Relaxed)
    }

    /// The most it was since this was last asked.
    pub fn peak(&self) -> u64 {
        self.memory.peak.swap(0, Ordering::Relaxed)
    }

    /// The most address space it had.
    pub fn reserved(&self) -> u64 {
        self.memory.reserved.load(Ordering::Relaxed)
    }

    /// How the server ended, if it did: a server under attack has no reason to.
    pub fn ended(&mut self) -> Option<String> {
        let status = self.child.try_wait().unwrap()?;
        Some(match self.memory.killed.load(Ordering::Relaxed) {
            true => format!("killed at {} MiB", KILL_AT_RESIDENT_BYTES >> 20),
            false => format!("ended by itself: {status}"),
        })
    }

    /// Kills it, as a crash would: what was acknowledged has to be there after the next start.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.memory.stop.store(true, Ordering::Relaxed);
        if let Some(looking) = self.looking.take() {
            looking.join().unwrap();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

impl Memory {
    fn look(&self, id: u32) {
        while !self.stop.load(Ordering::Relaxed) {
            let Some((reserved, resident)) = sizes(id) else { return };
            self.reserved.fetch_max(reserved, Ordering::Relaxed);
            self.now.store(resident, Ordering::Relaxed);
            self.peak.fetch_max(resident, Ordering::Relaxed);
            if resident > KILL_AT_RESIDENT_BYTES && !self.killed.swap(true, Ordering::Relaxed) {
                let id = rustix::process::Pid::from_raw(id.cast_signed()).unwrap();
                let _ = rustix::process::kill_process(id, rustix::process::Signal::KILL);
            }
            std::thread::sleep(MEMORY_SAMPLE_INTERVAL);
        }
    }
}

/// Address space and resident memory in bytes.
fn sizes(id: u32) -> Option<(u64, u64)> {
    const PAGE: u64 = 4_096;
    let sizes = std::fs::read_to_string(format!("/proc/{id}/statm")).ok()?;
    let mut sizes = sizes.split_whitespace().map_while(|pages| pages.parse::<u64>().ok());
    Some((sizes.next()? * PAGE, sizes.next()? * PAGE))
}
