//! Log-ins are limited per address, so that a flood of them does not lock out others.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use serde_json::{Value, json};
use strongroom_contract::v1::{
    Auth, CreateTokenRequest, CreateTokenResponse, DomainName, Identity, PasswordMethod, PasswordUser,
};
use tracing_subscriber::fmt::MakeWriter;

use crate::product::Product;
use crate::transports::TRANSPORTS;

fn body(product: &Product, user: &str, password: &str) -> Value {
    json!({"auth": {"identity": {"methods": ["password"], "password": {"user": {
        "name": user, "password": password, "domain": {"name": product.known("domain_name")}}}}}})
}

fn client_at(address: [u8; 4]) -> reqwest::Client {
    reqwest::Client::builder().local_address(IpAddr::from(address)).build().unwrap()
}

/// Status and, if present, the seconds to wait.
async fn log_in(client: &reqwest::Client, product: &Product, user: &str, password: &str) -> (u16, String) {
    let request = client.post(product.url("/v3/auth/tokens")).json(&body(product, user, password));
    let answer = request.send().await.unwrap();
    let wait = answer.headers().get("retry-after").map_or("", |value| value.to_str().unwrap());
    (answer.status().as_u16(), wait.to_owned())
}

#[tokio::test]
async fn eleventh_wrong_password_is_rejected_and_other_users_are_not() {
    let product = Product::start().await;
    let (user, password) = (product.known("user_name"), product.known("password"));
    let (attacker, owner) = (client_at([127, 0, 0, 2]), client_at([127, 0, 0, 3]));
    for user in [user.as_str(), "nobody"] {
        for _ in 0..10 {
            assert_eq!(log_in(&attacker, &product, user, "wrong").await, (401, String::new()));
        }
        assert_eq!(log_in(&attacker, &product, user, "wrong").await, (429, "6".to_owned()), "{user}");
        assert_eq!(log_in(&attacker, &product, &user.to_uppercase(), "wrong").await.0, 429, "{user}");
    }
    assert_eq!(log_in(&attacker, &product, &user, &password).await.0, 429, "it was not looked at");
    assert_eq!(
        log_in(&owner, &product, &user, &password).await.0,
        201,
        "nobody is locked out from elsewhere"
    );
    product.pass(6_000);
    assert_eq!(log_in(&attacker, &product, &user, &password).await.0, 201);
    assert_eq!(
        log_in(&attacker, &product, &user, "wrong").await.0,
        401,
        "a right password forgets the wrong ones"
    );
}

#[tokio::test]
async fn too_many_wrong_passwords_are_rejected_alike_by_every_transport() {
    for transport in TRANSPORTS {
        let product = Product::start().await;
        let user = PasswordUser {
            name: product.known("user_name"),
            password: "wrong".to_owned(),
            domain: Some(DomainName { name: product.known("domain_name") }),
        };
        let identity = Identity {
            methods: vec!["password".to_owned()],
            password: Some(PasswordMethod { user: Some(user) }),
            token: None,
        };
        let request = CreateTokenRequest { auth: Some(Auth { identity: Some(identity), scope: None }) };
        let mut told = None;
        for _ in 0..11 {
            let answer =
                transport.send::<_, CreateTokenResponse>(&product, "CreateToken", request.clone()).await;
            told = answer.err();
        }
        let sentence = told.unwrap().sentence;
        assert!(sentence.ends_with("Try again in 6 s."), "{transport:?}: {sentence}");
    }
}

#[tokio::test]
async fn flood_of_log_ins_from_one_address_does_not_delay_others() {
    let product = Arc::new(Product::start().await);
    let mut flood = tokio::task::JoinSet::new();
    for number in 0..400 {
        let product = product.clone();
        flood.spawn(async move {
            log_in(&client_at([127, 0, 0, 2]), &product, &format!("user-{number}"), "wrong").await
        });
    }
    let waiting = async {
        loop {
            let metrics = reqwest::Client::new()
                .get(product.url("/metrics"))
                .basic_auth(product.known("access_key"), Some(product.known("secret_key")));
            let shown = metrics.send().await.unwrap().text().await.unwrap();
            let line = shown.lines().find_map(|line| line.strip_prefix("strongroom_log_ins_waiting "));
            if line.unwrap().parse::<u64>().unwrap() >= 30 {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("the flood never filled the queue");
    let before = finished(&mut flood);
    let right =
        log_in(&client_at([127, 0, 0, 3]), &product, &product.known("user_name"), &product.known("password"))
            .await;
    assert_eq!(right.0, 201);
    let meanwhile = finished(&mut flood).iter().filter(|(status, _)| *status == 401).count();
    assert!(meanwhile < 20, "{meanwhile} of the flood were served before the right one");
    let rest: Vec<_> = flood.join_all().await.into_iter().chain(before).collect();
    assert!(rest.iter().any(|(status, wait)| *status == 429 && !wait.is_empty()), "the queue is bounded");
}

fn finished(flood: &mut tokio::task::JoinSet<(u16, String)>) -> Vec<(u16, String)> {
    std::iter::from_fn(|| flood.try_join_next()).map(Result::unwrap).collect()
}

/// The log of a server.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// The log of all servers of this process while they answer, in threads of their own.
    fn of_process() -> Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        let log = LOG.get_or_init(|| {
            let log = Self::default();
            let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone()).finish();
            tracing::subscriber::set_global_default(subscriber).unwrap();
            log
        });
        log.clone()
    }

    /// The log of a server while it starts on the thread of its test, until the guard is dropped.
    pub fn capture() -> (Self, tracing::subscriber::DefaultGuard) {
        let log = Self::default();
        let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone()).finish();
        (log, tracing::subscriber::set_default(subscriber))
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn failed_log_in_is_logged_with_user_address_and_request_but_not_the_password() {
    let log = Log::of_process();
    let product = Product::start().await;
    let client = client_at([127, 0, 0, 2]);
    let request = client.post(product.url("/v3/auth/tokens")).json(&body(
        &product,
        &format!("eve\n2026 INFO forged {}", "x".repeat(500)),
        "marker-of-a-password",
    ));
    let answer = request.send().await.unwrap();
    let request_id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    let log = log.text();
    let is_it = |line: &&str| line.contains("log-in failed") && line.contains(&request_id);
    let line = log.lines().find(is_it).unwrap_or_else(|| panic!("{log}"));
    assert!(line.contains("WARN") && line.contains("127.0.0.2"), "{line}");
    assert!(line.contains("strongroom/eve") && line.len() < 600, "{line}");
    assert!(!log.contains("marker-of-a-password") && !log.contains("\n2026 INFO forged"), "{log}");
}
