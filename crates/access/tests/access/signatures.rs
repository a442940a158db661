//! The vectors of the documented signer, and everything near them that has to be rejected.

use proptest::prelude::*;
use strongroom_access::{Access, AccessError, Caller, Head, Unauthenticated};
use strongroom_storage::Timestamp;

use crate::store::{MINUTE, NOW, PROJECT, later, with_the_key_of_the_vectors};

/// A request that can be changed before it is judged.
#[derive(Clone)]
struct Request {
    method: &'static str,
    path: String,
    query: String,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Request {
    /// What the vectors have in common.
    fn new(method: &'static str, path: &str, query: &str, signed_headers: &str, signature: &str) -> Self {
        let authorization = format!(
            "SDK-HMAC-SHA256 Access=AKEXAMPLE, SignedHeaders={signed_headers}, Signature={signature}"
        );
        let headers = [
            ("host", "csms.example.com"),
            ("content-type", "application/json"),
            ("x-project-id", PROJECT),
            ("x-sdk-date", "20260115T083000Z"),
            ("authorization", &authorization),
            ("accept", "*/*"),
        ];
        Self {
            method,
            path: path.replace("<PID>", PROJECT),
            query: query.to_owned(),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
                .collect(),
            body: Vec::new(),
        }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self.and(name, value)
    }

    fn and(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self
    }

    fn body(mut self, body: &str) -> Self {
        self.body = body.as_bytes().to_vec();
        self
    }

    fn header(&self, name: &str) -> String {
        let (_, value) = self.headers.iter().find(|(other, _)| other == name).unwrap();
        String::from_utf8(value.clone()).unwrap()
    }

    /// Changes the text of one header.
    fn replacing(self, name: &str, from: &str, to: &str) -> Self {
        let value = self.header(name);
        assert!(value.contains(from), "{value}");
        self.with(name, &value.replace(from, to))
    }

    async fn judged_at(&self, access: &Access, now: Timestamp) -> Result<Caller, Unauthenticated> {
        let headers: Vec<_> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        let head = Head { method: self.method, path: &self.path, query: &self.query, headers: &headers };
        match access.begin(&head, now).await {
            Ok(pending) => pending.finish(&self.body).map(|signed| signed.caller),
            Err(AccessError::Unauthenticated(reason)) => Err(reason),
            Err(other @ (AccessError::TooManyLogIns { .. } | AccessError::Internal(_))) => panic!("{other}"),
        }
    }

    async fn judged(&self, access: &Access) -> Result<Caller, Unauthenticated> {
        self.judged_at(access, NOW).await
    }
}

const USUAL: &str = "content-type;host;x-project-id;x-sdk-date";

fn vector_1() -> Request {
    Request::new(
        "GET",
        "/v1/<PID>/secrets",
        "limit=2&marker=demo-1",
        USUAL,
        "5cae0a7f2f7df07b7501cd82d15263db05e8071ddc22a89ca79ccc7f5c47b85c",
    )
}

fn vector_2() -> Request {
    Request::new(
        "POST",
        "/v1/<PID>/secrets",
        "",
        "content-type;host;user-agent;x-project-id;x-sdk-date",
        "6177ac73198b44a589bd1a17512ab057c5b8a127f6e10b063a28764066846639",
    )
    .with("content-type", "application/json;charset=utf-8")
    .with("user-agent", "csms-test/1.0")
    .body(r#"{"name": "demo", "secret_string": "this is a demo secret string"}"#)
}

/// The hash of the body of vector 2.
const HASH_2: &str = "1776c5774c564ac814e26d9e7160361a6a128932da0f9492ef46e6bca380893e";

fn vector_3() -> Request {
    Request::new(
        "DELETE",
        "/v1/<PID>/csms/bb6a3d22-dc93-47ac-b5bd-88df7ad35f1e/tags/cost%20centre%2F%C3%9C%2B1%3D~%40",
        "",
        USUAL,
        "fed35d7fdf6f263020aeb96f34b18a896d255bb8d21e2d18e31f08141c29cb0a",
    )
}

fn vector_4() -> Request {
    Request::new(
        "GET",
        "/v1/<PID>/csms/tasks",
        "limit=10&marker=a%2Fb%2Bc~d%2A&secret_name=db.pass%20word&status=FAILED",
        USUAL,
        "5275a18eab40151a065e4ef89c763944e059e870a389689967229ad1ddb1c8a0",
    )
}

fn vector_5() -> Request {
    Request::new(
        "POST",
        "/v1/<PID>/secrets/my.secret-1/scheduled-deleted-tasks/cancel",
        "",
        "content-type;host;x-project-id;x-sdk-date;x-security-token",
        "ac6848fd26159c3238a82c81fc84652049509baa71d7d7ed7a9f733fe3486d23",
    )
    .with("host", "127.0.0.1:8443")
    .with("x-security-token", "STSEXAMPLE")
}

fn vector_6() -> Request {
    Request::new(
        "POST",
        "/v1/<PID>/secrets/batch-delete",
        "",
        USUAL,
        "9259dbbfa986339bc59e0ffada4b18e4ec9ff9d354b4e5a1a2f4565f587a1834",
    )
    .body(r#"{"instance_id":"63616bceef2c45409575d762a498318bin01","instance_type":"RDS"}"#)
}

fn vector_7() -> Request {
    Request::new("GET", "/v1/<PID>/secrets", "limit=2", USUAL, "").with(
        "authorization",
        &format!(
            "V11-HMAC-SHA256 Credential=AKEXAMPLE/20260115/cn-north-4/csms, SignedHeaders={USUAL}, \
             Signature=e94725fff051c930a79e4a3b9d19b7320776688d1928c63e631b6713e40285e5"
        ),
    )
}

fn vectors() -> [Request; 7] {
    [vector_1(), vector_2(), vector_3(), vector_4(), vector_5(), vector_6(), vector_7()]
}

#[tokio::test]
async fn every_vector_is_accepted() {
    let access = with_the_key_of_the_vectors().await;
    for (number, request) in (1..).zip(vectors()) {
        let caller =
            request.judged(&access).await.unwrap_or_else(|reason| panic!("vector {number}: {reason}"));
        assert_eq!(caller.access_key.as_deref(), Some("AKEXAMPLE"));
        assert_eq!(caller.project_id.to_string(), PROJECT);
        assert_eq!((caller.user_name.as_str(), caller.domain_name.as_str()), ("admin", "home"));
    }
}

/// What other signers than that of the vectors sign: other headers, and another form of a path with escapes.
#[tokio::test]
async fn signers_of_every_sdk_are_accepted() {
    let access = with_the_key_of_the_vectors().await;
    let tag = "/v1/<PID>/csms/bb6a3d22-dc93-47ac-b5bd-88df7ad35f1e/tags/cost%20centre";
    let signers = [
        (
            "GET",
            "/v1/<PID>/secrets/demo",
            "",
            "content-type;user-agent;x-project-id;x-sdk-date",
            "0ccf1e1505a74102e451e8fb1d9d7c137500898643536c75f44852ffd303330c",
        ),
        (
            "GET",
            "/v3/auth/domains",
            "",
            "user-agent;x-sdk-date",
            "3a4fc9558cfce04b35d5a60ff27f7e48ee75b4f733e8b460e993eb6b4bc52cfb",
        ),
        (
            "GET",
            "/v1/<PID>/secrets",
            "limit=2",
            "host;user-agent;x-project-id;x-sdk-date",
            "1158648620482e065f63d2e344a25533b59cd6fa609b497a46e47793ca994de7",
        ),
        (
            "DELETE",
            tag,
            "",
            "content-type;host;user-agent;x-sdk-date",
            "9cf6fa17a0f7d9e3eae855dc91fb807c68ce3b6e064c2ac92a65c8b2454e497f",
        ),
    ];
    for (method, path, query, signed_headers, signature) in signers {
        let request = Request::new(method, path, query, signed_headers, signature)
            .with("user-agent", "huaweicloud-usdk-go/3.0");
        let caller = request.judged(&access).await;
        assert!(caller.is_ok(), "{path} {signed_headers}: {caller:?}");
        let other_path = Request { path: request.path.replace("%20", "%2520") + "x", ..request.clone() };
        assert!(other_path.judged(&access).await.is_err(), "{path}");
        // Checked where it is listed, and free where it is not.
        let elsewhere = request.clone().with("host", "other.example.com").judged(&access).await;
        assert_eq!(elsewhere.is_err(), signed_headers.contains("host"), "{signed_headers}");
        assert!(request.with("x-sdk-date", "20260115T083001Z").judged(&access).await.is_err(), "{path}");
    }
    let escaped =
        Request::new("DELETE", &tag.replace("%20", "%2520"), "", "host;x-sdk-date", &"0".repeat(64));
    let reason = escaped.judged(&access).await.unwrap_err();
    assert!(matches!(reason, Unauthenticated::Malformed { .. }), "{reason}");
}

#[tokio::test]
async fn a_plus_sign_in_a_query_is_a_space_and_never_the_plus_that_was_signed() {
    let access = with_the_key_of_the_vectors().await;
    let with_query = |from: &str, to: &str| {
        let signed = vector_4();
        assert!(signed.query.contains(from));
        Request { query: signed.query.replace(from, to), ..signed }
    };
    let plus = with_query("b%2Bc", "b+c").judged(&access).await;
    assert!(matches!(plus, Err(Unauthenticated::WrongSignature { .. })), "{plus:?}");
    assert!(with_query("pass%20word", "pass+word").judged(&access).await.is_ok());
}

#[tokio::test]
async fn one_changed_byte_anywhere_is_rejected() {
    let access = with_the_key_of_the_vectors().await;
    for (number, request) in (1..).zip(vectors()) {
        let mut changed = Vec::new();
        for index in 0..request.body.len() {
            let mut other = request.clone();
            other.body[index] ^= 1;
            changed.push(other);
        }
        for index in 1..request.path.len() {
            // A digit of an escape sequence spelled in the other case is the same byte, so change to a letter beyond.
            let mut other = request.clone();
            other
                .path
                .replace_range(index..=index, if &request.path[index..=index] == "x" { "y" } else { "x" });
            changed.push(other);
        }
        for index in 0..request.query.len() {
            let mut other = request.clone();
            other
                .query
                .replace_range(index..=index, if &request.query[index..=index] == "x" { "y" } else { "x" });
            changed.push(other);
        }
        let signed = request.header("authorization");
        for position in 0..request.headers.len() {
            let (name, value) = &request.headers[position];
            if !signed.contains(name.as_str()) {
                continue;
            }
            for index in 0..value.len() {
                let mut other = request.clone();
                other.headers[position].1[index] ^= 1;
                changed.push(other);
            }
        }
        let mut other_method = request.clone();
        other_method.method = "PUT";
        changed.push(other_method);
        changed.push(request.clone().body("x"));
        for (place, other) in changed.iter().enumerate() {
            assert!(other.judged(&access).await.is_err(), "vector {number}, change {place}");
        }
    }
}

#[tokio::test]
async fn what_is_not_signed_may_change() {
    let access = with_the_key_of_the_vectors().await;
    let request = vector_1().with("accept", "text/plain").and("accept-encoding", "gzip").and("accept", "x/y");
    assert!(request.judged(&access).await.is_ok());
}

#[tokio::test]
async fn every_other_signature_is_rejected() {
    let access = with_the_key_of_the_vectors().await;
    let signature = "5cae0a7f2f7df07b7501cd82d15263db05e8071ddc22a89ca79ccc7f5c47b85c";
    for bit in 0..256 {
        let mut other = hex_bytes(signature);
        other[bit / 8] ^= 1 << (bit % 8);
        let request = vector_1().replacing("authorization", signature, &hex_text(&other));
        let reason = request.judged(&access).await.unwrap_err();
        assert!(matches!(reason, Unauthenticated::WrongSignature { .. }), "bit {bit}: {reason}");
    }
}

#[tokio::test]
async fn malformed_requests_are_rejected() {
    let access = with_the_key_of_the_vectors().await;
    let upper = vector_1().header("authorization").replace(
        "5cae0a7f2f7df07b7501cd82d15263db05e8071ddc22a89ca79ccc7f5c47b85c",
        "5CAE0A7F2F7DF07B7501CD82D15263DB05E8071DDC22A89CA79CCC7F5C47B85C",
    );
    let mut not_text = vector_1();
    not_text.headers.retain(|(name, _)| name != "authorization");
    not_text.headers.push(("authorization".to_owned(), b"SDK-HMAC-SHA256 \xff".to_vec()));
    let mut bad_path = vector_1();
    bad_path.path.push_str("%2");
    let mut bad_query = vector_1();
    bad_query.query.push_str("%zz");
    let cases = [
        ("upper-case signature", vector_1().with("authorization", &upper)),
        ("two signatures", vector_1().and("authorization", &vector_1().header("authorization"))),
        ("not text", not_text),
        ("bad escape in the path", bad_path),
        ("bad escape in the query", bad_query),
        ("no date", vector_1().without("x-sdk-date")),
        ("two dates", vector_1().and("x-sdk-date", "20260115T083000Z")),
        ("date in another form", vector_1().with("x-sdk-date", "2026-01-15T08:30:00Z")),
        ("no host", vector_1().without("host")),
        ("two hosts", vector_1().and("host", "csms.example.com")),
        ("signed header dropped", vector_1().without("content-type")),
        ("two projects", vector_1().and("x-project-id", PROJECT)),
        ("date not signed", vector_1().replacing("authorization", ";x-sdk-date", "")),
        ("derived for another date", vector_7().replacing("authorization", "/20260115/", "/20260116/")),
        ("unsigned payload", vector_2().with("x-sdk-content-sha256", "UNSIGNED-PAYLOAD")),
        ("hash not signed", vector_2().with("x-sdk-content-sha256", HASH_2)),
    ];
    for (case, request) in cases {
        let reason = request.judged(&access).await.unwrap_err();
        assert!(matches!(reason, Unauthenticated::Malformed { .. }), "{case}: {reason}");
    }
    let reason = vector_1().without("authorization").judged(&access).await.unwrap_err();
    assert_eq!(reason, Unauthenticated::NoCredentials);
}

#[tokio::test]
async fn a_derived_key_is_for_its_region_and_service() {
    let access = with_the_key_of_the_vectors().await;
    for (from, to) in [("/cn-north-4/", "/cn-north-1/"), ("/csms,", "/kms,")] {
        let reason = vector_7().replacing("authorization", from, to).judged(&access).await.unwrap_err();
        assert!(matches!(reason, Unauthenticated::WrongSignature { .. }), "{reason}");
    }
}

#[tokio::test]
async fn a_signature_expires() {
    let access = with_the_key_of_the_vectors().await;
    for skew in [15 * MINUTE, -15 * MINUTE] {
        assert!(vector_1().judged_at(&access, later(skew)).await.is_ok());
    }
    for skew in [16 * MINUTE, -16 * MINUTE] {
        let reason = vector_1().judged_at(&access, later(skew)).await.unwrap_err();
        assert!(matches!(reason, Unauthenticated::Expired { .. }), "{reason}");
    }
    assert_eq!(
        vector_1().judged_at(&access, later(16 * MINUTE)).await.unwrap_err().to_string(),
        "Incorrect IAM authentication information: calc aksk signature fail:signature expired, \
         signature time:20260115T083000Z,server time:20260115T084600Z"
    );
}

#[tokio::test]
async fn an_unknown_key_is_named() {
    let access = with_the_key_of_the_vectors().await;
    let request = vector_1().replacing("authorization", "AKEXAMPLE", "AKOTHER");
    assert_eq!(
        request.judged(&access).await.unwrap_err().to_string(),
        "Incorrect IAM authentication information: ak AKOTHER not exist"
    );
}

#[tokio::test]
async fn a_wrong_signature_shows_what_should_have_been_signed_but_no_token() {
    let access = with_the_key_of_the_vectors().await;
    let request = vector_5().replacing("host", "127", "128").replacing("x-security-token", "STS", "marker-");
    assert_eq!(
        request.judged(&access).await.unwrap_err().to_string(),
        "Incorrect IAM authentication information: verify aksk signature fail, canonicalRequest:\
         POST|/v1/0123456789abcdef0123456789abcdef/secrets/my.secret-1/scheduled-deleted-tasks/cancel/||\
         content-type:application/json|host:128.0.0.1:8443|x-project-id:0123456789abcdef0123456789abcdef|\
         x-sdk-date:20260115T083000Z|x-security-token:***||\
         content-type;host;x-project-id;x-sdk-date;x-security-token|\
         e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
}

#[tokio::test]
async fn arbitrary_heads_never_panic() {
    let access = with_the_key_of_the_vectors().await;
    let runtime = tokio::runtime::Handle::current();
    let strategy = (
        "[%/a-f0-9?&=]{0,40}",
        "[%/a-f0-9?&=]{0,40}",
        prop::collection::vec(
            (
                prop::sample::select(vec!["authorization", "host", "x-sdk-date", "x-project-id", "a"]),
                prop_oneof![
                    any::<Vec<u8>>(),
                    Just(vector_1().header("authorization").into_bytes()),
                    Just(b"20260115T083000Z".to_vec()),
                ],
            ),
            0..8,
        ),
        any::<Vec<u8>>(),
    );
    tokio::task::spawn_blocking(move || {
        let mut runner = proptest::test_runner::TestRunner::default();
        runner
            .run(&strategy, |(path, query, headers, body)| {
                let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
                let request = Request { method: "GET", path, query, headers, body };
                prop_assert!(runtime.block_on(request.judged(&access)).is_err());
                Ok(())
            })
            .unwrap();
    })
    .await
    .unwrap();
}

fn hex_bytes(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn hex_text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
