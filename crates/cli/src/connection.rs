//! Which server a command speaks to, and as whom.

mod credentials;
mod environment;
mod profile;
mod session;

use std::path::{Path, PathBuf};
use std::time::Duration;

use strongroom_contract::v1;
use tonic::codegen::http::uri::Scheme;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};

use zeroize::Zeroizing;

use crate::failure::CommandError;
use credentials::{Credentials, Proof};
use environment::variable;
pub use environment::{ENVIRONMENT_HELP, OWN_VARIABLES, inherited};
pub use session::Session;

/// The default of `serve --listen`.
const DEFAULT_ENDPOINT: &str = "http://127.0.0.1:8200";

/// The credentials that the first start of a server writes, relative to the folder in which it was started.
const FIRST_CREDENTIALS: &str = "data/credentials.json";

/// Our choice: a server on the other side of the earth answers within a second.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The flags of every command that calls a server.
#[derive(clap::Args)]
#[command(next_help_heading = "Connection")]
pub struct Connection {
    /// Profile to use, of ~/.config/strongroom/profiles.toml [env: STRONGROOM_PROFILE]
    #[arg(long)]
    profile: Option<String>,
    /// File with endpoint and credentials, as the first start of a server writes it [env: STRONGROOM_CREDENTIALS]
    #[arg(long, value_name = "FILE", conflicts_with = "profile")]
    credentials: Option<PathBuf>,
    /// Scheme, address and port of the server [env: STRONGROOM_ENDPOINT] [default: the endpoint in the credentials]
    #[arg(long)]
    endpoint: Option<String>,
    /// PEM file with the CA certificate of the server, instead of those that the system trusts [env: STRONGROOM_CA_CERTIFICATE]
    #[arg(long, value_name = "FILE")]
    ca_certificate: Option<PathBuf>,
}

/// A session and the credentials it was opened with.
pub struct Opened {
    pub session: Session,
    /// `None` if the credentials are a token.
    pub password: Option<Zeroizing<String>>,
    pub token: Zeroizing<String>,
}

impl Connection {
    pub async fn open(&self) -> Result<Session, CommandError> {
        Ok(self.open_with_credentials().await?.session)
    }

    /// For commands that work on the credentials themselves.
    pub async fn open_with_credentials(&self) -> Result<Opened, CommandError> {
        let credentials = self.credentials()?;
        let endpoint = self.endpoint.clone().or_else(|| variable("STRONGROOM_ENDPOINT"));
        let endpoint = endpoint.or(credentials.endpoint).unwrap_or_else(|| DEFAULT_ENDPOINT.to_owned());
        let trusted = self.ca_certificate.clone();
        let trusted = trusted.or_else(|| variable("STRONGROOM_CA_CERTIFICATE").map(PathBuf::from));
        let trusted = trusted.or(credentials.ca_certificate);
        let mut session = Session::new(channel(&endpoint, trusted.as_deref()).await?);
        match credentials.proof {
            Proof::Token(token) => {
                session.use_token(&token)?;
                Ok(Opened { session, password: None, token })
            }
            Proof::Password { domain_name, user_name, password } => {
                let request = log_in_request(&domain_name, &user_name, &password);
                let path = "/strongroom.v1.Iam/CreateToken";
                let answer = session.call::<_, v1::CreateTokenResponse>(path, request).await;
                let answer = answer.map_err(|failure| match failure.is_broken_connection() {
                    true => {
                        CommandError::Connect { endpoint, cause: "another program answers there".to_owned() }
                    }
                    false => failure,
                })?;
                let token = Zeroizing::new(answer.subject_token);
                session.use_token(&token)?;
                Ok(Opened { session, password: Some(password), token })
            }
        }
    }

    /// Order: flags, secrets in the environment, files named in the environment, the default profile, the first credentials.
    fn credentials(&self) -> Result<Credentials, CommandError> {
        if let Some(name) = &self.profile {
            return profile::named(name);
        }
        if let Some(path) = &self.credentials {
            return credentials::read(path);
        }
        if let Some(given) = environment::credentials()? {
            return Ok(given);
        }
        if let Some(name) = variable("STRONGROOM_PROFILE") {
            return profile::named(&name);
        }
        if let Some(path) = variable("STRONGROOM_CREDENTIALS") {
            return credentials::read(Path::new(&path));
        }
        if let Some(default) = profile::default()? {
            return Ok(default);
        }
        if Path::new(FIRST_CREDENTIALS).exists() {
            return credentials::read(Path::new(FIRST_CREDENTIALS));
        }
        Err(CommandError::NotSignedIn(format!(
            "No credentials found. Looked for STRONGROOM_TOKEN, STRONGROOM_PASSWORD, the profile `default` and \
             {FIRST_CREDENTIALS}. Pass --profile NAME or --credentials FILE, or set STRONGROOM_TOKEN."
        )))
    }
}

async fn channel(endpoint: &str, trusted: Option<&Path>) -> Result<Channel, CommandError> {
    let unreachable = |error: tonic::transport::Error| CommandError::Connect {
        endpoint: endpoint.to_owned(),
        cause: root_cause(&error),
    };
    let mut server = Endpoint::from_shared(endpoint.to_owned())
        .ok()
        .filter(|server| {
            server.uri().scheme().is_some_and(|scheme| [Scheme::HTTP, Scheme::HTTPS].contains(scheme))
        })
        .ok_or_else(|| {
            CommandError::Usage(format!(
                "{endpoint} is not the address of a server. Give scheme, host and port, as in {DEFAULT_ENDPOINT}."
            ))
        })?;
    if server.uri().scheme() == Some(&Scheme::HTTPS) {
        let tls = match trusted {
            Some(path) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(certificate(path)?)),
            None => ClientTlsConfig::new().with_native_roots(),
        };
        server = server.tls_config(tls).map_err(unreachable)?;
    }
    server.connect_timeout(CONNECT_TIMEOUT).connect().await.map_err(unreachable)
}

/// The innermost error. The layers above it add nothing but that there is one.
fn root_cause(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}

fn certificate(path: &Path) -> Result<Vec<u8>, CommandError> {
    let pem = std::fs::read(path).map_err(|source| CommandError::Read { path: path.to_owned(), source })?;
    if String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
        return Ok(pem);
    }
    Err(CommandError::Usage(format!("{} does not hold a certificate in PEM.", path.display())))
}

/// This copy of the password is not cleared by us: it is sent with the request.
fn log_in_request(domain_name: &str, user_name: &str, password: &str) -> v1::CreateTokenRequest {
    let user = v1::PasswordUser {
        name: user_name.to_owned(),
        password: password.to_owned(),
        domain: Some(v1::DomainName { name: domain_name.to_owned() }),
    };
    let password = Some(v1::PasswordMethod { user: Some(user) });
    let identity = Some(v1::Identity { methods: vec!["password".to_owned()], password, token: None });
    v1::CreateTokenRequest { auth: Some(v1::Auth { identity, scope: None }) }
}
