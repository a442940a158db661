//! Building blocks of attacks: connections from one or many addresses, floods, and connections that are held open.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::OwnedReadHalf;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::tally::{Answers, Tally};
use crate::target::Target;

/// How long an attacker waits for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Pause before a connection that was closed is made again, so that the generator leaves the server a core.
const RECONNECT_PAUSE: Duration = Duration::from_millis(5);

/// Most concurrent connection attempts: below the backlog of a usual listener.
const MAX_CONCURRENT_CONNECTS: usize = 64;

/// How the attacker handles answers.
#[derive(Clone, Copy, PartialEq)]
pub enum Answer {
    Read,
    LeftUnread,
}

#[derive(Clone)]
pub struct Attacker {
    pub target: Arc<Target>,
    pub tally: Arc<Tally>,
    spread: bool,
    addresses: Arc<AtomicU32>,
}

impl Attacker {
    pub fn new(target: Arc<Target>) -> Self {
        Self { target, tally: Arc::default(), spread: false, addresses: Arc::default() }
    }

    /// The same attacker with an address of its own for each connection.
    pub fn spread_over_addresses(&self) -> Self {
        Self { spread: true, ..self.clone() }
    }

    /// A connection; none when the server does not take it in time.
    pub async fn connect(&self) -> Option<TcpStream> {
        let socket = TcpSocket::new_v4().ok()?;
        if self.spread {
            let number = self.addresses.fetch_add(1, Ordering::Relaxed);
            let [_, _, high, low] = (number % 64_000 + 1).to_be_bytes();
            socket.bind(SocketAddr::from((Ipv4Addr::new(127, 66, high, low), 0))).ok()?;
        }
        match timeout(CONNECT_TIMEOUT, socket.connect(self.target.address)).await {
            Ok(Ok(stream)) => {
                self.tally.count("connections");
                let _ = stream.set_nodelay(true);
                // Closed sockets that linger would use up the ports of one address.
                let _ = socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO));
                Some(stream)
            }
            Ok(Err(_)) | Err(_) => {
                self.tally.count("connections rejected");
                None
            }
        }
    }

    /// `connections` tasks at once, each doing `work` over and over.
    pub async fn repeat<F>(&self, connections: usize, work: impl Fn(Self) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut tasks = JoinSet::new();
        for _ in 0..connections {
            tasks.spawn(work(self.clone()));
        }
        while tasks.join_next().await.is_some() {
            sleep(RECONNECT_PAUSE).await;
            tasks.spawn(work(self.clone()));
        }
    }

    /// Each connection sends `opening`, then what `piece` makes of 0, 1, 2, ... until it is closed, and is made again.
    pub async fn flood<P>(&self, connections: usize, opening: Vec<u8>, answer: Answer, piece: P)
    where
        P: Fn(u32) -> Vec<u8> + Send + Sync + 'static,
    {
        let (opening, piece) = (Arc::new(opening), Arc::new(piece));
        self.repeat(connections, move |attacker| {
            let (opening, piece) = (opening.clone(), piece.clone());
            async move {
                let Some(stream) = attacker.connect().await else { return };
                let (reader, mut writer) = stream.into_split();
                let _reading = attacker.read(reader, answer);
                if !attacker.send(&mut writer, &opening).await {
                    return;
                }
                for number in 0.. {
                    if !attacker.send(&mut writer, &piece(number)).await {
                        return;
                    }
                }
            }
        })
        .await;
    }

    /// Opens `connections`, sends `opening` on each, and one `drip` after each `pause`; those that are closed stay closed.
    pub async fn hold(
        &self,
        connections: usize,
        opening: Vec<u8>,
        answer: Answer,
        drip: Option<(Duration, Vec<u8>)>,
    ) {
        let places = Arc::new(tokio::sync::Semaphore::new(MAX_CONCURRENT_CONNECTS));
        let (opening, drip) = (Arc::new(opening), Arc::new(drip));
        let mut tasks = JoinSet::new();
        for _ in 0..connections {
            let (attacker, opening) = (self.clone(), opening.clone());
            let (drip, places) = (drip.clone(), places.clone());
            tasks.spawn(async move {
                let place = places.acquire_owned().await;
                let Some(stream) = attacker.connect().await else { return };
                let (reader, mut writer) = stream.into_split();
                let sent = attacker.send(&mut writer, &opening).await;
                drop(place);
                if !sent {
                    return;
                }
                match (answer, &*drip) {
                    (Answer::Read, None) => attacker.drain(reader).await,
                    (Answer::LeftUnread, None) => attacker.watch(reader).await,
                    (_, Some((pause, piece))) => {
                        let _reading = attacker.read(reader, answer);
                        loop {
                            sleep(*pause).await;
                            if !attacker.send(&mut writer, piece).await {
                                return;
                            }
                        }
                    }
                }
            });
        }
        while tasks.join_next().await.is_some() {}
        std::future::pending().await
    }

    /// False when the server has closed the connection.
    pub async fn send(&self, writer: &mut (impl AsyncWriteExt + Unpin), bytes: &[u8]) -> bool {
        let sent = writer.write_all(bytes).await.is_ok();
        match sent {
            true => self.tally.add("bytes sent", bytes.len() as u64),
            false => self.tally.count("closed by the server"),
        }
        sent
    }

    /// Sends a request of HTTP/1.1 and reads its answer, which has a length. False when there is none.
    pub async fn ask(&self, stream: &mut TcpStream, request: &[u8]) -> bool {
        if !self.send(stream, request).await {
            return false;
        }
        let (mut held, mut buffer) = (Vec::new(), vec![0; 64 * 1024]);
        let mut whole = None;
        while whole.is_none_or(|whole| held.len() < whole) {
            let Ok(length @ 1..) = stream.read(&mut buffer).await else {
                self.tally.count("closed by the server");
                return false;
            };
            held.extend(&buffer[..length]);
            if whole.is_none()
                && let Some(end) = held.windows(4).position(|window| window == b"\r\n\r\n")
            {
                let head = String::from_utf8_lossy(&held[..end]).to_lowercase();
                let length =
                    head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
                whole = Some(end + 4 + length.unwrap_or(0));
            }
        }
        self.tally.count(&format!("answered {}", String::from_utf8_lossy(&held[9..12])));
        true
    }

    /// Sends requests one after the other over a connection of their own, to prepare an attack.
    pub async fn prepare(&self, requests: impl IntoIterator<Item = Vec<u8>>) {
        let Some(mut stream) = self.connect().await else { return };
        for request in requests {
            if !self.ask(&mut stream, &request).await {
                return;
            }
        }
    }

    /// Reads beside what else is done, for as long as the result lives.
    pub fn read(&self, reader: OwnedReadHalf, answer: Answer) -> JoinSet<()> {
        let (attacker, mut tasks) = (self.clone(), JoinSet::new());
        tasks.spawn(async move {
            match answer {
                Answer::Read => attacker.drain(reader).await,
                Answer::LeftUnread => {
                    let _held = reader;
                    std::future::pending().await
                }
            }
        });
        tasks
    }

    /// Reads and counts until the server closes.
    pub async fn drain(&self, mut reader: OwnedReadHalf) {
        let (mut answers, mut buffer) = (Answers::default(), vec![0; 64 * 1024]);
        while let Ok(length @ 1..) = reader.read(&mut buffer).await {
            answers.read(&buffer[..length], &self.tally, |_| {});
        }
        self.tally.count("closed by the server");
    }

    /// Looks for the end of a connection without taking anything from it.
    pub async fn watch(&self, mut reader: OwnedReadHalf) {
        loop {
            match timeout(Duration::from_secs(60), reader.peek(&mut [0])).await {
                Ok(Ok(1..)) => sleep(Duration::from_millis(200)).await,
                Ok(Ok(0) | Err(_)) => return self.tally.count("closed by the server"),
                Err(_) => {}
            }
        }
    }
}
