//! One port for HTTP/1.1 and HTTP/2, in clear or, with a certificate, over TLS.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::TlsAcceptor;

use crate::start::StartFault;

/// Time for a TLS handshake, or for the headers of a request. Chosen by us: long for a slow line, short for a hostile one.
const PATIENCE: Duration = Duration::from_secs(15);

/// Time in which a peer has to take some of what is sent to it. Chosen by us: twice that of a stream, whose error may be what
/// nobody takes; a client that sends everything before it reads would else be waited for, and wait, for ever.
#[cfg(target_os = "linux")]
const DEAFNESS: Duration = Duration::from_secs(60);

/// Time until the first request on a connection. Chosen by us: clients that connect ahead of need come back by themselves.
const SILENCE: Duration = Duration::from_secs(60);

/// Time that requests in flight get when the server stops. Chosen by us; supervisors commonly wait 30 s or more.
const FAREWELL: Duration = Duration::from_secs(25);

/// Pause after a failed accept: the usual cause is too many open files, which only time cures.
const PAUSE: Duration = Duration::from_millis(50);

/// Requests on one HTTP/2 connection at a time. Chosen by us: above what clients use, far below what hurts.
const STREAMS: u32 = 512;

/// Bytes a client may send ahead on one HTTP/2 stream, and on a connection: enough to keep a large import flowing.
const WINDOW: u32 = 1024 * 1024;

/// Bytes of headers of one request. Chosen by us: a token takes 43, a signature a few hundred.
const HEADERS: u32 = 32 * 1024;

pub(crate) async fn run(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    stop: impl Future<Output = ()>,
) {
    let (graceful, builder) = (GracefulShutdown::new(), builder());
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, _)) => {
                tokio::spawn(connection(
                    stream,
                    tls.clone(),
                    router.clone(),
                    builder.clone(),
                    graceful.watcher(),
                ));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections for the moment");
                pause().await;
            }
        }
    }
    drop(listener);
    tracing::info!("stopping; requests in flight are finished first");
    if tokio::time::timeout(FAREWELL, graceful.shutdown()).await.is_err() {
        tracing::warn!("some connections did not end in time and are cut");
    }
}

#[allow(clippy::disallowed_methods, reason = "there is nothing to wait for but time")]
async fn pause() {
    tokio::time::sleep(PAUSE).await;
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(HEADERS as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(PATIENCE)
        .max_concurrent_streams(STREAMS)
        // Calls given up all at once, as when their deadline was one, must not end the connection for the others.
        .max_pending_accept_reset_streams(STREAMS as usize)
        .max_header_list_size(HEADERS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(4 * WINDOW);
    builder
}

/// A connection that fails is the peer's matter: it is told at debug level only.
async fn connection(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    router: Router,
    builder: Builder<TokioExecutor>,
    watcher: Watcher,
) {
    // Answers are small and whole; waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(&stream).set_tcp_user_timeout(Some(DEAFNESS));
    let spoken = Arc::new(AtomicBool::new(false));
    let (first, router) = (spoken.clone(), TowerToHyperService::new(router));
    let service = service_fn(move |request| {
        first.store(true, Ordering::Relaxed);
        router.call(request)
    });
    let served = async move {
        match tls {
            None => watcher.watch(builder.serve_connection(TokioIo::new(stream), service).into_owned()).await,
            Some(tls) => {
                let stream = tokio::time::timeout(PATIENCE, tls.accept(stream)).await??;
                watcher.watch(builder.serve_connection(TokioIo::new(stream), service).into_owned()).await
            }
        }
    };
    let ended = tokio::select! {
        ended = served => ended,
        () = silence(&spoken) => Err("nothing was asked".into()),
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Ends when a connection has been open for long and nothing was asked of it: a half-sent first line stays for ever else.
async fn silence(spoken: &AtomicBool) {
    let _ = tokio::time::timeout(SILENCE, std::future::pending::<()>()).await;
    if spoken.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
}

pub(crate) fn tls(certificate: &Path, key: &Path) -> Result<TlsAcceptor, StartFault> {
    let chain =
        CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| StartFault::Tls { path: certificate.to_owned(), reason: error.to_string() })?;
    let key_of = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| StartFault::Tls { path: key.to_owned(), reason: error.to_string() })?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key_of))
        .map_err(|error| StartFault::Tls { path: certificate.to_owned(), reason: error.to_string() })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Ends when the process is told to stop, by a supervisor or from the keyboard.
pub(crate) async fn asked_to_stop() {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("signals cannot be heard; stop the server by killing it, which loses nothing");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
