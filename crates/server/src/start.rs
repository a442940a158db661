//! Start-up: store, root key, first credentials, transports and listener, in an order that tolerates a crash at any point.

use std::future::Future;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use strongroom_access::{Access, Names};
use strongroom_api::{Api, Metrics, Parts};
use strongroom_operations::{Clock, Operations, Root, chain};
use strongroom_storage::{RedbEngine, Storage};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::connections::{ConnectionLimits, Connections};
use crate::jobs::JobMetrics;
use crate::requests::Requests;
use crate::root_key::Loaded;
use crate::settings::Resolved;
use crate::start_error::StartError;
use crate::threads::Threads;
use crate::{credentials, descriptors, jobs, listener, metrics, private_file, root_key, routes};

/// The store file in the data folder.
pub(crate) const STORE_FILE: &str = "strongroom.redb";

/// A server that listens and is ready to run.
pub struct Server {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    requests: Requests,
    endpoint: String,
    bulk: Threads,
    unauthenticated: Threads,
    background: Background,
}

/// The background jobs. They run until the sender is dropped.
type Background = (oneshot::Sender<()>, JoinHandle<()>);

impl Server {
    pub async fn start(settings: &Resolved, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let folder = &settings.data_dir;
        create_private(folder).map_err(StartError::file("create the data folder", folder))?;
        private_file::warn_if_open(folder, "700");
        private_file::check(&folder.join(CREDENTIALS_FILE))?;
        if settings.is_plain_beyond_loopback() {
            tracing::warn!(
                address = %settings.listen,
                "plain HTTP beyond this machine, as insecure-plain-http allows: without a TLS proxy in front, tokens, passwords and values cross the network unencrypted"
            );
        }
        let loaded = open(settings).await?;
        let tls =
            settings.tls.as_ref().map(|(certificate, key)| listener::tls(certificate, key)).transpose()?;
        let address = settings.listen;
        let listener =
            TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })?;
        let bound = listener.local_addr().map_err(|source| StartError::Listen { address, source })?;
        let endpoint = format!("{}://{bound}", if tls.is_some() { "https" } else { "http" });

        first_start(settings, &loaded, &endpoint, &*clock).await?;
        let root = root_key::root(&settings.root_key, loaded.keys);
        let unauthenticated = Threads::for_unauthenticated().map_err(StartError::Threads)?;
        let bulk = Threads::for_bulk().map_err(StartError::Threads)?;
        let (requests, background) = assemble(settings, loaded.storage, root, clock, bulk.handle()).await?;
        Ok(Self { listener, tls, requests, endpoint, bulk, unauthenticated, background })
    }

    /// Scheme, address and port of the server.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Serves until `stop` completes, then finishes accepted requests.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        listener::run(self.listener, self.tls, self.requests, self.unauthenticated.handle(), stop).await;
        drop((self.unauthenticated, self.bulk));
        let (running, background) = self.background;
        drop(running);
        // After this the store is closed, and the next process can open it.
        let _ = background.await;
    }
}

/// The credentials file in the data folder.
const CREDENTIALS_FILE: &str = "credentials.json";

/// Creates a private folder. An existing folder keeps its mode.
fn create_private(folder: &Path) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Opens the store and its root key. The store comes first: its lock keeps a second process out before anything is written.
pub(crate) async fn open(settings: &Resolved) -> Result<Loaded, StartError> {
    let path = store_path(settings);
    private_file::warn_if_open(&path, "600");
    let engine = RedbEngine::open(&path).map_err(|source| StartError::Store { path, source })?;
    root_key::load(&settings.root_key, settings.previous_root_key.as_ref(), Arc::new(engine)).await
}

pub(crate) fn store_path(settings: &Resolved) -> PathBuf {
    settings.data_dir.join(STORE_FILE)
}

/// Writes the credentials file before the commit: after a crash in between, the next start creates new credentials.
async fn first_start(
    settings: &Resolved,
    loaded: &Loaded,
    endpoint: &str,
    clock: &dyn Clock,
) -> Result<(), StartError> {
    let names =
        Names { domain: &settings.domain_name, project: &settings.project_name, user: &settings.user_name };
    let first =
        strongroom_access::first_start(&loaded.storage, &loaded.current, &loaded.salt, names, clock.now())
            .await?;
    let Some(first) = first else { return Ok(()) };
    let path = settings.data_dir.join(CREDENTIALS_FILE);
    credentials::write(&path, endpoint, &first.credentials)
        .map_err(StartError::file("write the first credentials", &path))?;
    first.commit(&loaded.storage).await?;
    tracing::info!(path = %path.display(), "created the first credentials; move them to a safe place");
    Ok(())
}

async fn assemble(
    settings: &Resolved,
    storage: Storage,
    root: Root,
    clock: Arc<dyn Clock>,
    bulk: Handle,
) -> Result<(Requests, Background), StartError> {
    let access = Arc::new(Access::new(storage.clone(), root.keys.clone()));
    let operations = Operations::new(storage.clone(), access.clone(), root, clock, settings.limits);
    let operations = Arc::new(operations);
    if let Err(error) = jobs::check_clock(&operations).await {
        tracing::error!(
            error = chain(&error),
            "could not check the clock; until then nothing expired is removed"
        );
    }
    let metrics = Arc::new(Metrics::default());
    let api = Api::new(Parts {
        operations: operations.clone(),
        access: access.clone(),
        clock: operations.clock(),
        metrics: metrics.clone(),
        body_limit: settings.limits.body_bytes,
        open_reflection: settings.open_reflection,
        import_entries: settings.limits.import_entries,
        in_flight: settings.in_flight,
        bulk,
    });
    let connections = Connections::new(ConnectionLimits {
        all: descriptors::connections(settings.connections.all),
        ..settings.connections
    });
    let job_metrics = JobMetrics::default();
    let page = metrics::Page::new(
        &metrics,
        &job_metrics,
        storage.clone(),
        api.clone(),
        access.clone(),
        connections.clone(),
    );
    let router = routes::router(&api, storage, page, &settings.allow_origin).await;
    let requests = Requests {
        router,
        connections,
        trusted_proxies: settings.trusted_proxies.as_slice().into(),
        has_tls: settings.tls.is_some(),
        body_limit: settings.limits.body_bytes,
    };
    let (running, stopped) = oneshot::channel();
    let background = tokio::spawn(jobs::run(operations, settings.scrub_interval, job_metrics, stopped));
    Ok((requests, (running, background)))
}
