//! One port for HTTP/1.1 and HTTP/2, plain or, with a certificate, over TLS.

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
use crate::start_error::StartError;
use crate::threads::run_until_trusted;

/// Time for a TLS handshake. Our choice: enough for a slow line, short for a hostile one.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(15);

/// Most concurrent TLS handshakes, counted from the first message of the peer; others wait. Our choice: one uses about 50 KB,
/// so all of them 13 MB.
const MAX_TLS_HANDSHAKES: usize = 256;

/// How long unacknowledged data may stay in the send buffer before the connection is closed (TCP_USER_TIMEOUT).
///
/// Without it, a client that never reads blocks its connection for ever. Twice the idle timeout of a stream, so that a
/// stalled stream can still deliver its own error first.
#[cfg(target_os = "linux")]
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(60);

/// How long a connection may have no request in flight, also before its first request, if it has shown no valid credentials
/// or speaks HTTP/1.1, where hyper counts the wait for the next request as part of its headers. Longer than the 60 s for
/// which common proxies keep an idle connection: if the server closed first, a request on its way would be lost.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);

/// Time for a closing connection to send its last frames after the last request.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Time for requests in flight when the server stops. Our choice: supervisors usually wait at least 30 s.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(25);

/// Pause after a failed accept. The usual cause is too many open files.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(50);

/// Least time between two warnings about rejected connections, so that a flood does not fill the log.
const WARNING_INTERVAL: Duration = Duration::from_secs(10);

/// Most concurrent requests on one HTTP/2 connection. Our choice: more than clients use, far less than would hurt.
const MAX_CONCURRENT_STREAMS: u32 = 256;

/// Most streams that a client may reset before the server saw their requests. Beyond it the connection is closed as a rapid
/// reset attack (CVE-2023-44487). Our choice: a client may cancel all its requests at once when they share a deadline.
const MAX_PENDING_RESET_STREAMS: usize = MAX_CONCURRENT_STREAMS as usize;

/// Most streams per connection that the server resets because of protocol errors of the client. The default of hyper, set
/// here so that an update cannot change it.
const MAX_LOCAL_ERROR_RESET_STREAMS: usize = 1_024;

/// Flow control window of an HTTP/2 stream and connection, in bytes: enough to keep a large import flowing.
const WINDOW_BYTES: u32 = 1024 * 1024;

/// Most bytes of the headers of a request. Our choice: a token has 43 bytes, a signature a few hundred.
const MAX_HEADER_BYTES: u32 = 32 * 1024;

pub(crate) async fn run(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    requests: Requests,
    unauthenticated: Handle,
    stop: impl Future<Output = ()>,
) {
    let connections = requests.connections.clone();
    let served = ConnectionServer {
        tls,
        requests: Arc::new(requests),
        unauthenticated,
        handshakes: Arc::new(Semaphore::new(MAX_TLS_HANDSHAKES)),
    };
    let (open, mut all_closed) = mpsc::channel::<()>(1);
    let mut warnings = RejectionLog::default();
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
                // Closed without an answer, which would use resources that are exhausted.
                Err(rejection) => warnings.rejected(peer, rejection),
            },
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections; closing idle ones and trying again");
                connections.close_idle();
                pause().await;
            }
        }
    }
    drop((listener, open));
    tracing::info!("stopping after the requests in flight");
    connections.close_all();
    if timeout(DRAIN_TIMEOUT, all_closed.recv()).await.is_err() {
        tracing::warn!("closing connections that did not finish in time");
    }
}

#[allow(clippy::disallowed_methods, reason = "there is nothing to wait for but time")]
async fn pause() {
    tokio::time::sleep(ACCEPT_BACKOFF).await;
}

/// Logs rejected connections, at most once per [`WARNING_INTERVAL`].
#[derive(Default)]
struct RejectionLog {
    last: Option<Instant>,
    unreported: u64,
}

impl RejectionLog {
    fn rejected(&mut self, peer: SocketAddr, rejection: Rejection) {
        self.unreported += 1;
        if self.last.is_some_and(|last| last.elapsed() < WARNING_INTERVAL) {
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
        .header_read_timeout(IDLE_TIMEOUT)
        .max_buf_size(MAX_HEADER_BYTES as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(HANDSHAKE_TIMEOUT)
        .max_concurrent_streams(MAX_CONCURRENT_STREAMS)
        .max_pending_accept_reset_streams(MAX_PENDING_RESET_STREAMS)
        .max_local_error_reset_streams(MAX_LOCAL_ERROR_RESET_STREAMS)
        .max_header_list_size(MAX_HEADER_BYTES)
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(4 * WINDOW_BYTES);
    builder
}

/// The shared state for serving connections.
#[derive(Clone)]
struct ConnectionServer {
    tls: Option<TlsAcceptor>,
    requests: Arc<Requests>,
    /// The threads for connections without valid credentials.
    unauthenticated: Handle,
    handshakes: Arc<Semaphore>,
}

type ConnectionError = Box<dyn std::error::Error + Send + Sync>;

impl ConnectionServer {
    /// Serves a connection. A failed connection is usually caused by the peer, so it is logged at debug level.
    async fn connection(&self, stream: TcpStream, admitted: Admitted) {
        // Answers are written at once, so waiting to fill a packet would only delay them.
        let _ = stream.set_nodelay(true);
        #[cfg(target_os = "linux")]
        let _ = socket2::SockRef::from(&stream).set_tcp_user_timeout(Some(TCP_USER_TIMEOUT));
        let connection = admitted.connection();
        let ended = match &self.tls {
            None => self.http(stream, connection).await,
            Some(tls) => {
                let secured = tokio::select! {
                    secured = self.handshake(tls, stream) => secured,
                    () = connection.close_requested() => return,
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
        // Wait for the first message before taking a slot, so that silent peers do not use slots.
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
        run_until_trusted(&self.unauthenticated, is_authenticated, Box::pin(work)).await.unwrap_or(Ok(()))
    }
}

/// Serves a connection until it ends or must be closed.
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
        () = connection.close_requested() => {}
        () = connection.idle_for(IDLE_TIMEOUT, true) => {}
        () = connection.unanswered_too_long() => return Err("requests without credentials did not end".into()),
    }
    http.as_mut().graceful_shutdown();
    tokio::select! {
        ended = http.as_mut() => ended,
        () = wait_until_drained(connection) => Ok(()),
    }
}

/// Completes when nothing was in flight for [`CLOSE_TIMEOUT`].
async fn wait_until_drained(connection: &Connection) {
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

/// Completes when the process gets SIGTERM or SIGINT.
pub(crate) async fn stop_signal() {
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
