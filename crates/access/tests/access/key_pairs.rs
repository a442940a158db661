//! Key pairs sent as they are, and signatures that only a self-made signer can make.

use aws_lc_rs::{digest, hmac};
use strongroom_access::{Access, AccessError, Credentials, Head, Signed, Unauthenticated};

use crate::store::{NOW, started};

fn reason(failure: AccessError) -> Unauthenticated {
    match failure {
        AccessError::Unauthenticated(reason) => reason,
        other @ (AccessError::TooManyLogIns { .. } | AccessError::Internal(_)) => panic!("{other}"),
    }
}

#[tokio::test]
async fn only_the_right_pair_is_known() {
    let (_, access, credentials) = started().await;
    let caller = access.basic(&credentials.access_key, &credentials.secret_key).await.unwrap();
    assert_eq!(caller.access_key.as_ref(), Some(&credentials.access_key));
    assert_eq!(caller.project_id, credentials.project_id);

    let pairs = [
        (credentials.access_key.as_str(), ""),
        (credentials.access_key.as_str(), &credentials.secret_key[1..]),
        (credentials.access_key.as_str(), &credentials.secret_key.to_lowercase()),
        ("", credentials.secret_key.as_str()),
        ("AKOTHER", credentials.secret_key.as_str()),
        (credentials.secret_key.as_str(), credentials.access_key.as_str()),
    ];
    for (access_key, secret_key) in pairs {
        let failure = access.basic(access_key, secret_key).await.unwrap_err();
        assert_eq!(reason(failure), Unauthenticated::WrongSecretKey);
    }
}

/// Signs a POST of `body` to `/` with `headers` beside host and date.
async fn sign_and_send(
    access: &Access,
    credentials: &Credentials,
    headers: &[(&str, &str)],
    signed_hash: &str,
    body: &[u8],
) -> Result<Signed, Unauthenticated> {
    let mut headers: Vec<_> =
        headers.iter().copied().chain([("host", "h"), ("x-sdk-date", "20260115T083000Z")]).collect();
    headers.sort_unstable();
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let canonical = format!("POST\n/\n\n{lines}\n{names}\n{signed_hash}");
    let to_sign = format!("SDK-HMAC-SHA256\n20260115T083000Z\n{}", sha256(canonical.as_bytes()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, credentials.secret_key.as_bytes());
    let signature = hex(hmac::sign(&key, to_sign.as_bytes()).as_ref());
    let authorization = format!(
        "SDK-HMAC-SHA256 Access={}, SignedHeaders={names}, Signature={signature}",
        credentials.access_key
    );
    let arriving: Vec<_> = headers
        .iter()
        .map(|(name, value)| (*name, value.as_bytes()))
        .chain([("authorization", authorization.as_bytes())])
        .collect();
    let head = Head { method: "POST", path: "/", query: "", headers: &arriving };
    access.begin(&head, NOW).await.map_err(reason)?.finish(body)
}

#[tokio::test]
async fn a_signature_is_known_again_and_told_from_every_other() {
    let (_, access, credentials) = started().await;
    let send = |body: &'static [u8]| {
        let (access, credentials) = (&access, &credentials);
        async move { sign_and_send(access, credentials, &[], &sha256(body), body).await.unwrap().signature }
    };
    let first = send(b"one").await;
    assert_eq!(first, send(b"one").await);
    assert_ne!(first.hash, send(b"other").await.hash);
    assert_eq!(first.date.milliseconds(), 1_768_465_800_000, "2026-01-15T08:30:00Z, as it was signed");
}

#[tokio::test]
async fn the_project_in_the_header_has_to_be_the_one_of_the_key() {
    let (_, access, credentials) = started().await;
    let (empty, own) = (sha256(b""), credentials.project_id.to_string());
    let send = |project: String| {
        let (access, credentials, empty) = (&access, &credentials, empty.clone());
        async move { sign_and_send(access, credentials, &[("x-project-id", &project)], &empty, b"").await }
    };
    assert!(send(own).await.is_ok());
    let other = "0123456789abcdef0123456789abcdef".to_owned();
    assert_eq!(send(other).await.unwrap_err(), Unauthenticated::OtherProject);
    assert!(sign_and_send(&access, &credentials, &[], &empty, b"").await.is_ok());
}

#[tokio::test]
async fn a_declared_hash_has_to_be_the_hash_of_the_body() {
    let (_, access, credentials) = started().await;
    let (hash, other, empty) = (sha256(b"body"), sha256(b"other"), sha256(b""));
    let declared = "x-sdk-content-sha256";
    let send = async |header: &str, signed: &str, body| {
        sign_and_send(&access, &credentials, &[(declared, header)], signed, body).await
    };

    assert!(send(&hash, &hash, b"body").await.is_ok());
    assert!(matches!(send(&other, &other, b"body").await, Err(Unauthenticated::Malformed { .. })));
    assert!(matches!(send(&hash, &other, b"body").await, Err(Unauthenticated::WrongSignature { .. })));
    // An empty body counts as empty, whatever is declared.
    assert!(send(&other, &empty, b"").await.is_ok());
    assert!(send(&other, &other, b"").await.is_err());
    for body in [b"body".as_slice(), b""] {
        let reason = send("UNSIGNED-PAYLOAD", "UNSIGNED-PAYLOAD", body).await.unwrap_err();
        assert!(reason.to_string().contains("unsigned payload"), "{reason}");
    }
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
