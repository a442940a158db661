//! Limits of open connections and of requests without credentials, in total and per network. Idle connections are closed when
//! there are too many.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use strongroom_access::ClientNetwork;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

/// Limits of open connections.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConnectionLimits {
    pub(crate) all: usize,
    pub(crate) of_network: usize,
    /// Limit of loopback, from where a reverse proxy connects.
    pub(crate) of_loopback: usize,
}

/// Most concurrent requests without credentials, per connection, per network and in total. Our choice: a body has at most 64
/// KiB, so all of them have at most 128 MiB; a browser requests seven files at once. Behind a reverse proxy all clients share
/// the network of the proxy, so loopback gets half of the total.
const MAX_UNAUTHENTICATED_PER_CONNECTION: usize = 16;
const MAX_UNAUTHENTICATED_PER_NETWORK: usize = 128;
const MAX_UNAUTHENTICATED_OF_LOOPBACK: usize = 1_024;
const MAX_UNAUTHENTICATED: usize = 2_048;

/// How long a connection may continuously have requests without credentials in flight. Our choice: a body of 64 KiB arrives
/// in time over any usable line. Without it, a client that never reads its answers keeps its slots for ever.
const UNAUTHENTICATED_TIMEOUT: Duration = Duration::from_secs(120);

/// Idle connections are closed from [`NEARLY_FULL_PERCENT`] of the limit on, [`CLOSED_AT_ONCE_PERCENT`] at a time, at most
/// once per [`MIN_CLOSE_INTERVAL`], because searching them reads every open connection.
const NEARLY_FULL_PERCENT: usize = 90;
const CLOSED_AT_ONCE_PERCENT: usize = 20;
const MIN_CLOSE_INTERVAL: Duration = Duration::from_millis(100);

/// How many close intervals a new connection waits for idle ones to close. Our choice: idle ones are closed twice in that
/// time; if there is still no slot, the open connections are not idle.
const MAX_CLOSE_WAITS: usize = 3;

/// Why a connection or request was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rejection {
    All,
    Network,
    Connection,
}

#[derive(Clone)]
pub(crate) struct Connections(Arc<Shared>);

struct Shared {
    limits: ConnectionLimits,
    state: Mutex<State>,
    start: Instant,
    all: NetworkUse,
    counters: Counters,
    /// Notified when a connection has closed.
    closed: Notify,
}

#[derive(Default)]
struct Counters {
    rejected_by_all: AtomicU64,
    rejected_by_network: AtomicU64,
    requests_rejected: AtomicU64,
    closed_idle: AtomicU64,
}

/// Counters of connections for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ConnectionCounters {
    pub(crate) open: usize,
    pub(crate) unauthenticated_requests: usize,
    pub(crate) rejected_by_all: u64,
    pub(crate) rejected_by_network: u64,
    pub(crate) requests_rejected: u64,
    pub(crate) closed_idle: u64,
}

#[derive(Default)]
struct State {
    next_id: u64,
    open: HashMap<u64, Arc<Connection>>,
    networks: HashMap<ClientNetwork, Arc<NetworkUse>>,
    last_close: Option<Instant>,
}

#[derive(Default)]
struct NetworkUse {
    connections: AtomicUsize,
    unauthenticated: AtomicUsize,
}

/// An admitted connection. It is counted until it is dropped.
pub(crate) struct Admitted {
    connections: Connections,
    connection: Arc<Connection>,
    id: u64,
    network: ClientNetwork,
}

pub(crate) struct Connection {
    pub(crate) peer: SocketAddr,
    pub(crate) is_authenticated: Arc<AtomicBool>,
    unauthenticated: AtomicUsize,
    /// The requests without credentials among them, and since when there has been one. All times are milliseconds since the
    /// start of the server.
    unanswered: AtomicUsize,
    unanswered_since: AtomicU64,
    in_flight: AtomicUsize,
    idle_since: AtomicU64,
    start: Instant,
    close: Notify,
}

impl Connections {
    pub(crate) fn new(limits: ConnectionLimits) -> Self {
        let (state, start) = (Mutex::default(), Instant::now());
        Self(Arc::new(Shared {
            limits,
            state,
            start,
            all: NetworkUse::default(),
            counters: Counters::default(),
            closed: Notify::new(),
        }))
    }

    /// Admits a new connection if the limits allow it.
    pub(crate) fn admit(&self, peer: SocketAddr) -> Result<Admitted, Rejection> {
        let network = ClientNetwork::of(peer.ip());
        let mut state = self.lock();
        state.close_idle_when_nearly_full(&self.0);
        if state.open.len() >= self.0.limits.all {
            self.0.counters.rejected_by_all.fetch_add(1, Ordering::Relaxed);
            return Err(Rejection::All);
        }
        let of_network = match network.is_loopback() {
            true => self.0.limits.of_loopback,
            false => self.0.limits.of_network,
        };
        let used = state.network(network);
        if used.connections.load(Ordering::Relaxed) >= of_network {
            state.forget_unused(network);
            self.0.counters.rejected_by_network.fetch_add(1, Ordering::Relaxed);
            return Err(Rejection::Network);
        }
        used.connections.fetch_add(1, Ordering::Relaxed);
        let connection = Arc::new(Connection::new(peer, self.0.start));
        let id = state.next_id;
        state.next_id += 1;
        state.open.insert(id, connection.clone());
        Ok(Admitted { connections: self.clone(), connection, id, network })
    }

    /// Like [`Self::admit`], but at the total limit asks idle connections to close and waits a while for them. A client that
    /// wants to log in must not be rejected because of idle connections.
    pub(crate) async fn admit_when_idle_ones_close(&self, peer: SocketAddr) -> Result<Admitted, Rejection> {
        for _ in 0..MAX_CLOSE_WAITS {
            let closed = self.0.closed.notified();
            match self.admit(peer) {
                Err(Rejection::All) => drop(timeout(MIN_CLOSE_INTERVAL, closed).await),
                admitted => return admitted,
            }
        }
        self.admit(peer)
    }

    /// Reserves a slot for a request without credentials until the answer is dropped. `network` is that of the client, which
    /// may be behind a proxy. `is_endless` is set for a stream without a time limit.
    pub(crate) fn admit_unauthenticated(
        &self,
        connection: &Arc<Connection>,
        network: ClientNetwork,
        is_endless: bool,
    ) -> Result<UnauthenticatedRequest, Rejection> {
        let of_network = match network.is_loopback() {
            true => MAX_UNAUTHENTICATED_OF_LOOPBACK,
            false => MAX_UNAUTHENTICATED_PER_NETWORK,
        };
        let mut state = self.lock();
        let used = state.network(network);
        let room = [
            (&connection.unauthenticated, MAX_UNAUTHENTICATED_PER_CONNECTION, Rejection::Connection),
            (&used.unauthenticated, of_network, Rejection::Network),
            (&self.0.all.unauthenticated, MAX_UNAUTHENTICATED, Rejection::All),
        ];
        // The lock is held, so the check and the count are atomic.
        let full = room.iter().find(|(count, limit, _)| count.load(Ordering::Relaxed) >= *limit);
        if let Some((.., rejection)) = full {
            let rejection = *rejection;
            state.forget_unused(network);
            self.0.counters.requests_rejected.fetch_add(1, Ordering::Relaxed);
            return Err(rejection);
        }
        room.iter().for_each(|(count, ..)| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        drop(state);
        if !is_endless && connection.unanswered.fetch_add(1, Ordering::Relaxed) == 0 {
            connection.unanswered_since.store(milliseconds_since(self.0.start), Ordering::Relaxed);
        }
        let (connections, connection) = (self.clone(), connection.clone());
        Ok(UnauthenticatedRequest { connections, connection, network, used, is_endless })
    }

    /// Asks idle connections to close, for example when descriptors run out.
    pub(crate) fn close_idle(&self) {
        self.lock().close_idle(&self.0);
    }

    /// Asks all connections to close after the requests in flight.
    pub(crate) fn close_all(&self) {
        self.lock().open.values().for_each(|connection| connection.close.notify_one());
    }

    pub(crate) fn counters(&self) -> ConnectionCounters {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counters = &self.0.counters;
        ConnectionCounters {
            open: self.lock().open.len(),
            unauthenticated_requests: self.0.all.unauthenticated.load(Ordering::Relaxed),
            rejected_by_all: read(&counters.rejected_by_all),
            rejected_by_network: read(&counters.rejected_by_network),
            requests_rejected: read(&counters.requests_rejected),
            closed_idle: read(&counters.closed_idle),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn network(&mut self, network: ClientNetwork) -> Arc<NetworkUse> {
        self.networks.entry(network).or_default().clone()
    }

    /// Removes a network without open connections or requests, so that their number is bounded.
    fn forget_unused(&mut self, network: ClientNetwork) {
        let is_unused = |used: &NetworkUse| {
            used.connections.load(Ordering::Relaxed) == 0 && used.unauthenticated.load(Ordering::Relaxed) == 0
        };
        if self.networks.get(&network).is_some_and(|used| is_unused(used)) {
            self.networks.remove(&network);
        }
    }

    fn close_idle_when_nearly_full(&mut self, shared: &Shared) {
        let is_nearly_full = self.open.len() * 100 >= shared.limits.all * NEARLY_FULL_PERCENT;
        let is_due = self.last_close.is_none_or(|last| last.elapsed() >= MIN_CLOSE_INTERVAL);
        if is_nearly_full && is_due {
            self.close_idle(shared);
        }
    }

    /// Closes connections without valid credentials first, longest idle first.
    fn close_idle(&mut self, shared: &Shared) {
        self.last_close = Some(Instant::now());
        let mut idle: Vec<_> = self
            .open
            .values()
            .filter(|connection| connection.in_flight.load(Ordering::Relaxed) == 0)
            .map(|connection| {
                let is_authenticated = connection.is_authenticated.load(Ordering::Relaxed);
                (is_authenticated, connection.idle_since.load(Ordering::Relaxed), connection)
            })
            .collect();
        idle.sort_unstable_by_key(|(is_authenticated, idle_since, _)| (*is_authenticated, *idle_since));
        let closed = (shared.limits.all * CLOSED_AT_ONCE_PERCENT / 100).max(1).min(idle.len());
        idle.iter().take(closed).for_each(|(.., connection)| connection.close.notify_one());
        shared.counters.closed_idle.fetch_add(closed as u64, Ordering::Relaxed);
    }
}

impl Admitted {
    pub(crate) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut state = self.connections.lock();
        state.open.remove(&self.id);
        state.network(self.network).connections.fetch_sub(1, Ordering::Relaxed);
        state.forget_unused(self.network);
        self.connections.0.closed.notify_waiters();
    }
}

impl Connection {
    fn new(peer: SocketAddr, start: Instant) -> Self {
        let idle_since = AtomicU64::new(milliseconds_since(start));
        Self {
            peer,
            is_authenticated: Arc::default(),
            unauthenticated: AtomicUsize::new(0),
            unanswered: AtomicUsize::new(0),
            unanswered_since: AtomicU64::new(0),
            in_flight: AtomicUsize::new(0),
            idle_since,
            start,
            close: Notify::new(),
        }
    }

    /// Completes when the connection is asked to close.
    pub(crate) async fn close_requested(&self) {
        self.close.notified().await;
    }

    /// Completes when no request was in flight for `limit`, or up to a quarter longer. With `spare_authenticated`, never
    /// completes for a connection with valid credentials.
    pub(crate) async fn idle_for(&self, limit: Duration, spare_authenticated: bool) {
        while let Some(left) =
            self.next_idle_check(limit, spare_authenticated, milliseconds_since(self.start))
        {
            let _ = timeout(left, std::future::pending::<()>()).await;
        }
    }

    /// The time until the next check for idleness; `None` if the connection is idle. Polling is cheaper than waking a task at
    /// the end of each request.
    fn next_idle_check(&self, limit: Duration, spare_authenticated: bool, now: u64) -> Option<Duration> {
        if self.in_flight.load(Ordering::Relaxed) > 0 {
            return Some(limit / 4);
        }
        if spare_authenticated && self.is_authenticated.load(Ordering::Relaxed) {
            return Some(limit);
        }
        let idle = now.saturating_sub(self.idle_since.load(Ordering::Relaxed));
        Some(limit.saturating_sub(Duration::from_millis(idle))).filter(|left| !left.is_zero())
    }

    /// Completes when requests without credentials have been in flight for too long.
    pub(crate) async fn unanswered_too_long(&self) {
        while !self.is_unanswered_too_long(milliseconds_since(self.start)) {
            let _ = timeout(UNAUTHENTICATED_TIMEOUT / 4, std::future::pending::<()>()).await;
        }
    }

    fn is_unanswered_too_long(&self, now: u64) -> bool {
        let waited = now.saturating_sub(self.unanswered_since.load(Ordering::Relaxed));
        self.unanswered.load(Ordering::Relaxed) > 0
            && Duration::from_millis(waited) >= UNAUTHENTICATED_TIMEOUT
    }

    /// Counts a request until its answer was sent or dropped.
    pub(crate) fn request(self: &Arc<Self>) -> RequestInFlight {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        RequestInFlight(self.clone())
    }
}

/// Keeps the connection from being idle until it is dropped.
pub(crate) struct RequestInFlight(Arc<Connection>);

impl Drop for RequestInFlight {
    fn drop(&mut self) {
        self.0.idle_since.store(milliseconds_since(self.0.start), Ordering::Relaxed);
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A slot for a request without credentials, freed on drop.
pub(crate) struct UnauthenticatedRequest {
    connections: Connections,
    connection: Arc<Connection>,
    network: ClientNetwork,
    used: Arc<NetworkUse>,
    is_endless: bool,
}

impl Drop for UnauthenticatedRequest {
    fn drop(&mut self) {
        self.connection.unanswered.fetch_sub(usize::from(!self.is_endless), Ordering::Relaxed);
        self.connection.unauthenticated.fetch_sub(1, Ordering::Relaxed);
        self.connections.0.all.unauthenticated.fetch_sub(1, Ordering::Relaxed);
        if self.used.unauthenticated.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.connections.lock().forget_unused(self.network);
        }
    }
}

fn milliseconds_since(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ConnectionLimits = ConnectionLimits { all: 20, of_network: 5, of_loopback: 20 };

    fn peer(address: &str) -> SocketAddr {
        SocketAddr::new(address.parse().unwrap(), 4_000)
    }

    #[tokio::test]
    async fn connections_are_limited_per_network_and_in_total() {
        let connections = Connections::new(LIMITS);
        let of_one: Vec<_> = (0..5).map(|_| connections.admit(peer("192.0.2.1")).unwrap()).collect();
        assert_eq!(connections.admit(peer("192.0.2.1")).err(), Some(Rejection::Network));
        assert_eq!(connections.admit(peer("::ffff:192.0.2.1")).err(), Some(Rejection::Network));
        let of_loopback: Vec<_> = (0..15).map(|_| connections.admit(peer("127.0.0.1")).unwrap()).collect();
        assert_eq!(connections.admit(peer("192.0.2.2")).err(), Some(Rejection::All));
        drop(of_one);
        assert!(connections.admit(peer("192.0.2.1")).is_ok());
        drop(of_loopback);
        let counters = connections.counters();
        assert_eq!((counters.open, counters.rejected_by_all, counters.rejected_by_network), (0, 1, 2));
        assert!(connections.lock().networks.is_empty(), "nothing is kept of clients that have gone");
    }

    #[tokio::test]
    async fn addresses_of_one_ipv6_network_share_the_limit() {
        let connections = Connections::new(LIMITS);
        let _open: Vec<_> =
            (0..5).map(|host| connections.admit(peer(&format!("2001:db8::{host:x}"))).unwrap()).collect();
        assert_eq!(connections.admit(peer("2001:db8::ffff")).err(), Some(Rejection::Network));
        assert!(connections.admit(peer("2001:db8:0:1::1")).is_ok());
    }

    #[tokio::test]
    async fn longest_idle_connections_without_credentials_close_first() {
        let connections = Connections::new(LIMITS);
        let mut open = Vec::new();
        for number in 0..18_u8 {
            let admitted = connections.admit(peer(&format!("192.0.2.{number}"))).unwrap();
            admitted.connection().idle_since.store(u64::from(number), Ordering::Relaxed);
            open.push(admitted);
        }
        open[0].connection().is_authenticated.store(true, Ordering::Relaxed);
        let _busy = open[1].connection().request();
        let _new = connections.admit(peer("192.0.2.100")).unwrap();
        let is_asked = |admitted: &Admitted| {
            let asked = admitted.connection().close.notified();
            std::pin::pin!(asked).enable()
        };
        let asked: Vec<_> = (0..open.len()).filter(|number| is_asked(&open[*number])).collect();
        assert_eq!(asked, [2, 3, 4, 5]);
        assert_eq!(connections.counters().closed_idle, 4);
    }

    #[tokio::test(start_paused = true)]
    async fn new_connection_waits_for_idle_ones_to_close() {
        let connections = Connections::new(LIMITS);
        let idle: Vec<_> =
            (0..20).map(|number| connections.admit(peer(&format!("192.0.2.{number}")))).collect();
        assert_eq!(connections.admit(peer("192.0.2.100")).err(), Some(Rejection::All));
        for admitted in idle {
            let admitted = admitted.unwrap();
            tokio::spawn(async move { admitted.connection().close_requested().await });
        }
        assert!(connections.admit_when_idle_ones_close(peer("192.0.2.100")).await.is_ok());

        let connections = Connections::new(ConnectionLimits { all: 1, ..LIMITS });
        let admitted = connections.admit(peer("192.0.2.1")).unwrap();
        let _busy = admitted.connection().request();
        let rejected = connections.admit_when_idle_ones_close(peer("192.0.2.2")).await;
        assert_eq!(rejected.err(), Some(Rejection::All));
    }

    #[tokio::test]
    async fn requests_without_credentials_are_limited_per_connection_and_network() {
        let connections =
            Connections::new(ConnectionLimits { all: 1_000, of_network: 1_000, of_loopback: 1_000 });
        let (client, network) = (peer("192.0.2.1"), ClientNetwork::of(peer("192.0.2.1").ip()));
        let mut open = Vec::new();
        for _ in 0..MAX_UNAUTHENTICATED_PER_NETWORK / MAX_UNAUTHENTICATED_PER_CONNECTION {
            let admitted = connections.admit(client).unwrap();
            let admit = || connections.admit_unauthenticated(admitted.connection(), network, false);
            let requests: Vec<_> =
                (0..MAX_UNAUTHENTICATED_PER_CONNECTION).map(|_| admit().unwrap()).collect();
            assert_eq!(admit().err(), Some(Rejection::Connection));
            open.push((requests, admitted));
        }
        let another = connections.admit(client).unwrap();
        let admit = || connections.admit_unauthenticated(another.connection(), network, false);
        assert_eq!(admit().err(), Some(Rejection::Network));
        open.pop();
        assert!(admit().is_ok());
        drop((open, another));
        assert!(connections.lock().networks.is_empty());
        assert_eq!(connections.counters().unauthenticated_requests, 0);
    }

    #[tokio::test]
    async fn requests_without_credentials_time_out_unless_endless() {
        let connections = Connections::new(LIMITS);
        let admitted = connections.admit(peer("192.0.2.1")).unwrap();
        let admit = |is_endless| {
            let network = ClientNetwork::of(peer("192.0.2.1").ip());
            connections.admit_unauthenticated(admitted.connection(), network, is_endless).unwrap()
        };
        let _endless = admit(true);
        drop(admit(false));
        assert!(!admitted.connection().is_unanswered_too_long(u64::MAX));
        let _unanswered = admit(false);
        admitted.connection().unanswered_since.store(5, Ordering::Relaxed);
        assert!(!admitted.connection().is_unanswered_too_long(120_004));
        assert!(admitted.connection().is_unanswered_too_long(120_005));
    }

    #[tokio::test]
    async fn connection_is_idle_only_without_requests_in_flight() {
        const LIMIT: Duration = Duration::from_secs(10);
        let connections = Connections::new(LIMITS);
        let admitted = connections.admit(peer("192.0.2.1")).unwrap();
        let connection = admitted.connection();
        let request = connection.request();
        assert_eq!(connection.next_idle_check(LIMIT, false, u64::MAX), Some(LIMIT / 4));
        drop(request);
        connection.idle_since.store(5, Ordering::Relaxed);
        assert_eq!(connection.next_idle_check(LIMIT, true, 5), Some(LIMIT));
        assert_eq!(connection.next_idle_check(LIMIT, true, 10_004), Some(Duration::from_millis(1)));
        assert_eq!(connection.next_idle_check(LIMIT, true, 10_005), None);
        connection.is_authenticated.store(true, Ordering::Relaxed);
        assert_eq!(connection.next_idle_check(LIMIT, true, 10_005), Some(LIMIT), "it is spared");
        assert_eq!(connection.next_idle_check(LIMIT, false, 10_005), None);
    }
}
