//! A running server with a clock that the test sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::Value;
use strongroom_access::root_key::record_key;
use strongroom_operations::{Clock, Uptime};
use strongroom_sealing::{RootKey, RootKeys};
use strongroom_server::{Server, Settings};
use strongroom_storage::{RedbEngine, Storage, Timestamp, root_key_of};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const START: i64 = 1_767_225_600_000;
pub const DAY: i64 = 86_400_000;

/// The clock and the uptime of a machine that was started at `START`.
pub struct SetClock {
    now: AtomicI64,
    uptime: AtomicI64,
}

impl SetClock {
    pub fn new() -> Self {
        Self { now: AtomicI64::new(START), uptime: AtomicI64::new(0) }
    }

    /// Advances time: the clock and the uptime.
    pub fn pass(&self, milliseconds: i64) {
        self.uptime.fetch_add(milliseconds, Ordering::SeqCst);
        self.set(milliseconds);
    }

    /// Sets the clock forwards, or back if negative.
    pub fn set(&self, milliseconds: i64) {
        self.now.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.now.load(Ordering::SeqCst))
    }

    fn uptime(&self) -> Uptime {
        Uptime { boot: [0; 16], milliseconds: self.uptime.load(Ordering::SeqCst) }
    }
}

pub struct Product {
    pub endpoint: String,
    pub credentials: Value,
    pub token: String,
    pub folder: TempDir,
    pub clock: Arc<SetClock>,
    stop: Option<oneshot::Sender<()>>,
    running: Option<JoinHandle<()>>,
}

impl Product {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(set: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = settings(&folder);
        set(&mut settings);
        let clock = Arc::new(SetClock::new());
        let server = Server::start(&settings.resolve().unwrap(), clock.clone()).await.unwrap();
        let endpoint = server.endpoint().to_owned();
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(server.run(async { drop(stopped.await) }));
        let credentials = std::fs::read(folder.path().join("credentials.json")).unwrap();
        let credentials: Value = serde_json::from_slice(&credentials).unwrap();
        let mut product = Self {
            endpoint,
            credentials,
            token: String::new(),
            folder,
            clock,
            stop: Some(stop),
            running: Some(running),
        };
        if product.endpoint.starts_with("http:") {
            product.token = product.log_in().await;
        }
        product
    }

    /// Logs in again after the token has expired.
    pub async fn renew(&mut self) {
        self.token = self.log_in().await;
    }

    /// Starts a server on the same folder.
    pub fn run(&mut self, server: Server) {
        let (stop, stopped) = oneshot::channel::<()>();
        self.stop = Some(stop);
        self.running = Some(tokio::spawn(server.run(async { drop(stopped.await) })));
    }

    /// Stops the server and waits for it.
    pub async fn stop(&mut self) {
        drop(self.stop.take());
        self.running.take().unwrap().await.unwrap();
    }

    /// The records of the store, after the server was stopped.
    pub async fn stopped_storage(&self) -> Storage {
        let engine = RedbEngine::open(&self.folder.path().join("strongroom.redb")).unwrap();
        let record = root_key_of(&engine).await.unwrap().unwrap().record;
        let root_key = std::fs::read_to_string(self.folder.path().join("root.key")).unwrap();
        let keys = RootKeys::new(RootKey::parse(&root_key).unwrap());
        Storage::new(Arc::new(engine), record_key(&record, &keys).unwrap())
    }

    /// Restarts the server with the same clock.
    pub async fn restart(&mut self) {
        if self.running.is_some() {
            self.stop().await;
        }
        let server =
            Server::start(&settings(&self.folder).resolve().unwrap(), self.clock.clone()).await.unwrap();
        self.endpoint = server.endpoint().to_owned();
        self.run(server);
    }

    pub fn pass(&self, milliseconds: i64) {
        self.clock.pass(milliseconds);
    }

    pub fn known(&self, name: &str) -> String {
        self.credentials[name].as_str().unwrap().to_owned()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{}", self.endpoint, path.replace("{project_id}", &self.known("project_id")))
    }

    /// A new token.
    pub async fn log_in(&self) -> String {
        self.log_in_with(&self.known("password")).await.unwrap()
    }

    /// A token, or the status that rejects it.
    pub async fn log_in_with(&self, password: &str) -> Result<String, u16> {
        let body = serde_json::json!({"auth": {"identity": {"methods": ["password"], "password": {"user": {
            "name": self.known("user_name"), "password": password,
            "domain": {"name": self.known("domain_name")}}}}}});
        let answer =
            reqwest::Client::new().post(self.url("/v3/auth/tokens")).json(&body).send().await.unwrap();
        match answer.status().as_u16() {
            201 => Ok(answer.headers()["x-subject-token"].to_str().unwrap().to_owned()),
            status => Err(status),
        }
    }

    /// Whether an access key with its secret key is accepted.
    pub async fn accepts_key(&self, access_key: &str, secret_key: &str) -> bool {
        let metrics = reqwest::Client::new().get(self.url("/metrics"));
        let status = metrics.basic_auth(access_key, Some(secret_key)).send().await.unwrap().status();
        assert!([200, 401].contains(&status.as_u16()), "{status}");
        status == 200
    }

    /// A request with the token, as a client of the REST transport makes it.
    pub fn rest(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().unwrap();
        reqwest::Client::new().request(method, self.url(path)).header("x-auth-token", &self.token)
    }
}

pub fn settings(folder: &TempDir) -> Settings {
    Settings {
        data_dir: Some(folder.path().to_owned()),
        listen: Some(([127, 0, 0, 1], 0).into()),
        log: Some("error".to_owned()),
        ..Settings::default()
    }
}
