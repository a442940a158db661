//! Starting up: store, root key, first credentials, doors, listener, in the order that a crash in between forgives.

use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use strongroom_access::{Access, Names};
use strongroom_api::{Doors, Metrics, Parts};
use strongroom_operations::{Clock, Operations, Root};
use strongroom_storage::{RedbEngine, Storage};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::root_key::Loaded;
use crate::settings::Resolved;
use crate::{background, credentials, listener, metrics, root_key, routes};

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    #[error("could not {doing} {path}.")]
    File { doing: &'static str, path: PathBuf, source: std::io::Error },
    #[error("the settings file {path} is not right: {reason}")]
    Settings { path: PathBuf, reason: String },
    #[error("{name} is not right: {problem}")]
    Setting { name: &'static str, problem: &'static str },
    #[error("could not use the store {path}.")]
    Store { path: PathBuf, source: strongroom_storage::Fault },
    #[error("TLS needs both a certificate and its key. Give both, or neither.")]
    HalfTls,
    #[error("could not use {path} for TLS: {reason}")]
    Tls { path: PathBuf, reason: String },
    #[error("could not listen on {address}. Choose another address with --listen, or free this one.")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error(
        "the store is sealed, but its root key {path} is missing. Restore the file; without it no value can be read."
    )]
    RootKeyMissing { path: PathBuf },
    #[error("the store was not sealed with a passphrase. Start it with the root key it was sealed with.")]
    NoPassphrase,
    #[error("the store was sealed with a passphrase. Give it in STRONGROOM_ROOT_KEY_PASSPHRASE.")]
    PassphraseMissing,
    #[error("{name} is empty. Give it a value, or take it out of the environment.")]
    EmptyKey { name: &'static str },
    #[error("{name} is not text in UTF-8. Correct it.")]
    KeyNotText { name: &'static str },
    #[error("{key} and {passphrase} are both given. Give the one the store was sealed with.")]
    TwoKeys { key: &'static str, passphrase: &'static str },
    #[error("the root key is not the one this store was made with. Give the server the right one.")]
    WrongRootKey,
    #[error(
        "a rotation of the root key has not ended, and the key before is missing. Give it in STRONGROOM_ROOT_KEY_PREVIOUS or STRONGROOM_ROOT_KEY_PREVIOUS_PASSPHRASE, or restore the root key file."
    )]
    PreviousRootKeyMissing,
    #[error("another server has changed the root key of this store in this moment. Start again.")]
    RootKeyMoved,
    #[error(transparent)]
    Storage(#[from] strongroom_storage::Fault),
    #[error(transparent)]
    Access(#[from] strongroom_access::Fault),
    #[error(
        "the root key is not of the form it should be: one line, `strongroom-root-key-v1:` and 32 bytes in Base64. Check the file or the variable it comes from."
    )]
    MalformedRootKey(#[from] strongroom_sealing::Malformed),
    #[error("a key could not be made.")]
    Sealing(#[from] strongroom_sealing::Fault),
}

impl StartFault {
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { doing, path, source }
    }
}

/// A server that listens and is ready to run.
pub struct Server {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    endpoint: String,
    background: Background,
}

/// What runs without a request, until the sender is gone.
type Background = (oneshot::Sender<()>, JoinHandle<()>);

impl Server {
    pub async fn start(settings: &Resolved, clock: Arc<dyn Clock>) -> Result<Self, StartFault> {
        let folder = &settings.data_dir;
        std::fs::create_dir_all(folder).map_err(StartFault::file("create the data folder", folder))?;
        // The store first: it keeps a second process out before anything is written.
        let path = folder.join("strongroom.redb");
        let engine = RedbEngine::open(&path).map_err(|source| StartFault::Store { path, source })?;
        let storage = Storage::new(Arc::new(engine));
        let loaded =
            root_key::load(&settings.root_key, settings.previous_root_key.as_ref(), &storage).await?;

        let tls =
            settings.tls.as_ref().map(|(certificate, key)| listener::tls(certificate, key)).transpose()?;
        let address = settings.listen;
        let listener =
            TcpListener::bind(address).await.map_err(|source| StartFault::Listen { address, source })?;
        let bound = listener.local_addr().map_err(|source| StartFault::Listen { address, source })?;
        let endpoint = format!("{}://{bound}", if tls.is_some() { "https" } else { "http" });

        first_start(settings, &storage, &loaded, &endpoint).await?;
        let root = root_key::root(&settings.root_key, loaded.keys);
        let (router, background) = assemble(settings, storage, root, clock).await?;
        Ok(Self { listener, tls, router, endpoint, background })
    }

    /// Scheme, address and port that clients reach it at.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Serves until `stop` ends, then finishes what it has accepted.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        listener::run(self.listener, self.tls, self.router, stop).await;
        let (running, background) = self.background;
        drop(running);
        // Only then has the store no user left, and its file is free for the next process.
        let _ = background.await;
    }
}

/// The file is written before the commit: a crash in between makes new credentials at the next start, and loses none that count.
async fn first_start(
    settings: &Resolved,
    storage: &Storage,
    loaded: &Loaded,
    endpoint: &str,
) -> Result<(), StartFault> {
    let names =
        Names { domain: &settings.domain_name, project: &settings.project_name, user: &settings.user_name };
    let Some(first) = strongroom_access::first_start(storage, &loaded.current, &loaded.salt, names).await?
    else {
        return Ok(());
    };
    let path = settings.data_dir.join("credentials.json");
    credentials::write(&path, endpoint, &first.credentials)
        .map_err(StartFault::file("write the first credentials", &path))?;
    first.commit(storage).await?;
    tracing::info!(path = %path.display(), "made the first credentials; move them to a safe place");
    Ok(())
}

async fn assemble(
    settings: &Resolved,
    storage: Storage,
    root: Root,
    clock: Arc<dyn Clock>,
) -> Result<(Router, Background), StartFault> {
    let access = Arc::new(Access::new(storage.clone(), root.keys.clone()));
    let operations = Operations::new(storage.clone(), access.clone(), root, clock.clone(), settings.limits);
    let operations = Arc::new(operations);
    let metrics = Arc::new(Metrics::default());
    let doors = Doors::new(Parts {
        operations: operations.clone(),
        access: access.clone(),
        clock: clock.clone(),
        metrics: metrics.clone(),
        body_limit: settings.limits.body_bytes,
        import_entries: settings.limits.import_entries,
        in_flight: settings.in_flight,
    });
    let page = metrics::Page::new(&metrics, storage.clone(), doors.clone());
    let router = routes::router(&doors, storage, page).await;
    let (running, stopped) = oneshot::channel();
    let background = tokio::spawn(background::run(operations, access, clock, stopped));
    Ok((router, (running, background)))
}
