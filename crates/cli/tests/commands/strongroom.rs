//! A server for one test, and the command line that calls it.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rustix::process::{Pid, Resource, Rlimit};
use tempfile::TempDir;

const BINARY: &str = env!("CARGO_BIN_EXE_strongroom");

/// Part of every value in these tests. It may appear only in the output of commands that show values.
pub const VALUE: &str = "VALUE-";

pub struct Strongroom {
    process: Child,
    folder: TempDir,
    pub url: String,
}

/// Output and exit code of a command.
pub struct Ran {
    pub code: i32,
    pub bytes: Vec<u8>,
    pub out: String,
    pub err: String,
}

impl Strongroom {
    pub fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), &[])
    }

    /// With additional settings.
    pub fn start_in(folder: TempDir, settings: &[&str]) -> Self {
        // A limit on the file size must be an error for the server, not a signal.
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", BINARY]);
        Self::launch(command, folder, settings)
    }

    /// With a limit of open files.
    pub fn start_with_open_files(limit: u32) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", r#"ulimit -n "$0" && exec "$@""#, &limit.to_string(), BINARY]);
        Self::launch(command, tempfile::tempdir().unwrap(), &[])
    }

    fn launch(command: Command, folder: TempDir, settings: &[&str]) -> Self {
        let (process, url) = serve(command, folder.path(), settings);
        Self { process, folder, url }
    }

    /// Stops the server, which releases its store.
    pub fn stop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }

    /// Starts another server on the same store.
    pub fn restart(&mut self) {
        self.stop();
        (self.process, self.url) = serve(Command::new(BINARY), self.folder.path(), &[]);
    }

    /// Limits files of the server to their size now, which looks like a full disk, or lifts the limit.
    pub fn limit_store(&self, is_limited: bool) {
        let size = std::fs::metadata(self.path("data/strongroom.redb")).unwrap().len();
        let limit = Rlimit { current: is_limited.then_some(size), maximum: None };
        let process = Pid::from_child(&self.process);
        rustix::process::prlimit(Some(process), Resource::Fsize, limit).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, contents).unwrap();
        path
    }

    /// The command with the first credentials, in an empty home folder.
    pub fn command<I: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = I>) -> Command {
        let mut command = Command::new(BINARY);
        command.args(words).current_dir(self.folder.path()).env("HOME", self.folder.path());
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("STRONGROOM_"))
        {
            command.env_remove(name);
        }
        command.env_remove("XDG_CONFIG_HOME").env("STRONGROOM_ENDPOINT", &self.url);
        command
    }

    /// Runs a command and asserts that it shows no value.
    pub fn run<I: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = I>) -> Ran {
        without_values(finish(self.command(words), b""))
    }

    /// Runs a command with this standard input and asserts that it shows no value.
    pub fn feed<I: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = I>, input: &[u8]) -> Ran {
        without_values(finish(self.command(words), input))
    }

    /// Runs a command that may show values.
    pub fn reveal<I: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = I>) -> Ran {
        finish(self.command(words), b"")
    }

    pub fn value(&self, name: &str) -> Vec<u8> {
        let ran = self.reveal(["get", name]);
        assert_eq!(ran.code, 0, "{name}: {}", ran.err);
        ran.bytes
    }

    pub fn names(&self) -> Vec<String> {
        self.run(["list", "--names"]).done().out.lines().map(str::to_owned).collect()
    }

    pub fn credentials(&self) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.path("data/credentials.json")).unwrap()).unwrap()
    }
}

impl Drop for Strongroom {
    fn drop(&mut self) {
        self.stop();
    }
}

fn serve(mut command: Command, folder: &Path, settings: &[&str]) -> (Child, String) {
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--data-dir"])
        .arg(folder.join("data"))
        .args(settings)
        .current_dir(folder);
    let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let ready = lines.next().expect("the server says where it listens").unwrap();
    let url = ready.strip_prefix("listening on ").unwrap().to_owned();
    (process, url)
}

impl Ran {
    #[track_caller]
    pub fn done(self) -> Self {
        self.ended(0)
    }

    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\nout: {}\nerr: {}", self.out, self.err);
        self
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }

    /// The batch id in the undo command that was printed.
    pub fn batch(&self) -> &str {
        self.err.split("strongroom batch undo ").nth(1).expect("prints how to undo").trim()
    }
}

pub fn finish(mut command: Command, input: &[u8]) -> Ran {
    let mut process =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that ends early does not read its input.
    let _ = process.stdin.take().unwrap().write_all(input);
    let Output { status, stdout, stderr } = process.wait_with_output().unwrap();
    Ran {
        code: status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&stdout).into_owned(),
        bytes: stdout,
        err: String::from_utf8_lossy(&stderr).into_owned(),
    }
}

fn without_values(ran: Ran) -> Ran {
    for text in [&ran.out, &ran.err] {
        assert!(!text.contains(VALUE), "a value is shown: {text}");
    }
    ran
}

pub fn mode(path: &Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions()) & 0o777
}
