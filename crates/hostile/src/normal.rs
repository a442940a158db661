//! The normal client, which measures what other users experience during an attack.
//!
//! It runs in threads of its own that block, so that the attacker's work in this process delays it as little as it can, and
//! comes from an address of its own. One connection reads, writes and lists at a gentle rate; log-ins each bring a new one.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::target::{STORED, Target, stored_name, stored_value};

const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// How long it waits for an answer. An error counts as an answer that took this long: otherwise a server that rejects
/// everybody would be the fastest.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// Time between two requests, and between two log-ins.
const REQUEST_INTERVAL: Duration = Duration::from_millis(20);
const LOG_IN_INTERVAL: Duration = Duration::from_millis(250);

/// Number of secrets written in turn, so that new versions replace old ones and the store does not grow.
const WRITTEN_SECRETS: usize = 20;

/// One in this many stored secrets is checked after each attack.
const SAMPLE_INTERVAL: usize = 7;

/// The observations of the client.
#[derive(Default)]
pub struct Seen {
    pub requests: Vec<Duration>,
    pub log_ins: Vec<Duration>,
    pub errors: usize,
    /// The first of them, in words.
    pub error: Option<String>,
}

impl Seen {
    pub fn add(&mut self, other: Self) {
        self.requests.extend(other.requests);
        self.log_ins.extend(other.log_ins);
        self.errors += other.errors;
        self.error = self.error.take().or(other.error);
    }
}

/// The acknowledged writes: for each name the possible current values, more than one if an answer was lost.
#[derive(Clone, Default)]
pub struct Written(Arc<Mutex<HashMap<String, Vec<String>>>>);

/// A client at work.
pub struct Working {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Seen>>,
}

impl Working {
    pub fn start(target: &Arc<Target>, written: &Written) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (target_of, stop_of, written) = (target.clone(), stop.clone(), written.clone());
        let requests = std::thread::spawn(move || request(&target_of, &stop_of, &written));
        let (target, stop_of) = (target.clone(), stop.clone());
        let log_ins = std::thread::spawn(move || log_in(&target, &stop_of));
        Self { stop, threads: vec![requests, log_ins] }
    }

    pub fn finish(self) -> Seen {
        self.stop.store(true, Ordering::Relaxed);
        let mut seen = Seen::default();
        for thread in self.threads {
            seen.add(thread.join().unwrap());
        }
        seen
    }
}

/// Does `work` at a steady rate and times it. When one takes longer than the pause, the next ones are late through no fault of
/// their own: their time counts from when they were due. When this thread was woken late it counts from then.
fn at_rate(
    stop: &AtomicBool,
    every: Duration,
    mut work: impl FnMut(usize) -> Result<(), String>,
) -> (Vec<Duration>, Vec<String>) {
    let (mut times, mut errors) = (Vec::new(), Vec::new());
    let mut due = Instant::now();
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let started = match due.checked_duration_since(Instant::now()) {
            Some(early) => {
                std::thread::sleep(early);
                due = Instant::now();
                due
            }
            None => due,
        };
        match work(number) {
            Ok(()) => times.push(started.elapsed()),
            Err(error) => {
                times.push(TIMEOUT);
                errors.push(error);
            }
        }
        due += every;
    }
    (times, errors)
}

fn request(target: &Target, stop: &AtomicBool, written: &Written) -> Seen {
    let mut client = None;
    let (requests, errors) = at_rate(stop, REQUEST_INTERVAL, |number| {
        let mut connected = match client.take() {
            Some(client) => client,
            None => Client::connect(target).map_err(|error| format!("connecting: {error}"))?,
        };
        let done = one_request(&mut connected, target, number, written);
        // After an error a client connects anew.
        if done.is_ok() {
            client = Some(connected);
        }
        done
    });
    Seen { requests, errors: errors.len(), error: errors.into_iter().next(), ..Seen::default() }
}

fn one_request(client: &mut Client, target: &Target, number: usize, written: &Written) -> Result<(), String> {
    match number % 10 {
        3 | 8 => {
            let (name, value) =
                (format!("written-{}", number / 5 % WRITTEN_SECRETS), format!("value-{number}"));
            written.write(client, target, &name, &value)
        }
        5 => {
            // The marker keeps what attackers store out of the page.
            let page = client.call(target, "GET", &target.path("/secrets?limit=50&marker=service-"), b"")?;
            contains(&page, &stored_name(0))
        }
        _ => {
            let number = number * 7 % STORED;
            let path = target.path(&format!("/secrets/{}/versions/latest", stored_name(number)));
            contains(&client.call(target, "GET", &path, b"")?, &stored_value(number))
        }
    }
}

fn contains(answer: &[u8], expected: &str) -> Result<(), String> {
    match String::from_utf8_lossy(answer).contains(expected) {
        true => Ok(()),
        false => Err(format!("an answer without {expected}")),
    }
}

fn log_in(target: &Target, stop: &AtomicBool) -> Seen {
    let (log_ins, errors) = at_rate(stop, LOG_IN_INTERVAL, |_| {
        Client::log_in(target).map(drop).map_err(|error| format!("log-in: {error}"))
    });
    Seen { log_ins, errors: errors.len(), error: errors.into_iter().next(), ..Seen::default() }
}

impl Written {
    fn write(&self, client: &mut Client, target: &Target, name: &str, value: &str) -> Result<(), String> {
        self.0.lock().unwrap().entry(name.to_owned()).or_default().push(value.to_owned());
        let body = format!(r#"{{"secret_string":"{value}"}}"#);
        client.call(target, "POST", &target.path(&format!("/secrets/{name}/versions")), body.as_bytes())?;
        self.0.lock().unwrap().insert(name.to_owned(), vec![value.to_owned()]);
        Ok(())
    }

    /// What is not there, in words.
    pub fn missing(&self, client: &mut Client, target: &Target) -> Option<String> {
        self.0.lock().unwrap().iter().find_map(|(name, values)| {
            let path = target.path(&format!("/secrets/{name}/versions/latest"));
            let answer = client.call(target, "GET", &path, b"").unwrap_or_else(String::into_bytes);
            let answer = String::from_utf8_lossy(&answer).into_owned();
            let is_there = values.iter().any(|value| answer.contains(&format!("\"{value}\"")));
            (!is_there).then(|| format!("{name} should be one of {values:?}: {answer}"))
        })
    }
}

/// Fills the store: many small secrets with realistic descriptions and tags.
pub fn store(target: &Target) -> Result<(), String> {
    let mut client = Client::connect(target).map_err(|error| error.to_string())?;
    let description =
        "Password of the database role that this service uses; owned by the platform team. ".repeat(5);
    let names: Vec<_> = (0..STORED).collect();
    for part in names.chunks(1_000) {
        let secrets: Vec<_> = part
            .iter()
            .map(|number| {
                serde_json::json!({"name": stored_name(*number), "secret_string": stored_value(*number), "description": description})
            })
            .collect();
        let body = serde_json::json!({"secrets": secrets, "atomic": true}).to_string();
        client.call(target, "POST", &target.path("/secrets/batch-import"), body.as_bytes())?;
    }
    for number in 0..WRITTEN_SECRETS {
        let body = format!(r#"{{"name":"written-{number}","secret_string":"first"}}"#);
        client.call(target, "POST", &target.path("/secrets"), body.as_bytes())?;
    }
    Ok(())
}

/// Describes records that differ from what was stored.
pub fn lost(target: &Target, written: &Written) -> Option<String> {
    let mut client = match Client::connect(target) {
        Ok(client) => client,
        Err(error) => return Some(format!("the server is out of reach: {error}")),
    };
    // A sample: every batch is among them.
    let names: Vec<_> = (0..STORED).step_by(SAMPLE_INTERVAL).collect();
    for part in names.chunks(20) {
        let list: Vec<_> = part.iter().map(|number| stored_name(*number)).collect();
        let body = serde_json::json!({"secret_name_list": list}).to_string();
        let path = target.path("/secrets/batch-get-secret-value");
        let answer = match client.call(target, "POST", &path, body.as_bytes()) {
            Ok(answer) => String::from_utf8_lossy(&answer).into_owned(),
            // The attacker has the same user, so its streams may still hold that user's share of the memory. Nothing is lost
            // by it, and after a restart all of it has to be there.
            Err(error) if error.contains("429") => return written.missing(&mut client, target),
            Err(error) => return Some(format!("{}: {error}", list[0])),
        };
        if let Some(number) = part.iter().find(|number| !answer.contains(&stored_value(**number))) {
            return Some(format!("{} is not as it was stored", stored_name(*number)));
        }
    }
    written.missing(&mut client, target)
}

/// A connection of HTTP/1.1 that blocks.
pub struct Client {
    stream: Stream,
    held: Vec<u8>,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<rustls::StreamOwned<rustls::ClientConnection, TcpStream>>),
}

impl Client {
    pub fn connect(target: &Target) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((ADDRESS, 0)).into())?;
        socket.connect_timeout(&target.address.into(), TIMEOUT)?;
        socket.set_read_timeout(Some(TIMEOUT))?;
        socket.set_write_timeout(Some(TIMEOUT))?;
        socket.set_tcp_nodelay(true)?;
        // Thousands of log-ins would use up the ports of the address.
        socket.set_linger(Some(Duration::ZERO))?;
        let stream = TcpStream::from(socket);
        let stream = match &target.tls {
            None => Stream::Plain(stream),
            Some(config) => {
                let name = "localhost".try_into().map_err(io::Error::other)?;
                let tls = rustls::ClientConnection::new(config.clone(), name).map_err(io::Error::other)?;
                Stream::Tls(Box::new(rustls::StreamOwned::new(tls, stream)))
            }
        };
        Ok(Self { stream, held: Vec::new() })
    }

    /// A token, over a connection of its own.
    pub fn log_in(target: &Target) -> Result<String, String> {
        let mut client = Self::connect(target).map_err(|error| format!("connecting: {error}"))?;
        let body = target.log_in_body(&target.user, &target.password);
        let (head, _) = client.exchange("POST", "/v3/auth/tokens", None, body.as_bytes())?;
        let token = head.lines().find_map(|line| line.strip_prefix("x-subject-token: "));
        token.map(str::to_owned).ok_or_else(|| format!("no token: {head}"))
    }

    /// The body of an answer that says that all is well.
    pub fn call(
        &mut self,
        target: &Target,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> Result<Vec<u8>, String> {
        self.exchange(method, path, Some(&target.token), body).map(|(_, body)| body)
    }

    fn exchange(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: &[u8],
    ) -> Result<(String, Vec<u8>), String> {
        let length = body.len().to_string();
        let mut headers = vec![("content-type", "application/json"), ("content-length", length.as_str())];
        headers.extend(token.map(|token| ("x-auth-token", token)));
        let request = [crate::wire::head(method, path, &headers).as_bytes(), body].concat();
        let exchanged = self.stream.write_all(&request).and_then(|()| self.answer());
        let (head, body) = exchanged.map_err(|error| format!("{method} {path}: {error}"))?;
        match head.get(9..12) {
            Some("200" | "201" | "204") => Ok((head, body)),
            _ => Err(format!(
                "{method} {path}: {} {}",
                head.lines().next().unwrap_or_default(),
                String::from_utf8_lossy(&body)
            )),
        }
    }

    fn answer(&mut self) -> io::Result<(String, Vec<u8>)> {
        let end = loop {
            match self.held.windows(4).position(|window| window == b"\r\n\r\n") {
                Some(end) => break end + 4,
                None => self.more()?,
            }
        };
        let head = String::from_utf8_lossy(&self.held[..end]).into_owned();
        self.held.drain(..end);
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length = length.map_or(Ok(0), str::parse).map_err(io::Error::other)?;
        while self.held.len() < length {
            self.more()?;
        }
        Ok((head, self.held.drain(..length).collect()))
    }

    fn more(&mut self) -> io::Result<()> {
        let mut buffer = [0; 16 * 1024];
        match self.stream.read(&mut buffer)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            length => {
                self.held.extend(&buffer[..length]);
                Ok(())
            }
        }
    }
}

impl Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.write_all(bytes),
            Self::Tls(stream) => stream.write_all(bytes),
        }
    }
}
