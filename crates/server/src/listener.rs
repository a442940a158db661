//! One port for HTTP/1.1 and HTTP/2, in clear or, with a certificate, over TLS.

use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::{LazyConfigAcceptor, TlsAcceptor};

use crate::connections::{Admitted, Connection, Rejection};
use crate::private_file;
use crate::requests::Requests;
use crate::start::StartError;
use crate::threads::run_until_trusted;

/// Time for a TLS handshake, or for the headers of a request. Chosen by us: long for a slow line, short for a hostile one.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(15);

/// TLS handshakes that wait for the peer or the CPU at a time, from the first message of the peer on; others wait their turn.
/// Chosen by us: one holds about 50 KB, so all of them 13 MB.
const TLS_HANDSHAKES: usize = 256;

/// Time in which a peer has to take some of what is sent to it. Chosen by us: twice that of a stream, whose error may be what
/// nobody takes; a client that sends everything before it reads would else be waited for, and wait, for ever.
#[cfg(target_os = "linux")]
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(60);

/// Time without a request in flight, the first one included, after which a connection that has shown no good credentials is
/// closed. Chosen by us: clients that connect ahead of need come back by themselves.
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);

/// Time that a closing connection has for its last words once nothing is in flight.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Time that requests in flight get when the server stops. Chosen by us; supervisors commonly wait 30 s or more.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(25);

/// Pause after a failed accept: the usual cause is too many open files, which only time cures.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(50);

/// Time between two warnings about rejected connections, so that a flood does not fill the log too.
const BETWEEN_WARNINGS: Duration = Duration::from_secs(10);

/// Requests on one HTTP/2 connection at a time. Chosen by us: above what clients use, far below what hurts.
const STREAMS: u32 = 256;

/// Streams that a client has reset before the server saw their requests. Beyond it the connection is closed as a rapid reset
/// (CVE-2023-44487). Chosen by us: what a client may have given up at once because one deadline was that of all of them,
/// which must not end the connection for the others.
const RESET_STREAMS: usize = STREAMS as usize;

/// Streams that the server has reset because of what the client sent on them, over the whole life of a connection. That of
/// hyper; set here so that an update does not lift it.
const ERROR_RESET_STREAMS: usize = 1_024;

/// Bytes a client may send ahead on one HTTP/2 stream, and on a connection: enough to keep a large import flowing.
const WINDOW: u32 = 1024 * 1024;

/// Bytes of headers of one request. Chosen by us: a token takes 43, a signature a few hundred.
const HEADERS: u32 = 32 * 1024;

pub(crate) async fn run(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    requests: Requests,
    newcomers: Handle,
    stop: impl Future<Output = ()>,
) {
    let connections = requests.connections.clone();
    let served = Served {
        tls,
        requests: Arc::new(requests),
        newcomers,
        handshakes: Arc::new(Semaphore::new(TLS_HANDSHAKES)),
    };
    let (open, mut all_closed) = mpsc::channel::<()>(1);
    let mut warnings = Warnings::default();
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => match connections.admit_when_idle_ones_close(peer).await {
                Ok(admitted) => {
                    let (served, open) = (served.clone(), open.clone());
                    tokio::spawn(async move {
                        served.connection(stream, admitted).await;
                        drop(open);
                    });
                }
                // Closed at once: anything more would cost what there is none left of.
                Err(rejection) => warnings.rejected(peer, rejection),
            },
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections at the moment; closing idle ones");
                connections.close_idle();
                pause().await;
            }
        }
    }
    drop((listener, open));
    tracing::info!("stopping; requests in flight are finished first");
    connections.close_all();
    if timeout(DRAIN_TIMEOUT, all_closed.recv()).await.is_err() {
        tracing::warn!("closing connections that did not finish in time");
    }
}

#[allow(clippy::disallowed_methods, reason = "there is nothing to wait for but time")]
async fn pause() {
    tokio::time::sleep(ACCEPT_BACKOFF).await;
}

/// Says that connections are rejected, but not for each of them.
#[derive(Default)]
struct Warnings {
    last: Option<Instant>,
    unreported: u64,
}

impl Warnings {
    fn rejected(&mut self, peer: SocketAddr, rejection: Rejection) {
        self.unreported += 1;
        if self.last.is_some_and(|last| last.elapsed() < BETWEEN_WARNINGS) {
            return;
        }
        let setting = match rejection {
            Rejection::Network => "max-connections-per-address",
            Rejection::All | Rejection::Connection => "max-connections",
        };
        tracing::warn!(client = %peer.ip(), setting, rejected = self.unreported, "too many connections; rejecting new ones");
        (self.last, self.unreported) = (Some(Instant::now()), 0);
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HANDSHAKE_TIMEOUT)
        .max_buf_size(HEADERS as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(HANDSHAKE_TIMEOUT)
        .max_concurrent_streams(STREAMS)
        .max_pending_accept_reset_streams(RESET_STREAMS)
        .max_local_error_reset_streams(ERROR_RESET_STREAMS)
        .max_header_list_size(HEADERS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(4 * WINDOW);
    builder
}

/// What connections are served with.
#[derive(Clone)]
struct Served {
    tls: Option<TlsAcceptor>,
    requests: Arc<Requests>,
    /// The threads for connections that have shown no good credentials.
    newcomers: Handle,
    handshakes: Arc<Semaphore>,
}

type ConnectionError = Box<dyn std::error::Error + Send + Sync>;

impl Served {
    /// A connection that fails is the peer's matter: it is told at debug level only.
    async fn connection(&self, stream: TcpStream, admitted: Admitted) {
        // Answers are small and whole; waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        #[cfg(target_os = "linux")]
        let _ = socket2::SockRef::from(&stream).set_tcp_user_timeout(Some(TCP_USER_TIMEOUT));
        let connection = admitted.connection();
        let ended = match &self.tls {
            None => self.http(stream, connection).await,
            Some(tls) => {
                let secured = tokio::select! {
                    secured = self.handshake(tls, stream) => secured,
                    () = connection.asked_to_close() => return,
                };
                match secured {
                    Ok(stream) => self.http(stream, connection).await,
                    Err(error) => Err(error),
                }
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
    }

    async fn handshake(
        &self,
        tls: &TlsAcceptor,
        stream: TcpStream,
    ) -> Result<tokio_rustls::server::TlsStream<TcpStream>, ConnectionError> {
        let deadline = Instant::now() + HANDSHAKE_TIMEOUT;
        // Whoever connects and says nothing takes no turn from the others.
        let hello = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream);
        let hello = timeout_at(deadline, hello).await??;
        let _turn = timeout_at(deadline, self.handshakes.acquire()).await??;
        Ok(timeout_at(deadline, hello.into_stream(tls.config().clone())).await??)
    }

    async fn http<S>(&self, stream: S, connection: &Arc<Connection>) -> Result<(), ConnectionError>
    where
        S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    {
        let (requests, connection) = (self.requests.clone(), connection.clone());
        let is_authenticated = connection.is_authenticated.clone();
        let work = async move { serve(requests, stream, &connection).await };
        run_until_trusted(&self.newcomers, is_authenticated, Box::pin(work)).await.unwrap_or(Ok(()))
    }
}

/// Serves a connection until it ends, or until it has to.
async fn serve<S>(
    requests: Arc<Requests>,
    stream: S,
    connection: &Arc<Connection>,
) -> Result<(), ConnectionError>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|request| requests.clone().answer(connection.clone(), request));
    let builder = builder();
    let http = builder.serve_connection(TokioIo::new(stream), service);
    tokio::pin!(http);
    tokio::select! {
        ended = http.as_mut() => return ended,
        () = connection.asked_to_close() => {}
        () = connection.idle_for(IDLE_TIMEOUT, true) => {}
        () = connection.unanswered_too_long() => return Err("requests without credentials did not end".into()),
    }
    http.as_mut().graceful_shutdown();
    tokio::select! {
        ended = http.as_mut() => ended,
        () = closed_for(connection) => Ok(()),
    }
}

/// Ends once nothing has been in flight for [`CLOSE_TIMEOUT`] since now.
async fn closed_for(connection: &Connection) {
    let _ = timeout(CLOSE_TIMEOUT, std::future::pending::<()>()).await;
    connection.idle_for(CLOSE_TIMEOUT, false).await;
}

pub(crate) fn tls(certificate: &Path, key: &Path) -> Result<TlsAcceptor, StartError> {
    let wrong = |path: &Path| {
        let path = path.to_owned();
        move |reason: String| StartError::Tls { path, reason }
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong(certificate)(error.to_string()))?;
    let key_of = private_file::read(key, "read the TLS key")?;
    let key_of = PrivateKeyDer::from_pem_slice(&key_of).map_err(|error| wrong(key)(error.to_string()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(chain, key_of))
        .map_err(|error| wrong(certificate)(error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Ends when the process is told to stop, by a supervisor or from the keyboard.
pub(crate) async fn asked_to_stop() {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!(
            "cannot listen for signals; stop the server with SIGKILL, which loses no acknowledged change"
        );
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
