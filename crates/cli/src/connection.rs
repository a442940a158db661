//! A connection to a running server, for commands that speak to one: where it is, who asks, and a way to call any rpc.

use std::path::{Path, PathBuf};

use prost::Message;
use serde::Deserialize;
use strongroom_contract::v1;
use tonic::Request;
use tonic::client::Grpc;
use tonic::codegen::http::uri::{PathAndQuery, Scheme};
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tonic_prost::ProstCodec;
use zeroize::Zeroizing;

/// Which server, and as whom.
#[derive(clap::Args)]
pub struct Connection {
    /// File with endpoint and credentials, as the first start of a server writes it
    #[arg(long, env = "STRONGROOM_CREDENTIALS", default_value = "data/credentials.json")]
    credentials: PathBuf,
    /// Scheme, address and port of the server [default: what the credentials say]
    #[arg(long, env = "STRONGROOM_ENDPOINT")]
    endpoint: Option<String>,
    /// PEM file with the certificate that the server's own is signed by; needed when the endpoint is https
    #[arg(long, env = "STRONGROOM_CA_CERTIFICATE")]
    ca_certificate: Option<PathBuf>,
}

/// Why a command got no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("could not read {path}.")]
    File { path: PathBuf, source: std::io::Error },
    #[error("{path} does not hold credentials as the first start of a server writes them.")]
    Credentials { path: PathBuf, source: serde_json::Error },
    #[error("could not reach the server at {endpoint}. Start it, or name another one with --endpoint.")]
    Connect { endpoint: String, source: tonic::transport::Error },
    #[error(
        "{endpoint} is https, and the certificates of the system are not consulted. Give the certificate that the server's \
         own is signed by with --ca-certificate."
    )]
    NoCertificate { endpoint: String },
    #[error(
        "the token of {endpoint} is not one that can be sent back. Check that a Strongroom server answers there."
    )]
    Token { endpoint: String },
    /// In the server's own words.
    #[error("{0}")]
    Refused(String),
}

#[derive(Deserialize)]
struct Credentials {
    endpoint: String,
    domain_name: String,
    user_name: String,
    password: Zeroizing<String>,
}

/// A caller that the server knows.
pub struct Session {
    client: Grpc<Channel>,
    token: Option<MetadataValue<Ascii>>,
}

impl Connection {
    pub async fn open(&self) -> Result<Session, Failure> {
        let path = &self.credentials;
        let credentials: Credentials = serde_json::from_slice(&Zeroizing::new(read(path)?))
            .map_err(|source| Failure::Credentials { path: path.clone(), source })?;
        let endpoint = self.endpoint.as_ref().unwrap_or(&credentials.endpoint);
        let client = Grpc::new(self.channel(endpoint).await?);
        let mut session = Session { client, token: None };
        let request = log_in(&credentials);
        let answer: v1::CreateTokenResponse = session.call("/strongroom.v1.Iam/CreateToken", request).await?;
        let token = answer.subject_token.parse();
        session.token = Some(token.map_err(|_| Failure::Token { endpoint: endpoint.clone() })?);
        Ok(session)
    }

    async fn channel(&self, endpoint: &str) -> Result<Channel, Failure> {
        let unreachable = |source| Failure::Connect { endpoint: endpoint.to_owned(), source };
        let mut server = Endpoint::from_shared(endpoint.to_owned()).map_err(unreachable)?;
        if server.uri().scheme() == Some(&Scheme::HTTPS) && self.ca_certificate.is_none() {
            return Err(Failure::NoCertificate { endpoint: endpoint.to_owned() });
        }
        if let Some(path) = &self.ca_certificate {
            let trusted = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(read(path)?));
            server = server.tls_config(trusted).map_err(unreachable)?;
        }
        server.connect().await.map_err(unreachable)
    }
}

impl Session {
    /// Calls the rpc of this path.
    pub async fn call<Q, A>(&mut self, path: &'static str, request: Q) -> Result<A, Failure>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let refused = |status: tonic::Status| Failure::Refused(status.message().to_owned());
        self.client.ready().await.map_err(|error| Failure::Refused(error.to_string()))?;
        let mut request = Request::new(request);
        if let Some(token) = &self.token {
            request.metadata_mut().insert("x-auth-token", token.clone());
        }
        let codec = ProstCodec::<Q, A>::default();
        let answer = self.client.unary(request, PathAndQuery::from_static(path), codec).await;
        answer.map(tonic::Response::into_inner).map_err(refused)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|source| Failure::File { path: path.to_owned(), source })
}

/// The one copy of the password that is not wiped: it goes out with the request.
fn log_in(credentials: &Credentials) -> v1::CreateTokenRequest {
    let user = v1::PasswordUser {
        name: credentials.user_name.clone(),
        password: credentials.password.to_string(),
        domain: Some(v1::DomainName { name: credentials.domain_name.clone() }),
    };
    let password = Some(v1::PasswordMethod { user: Some(user) });
    let identity = Some(v1::Identity { methods: vec!["password".to_owned()], password });
    v1::CreateTokenRequest { auth: Some(v1::Auth { identity, scope: None }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn https_without_a_certificate_to_trust_says_what_to_give() {
        let connection = Connection { credentials: "none".into(), endpoint: None, ca_certificate: None };
        for endpoint in ["https://localhost:1", "HTTPS://localhost:1"] {
            let refused = connection.channel(endpoint).await.err().map(|failure| failure.to_string());
            assert!(refused.as_ref().is_some_and(|words| words.contains("--ca-certificate")), "{refused:?}");
        }
        let refused = connection.channel("http://localhost:1").await;
        assert!(matches!(refused, Err(Failure::Connect { .. })), "it is tried");
    }
}
