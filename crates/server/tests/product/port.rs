//! One port for everything, plain or over TLS.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use http_body_util::{BodyExt, Empty};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::product::Product;

#[tokio::test]
async fn public_routes_are_served_without_credentials() {
    let product = Product::start().await;
    for (path, content_type) in [
        ("/healthz", "text/plain"),
        ("/openapi.yaml", "application/yaml"),
        ("/explorer/", "text/html"),
        ("/explorer/swagger-initializer.js", "text/javascript"),
    ] {
        let answer = reqwest::get(product.url(path)).await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert!(answer.headers()["content-type"].to_str().unwrap().starts_with(content_type), "{path}");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert!(!answer.headers().contains_key("strict-transport-security"), "there is no TLS");
    }
    for path in ["/healthz", "/metrics"] {
        let answer = reqwest::get(product.url(path)).await.unwrap();
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
    }
    let explorer =
        reqwest::get(product.url("/explorer/swagger-initializer.js")).await.unwrap().text().await.unwrap();
    assert!(explorer.contains("/openapi.yaml"));
}

#[tokio::test]
async fn page_is_served_with_a_strict_content_security_policy() {
    let product = Product::start().await;
    let answer = reqwest::get(product.url("/")).await.unwrap();
    assert_eq!(answer.status(), 200, "build the page first: `cargo xtask build`");
    let policy = answer.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'self' 'wasm-unsafe-eval'") && !policy.contains("unsafe-inline"));
    assert!(answer.text().await.unwrap().contains("<title>Strongroom</title>"));
}

#[tokio::test]
async fn http_2_in_clear_serves_rest_too() {
    let product = Product::start().await;
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let answer = client.get(product.url("/healthz")).send().await.unwrap();
    assert_eq!((answer.version(), answer.status().as_u16()), (http::Version::HTTP_2, 200));
}

#[tokio::test]
async fn grpc_health_answers() {
    let product = Product::start().await;
    let channel = tonic::transport::Endpoint::new(product.endpoint.clone()).unwrap().connect().await.unwrap();
    let mut health = tonic_health::pb::health_client::HealthClient::new(channel);
    let answer = health.check(tonic_health::pb::HealthCheckRequest::default()).await.unwrap();
    assert_eq!(answer.into_inner().status(), tonic_health::pb::health_check_response::ServingStatus::Serving);
}

#[tokio::test]
async fn unknown_service_is_rejected_in_grpc_form() {
    let product = Product::start().await;
    for content_type in ["application/grpc", "application/grpc-web+proto"] {
        let request = reqwest::Client::new().post(product.url("/none.v1.None/None"));
        let answer = request.header("content-type", content_type).send().await.unwrap();
        assert_eq!(answer.headers()["grpc-status"], "12", "{content_type}");
    }
}

#[tokio::test]
async fn tls_port_speaks_http_1_and_http_2() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let product = Product::start_with(|settings| {
        settings.tls_certificate = Some(certificate.clone());
        settings.tls_key = Some(key);
    })
    .await;
    assert!(product.endpoint.starts_with("https://"));

    for version in ["h2", "http/1.1"] {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(rustls::pki_types::CertificateDer::from_pem_file(&certificate).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![version.as_bytes().to_vec()];
        let address = product.endpoint.strip_prefix("https://").unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TokioIo::new(TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap());
        let request = http::Request::get("https://localhost/healthz").header("host", "localhost");
        let request = request.body(Empty::<bytes::Bytes>::new()).unwrap();
        let answer = if version == "h2" {
            let (mut send, connection) =
                hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.unwrap();
            tokio::spawn(connection);
            send.send_request(request).await.unwrap()
        } else {
            let (mut send, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
            tokio::spawn(connection);
            send.send_request(request).await.unwrap()
        };
        assert_eq!(answer.status(), 200, "{version}");
        assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "ok\n");
    }
}

#[tokio::test]
async fn stopping_finishes_accepted_requests() {
    let mut product = Product::start().await;
    let address = product.endpoint.strip_prefix("http://").unwrap().to_owned();
    let (health, token) = (product.url("/healthz"), product.token.clone());
    let body = r#"{"name":"late","secret_string":"x"}"#;
    let path = product.url("/v1/{project_id}/secrets").replace(&product.endpoint, "");
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nx-auth-token: {token}\r\n\
         content-type: application/json\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    // The server asks for the body, so it has accepted the request.
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).await.unwrap();
    assert!(asked.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&asked));

    let stopping = tokio::spawn(async move { product.stop().await });
    while TcpStream::connect(&address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    stopping.await.unwrap();
    assert!(reqwest::get(health).await.is_err(), "nobody listens any more");
}
