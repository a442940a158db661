//! Signed requests: `SDK-HMAC-SHA256`, and `V11-HMAC-SHA256` with its derived key. The head is judged first, so that
//! nobody makes the server read a large body with a key or a date that would be rejected anyway.

use aws_lc_rs::{digest, hmac};
use strongroom_storage::Timestamp;
use zeroize::Zeroizing;

use crate::authorization::{Algorithm, Authorization};
use crate::caller::Caller;
use crate::canonical::{Canonical, Head, PathForm};
use crate::errors::Unauthenticated;
use crate::sdk_date;

/// What clients send in place of a hash they did not make. It would leave the body unsigned.
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

/// A head in the right form, at the right time. Whether its key exists is for the store to say.
pub(crate) struct SignedHead<'a> {
    pub(crate) authorization: Authorization<'a>,
    date: &'a str,
    time: Timestamp,
    canonical: Canonical,
    /// The form that some signers give to a path with escapes.
    as_sent: Option<Canonical>,
    declared_hash: Option<&'a str>,
    project: Option<&'a str>,
}

impl<'a> SignedHead<'a> {
    pub(crate) fn parse(head: &Head<'a>, now: Timestamp) -> Result<Self, Unauthenticated> {
        let header = head.single("authorization")?.ok_or(Unauthenticated::NoCredentials)?;
        let authorization = Authorization::parse(header)?;
        let date = head.single("x-sdk-date")?.ok_or(rejection("X-Sdk-Date is missing"))?;
        let time = sdk_date::check(date, now)?;
        check_scope(authorization.algorithm, date)?;
        // Only one may come, signed or not.
        head.single("host")?;
        let project = head.single("x-project-id")?;
        let declared_hash = head.single("x-sdk-content-sha256")?;
        let is_signed = authorization.signed_headers.split(';').any(|name| name == "x-sdk-content-sha256");
        if declared_hash == Some(UNSIGNED) {
            return Err(rejection("an unsigned payload is not accepted. Sign the hash of the body"));
        }
        if declared_hash.is_some() && !is_signed {
            return Err(rejection("X-Sdk-Content-Sha256 has to be among SignedHeaders"));
        }
        let canonical = |form| Canonical::of(head, authorization.signed_headers, form);
        let as_sent = head.path.contains('%').then(|| canonical(PathForm::AsSent)).transpose()?;
        let canonical = canonical(PathForm::Decoded)?;
        Ok(Self { authorization, date, time, canonical, as_sent, declared_hash, project })
    }

    pub(crate) fn with_key(self, caller: Caller, secret_key: &[u8]) -> PendingSignature {
        let Authorization { algorithm, access_key, signature, .. } = self.authorization;
        let (key, scope_line) = match algorithm {
            Algorithm::Plain => (hmac::Key::new(hmac::HMAC_SHA256, secret_key), String::new()),
            Algorithm::Derived { scope } => {
                (derived_key(access_key, secret_key, scope), format!("{scope}\n"))
            }
        };
        PendingSignature {
            caller,
            key,
            signature,
            id: SignatureId { date: self.time, hash: identify(access_key, &signature) },
            preamble: format!("{}\n{}\n{scope_line}", algorithm.name(), self.date),
            canonical: self.canonical,
            as_sent: self.as_sent,
            declared_hash: self.declared_hash.map(str::to_owned),
            project: self.project.map(str::to_owned),
        }
    }
}

/// Tells signed requests apart: two with the same one are the same request, sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SignatureId {
    /// The date that was signed. The signature is accepted up to [`crate::SIGNATURE_WINDOW`] before and after it.
    pub date: Timestamp,
    /// Hash of access key and signature. What is stored of a signature cannot be sent.
    pub hash: [u8; 32],
}

/// Who has signed a request, and with which signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    pub caller: Caller,
    pub signature: SignatureId,
}

/// A request whose head was in order. It is not authenticated before its body was judged too.
pub struct PendingSignature {
    caller: Caller,
    key: hmac::Key,
    signature: [u8; 32],
    id: SignatureId,
    /// The lines of the text to sign that come before the hash of the canonical request.
    preamble: String,
    canonical: Canonical,
    as_sent: Option<Canonical>,
    declared_hash: Option<String>,
    project: Option<String>,
}

impl PendingSignature {
    /// Takes the whole body, exactly as it arrived, and says who signed it.
    pub fn finish(self, body: &[u8]) -> Result<Signed, Unauthenticated> {
        let body_hash = sha256(&[body]);
        // An empty body counts as what it is, whatever the client declared.
        if !body.is_empty() && self.declared_hash.is_some_and(|declared| declared != body_hash) {
            return Err(rejection("X-Sdk-Content-Sha256 is not the hash of the body that arrived"));
        }
        let is_signed = |canonical: &Canonical| {
            let hash = sha256(&[canonical.as_bytes(), body_hash.as_bytes()]);
            let to_sign = format!("{}{hash}", self.preamble);
            // Takes the same time wherever the first difference is.
            hmac::verify(&self.key, to_sign.as_bytes(), &self.signature).is_ok()
        };
        if !is_signed(&self.canonical) && !self.as_sent.as_ref().is_some_and(is_signed) {
            return Err(Unauthenticated::WrongSignature {
                canonical_request: self.canonical.shown(&body_hash),
            });
        }
        // Only now: somebody without the secret key must not learn which project an access key is for.
        if self.project.is_some_and(|project| project != self.caller.project_id.to_string()) {
            return Err(Unauthenticated::OtherProject);
        }
        Ok(Signed { caller: self.caller, signature: self.id })
    }
}

/// HKDF-SHA256 as the documented signers do it: access key as salt, secret key as input, and the hexadecimal text of
/// the result as key.
fn derived_key(access_key: &str, secret_key: &[u8], scope: &str) -> hmac::Key {
    let extract = hmac::Key::new(hmac::HMAC_SHA256, access_key.as_bytes());
    let expand = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&extract, secret_key).as_ref());
    let mut info = hmac::Context::with_key(&expand);
    info.update(scope.as_bytes());
    info.update(&[1]);
    let text = Zeroizing::new(hex::encode(info.sign()));
    hmac::Key::new(hmac::HMAC_SHA256, text.as_bytes())
}

/// The date that the key is derived for is the date of the request.
fn check_scope(algorithm: Algorithm<'_>, date: &str) -> Result<(), Unauthenticated> {
    match algorithm {
        Algorithm::Plain => Ok(()),
        Algorithm::Derived { scope } if scope.get(..8) == date.get(..8) => Ok(()),
        Algorithm::Derived { .. } => Err(rejection("the date in Credential is not the date in X-Sdk-Date")),
    }
}

/// An access key holds no line break, so no two pairs make the same text.
fn identify(access_key: &str, signature: &[u8; 32]) -> [u8; 32] {
    let digest = digest_of(&[b"strongroom signature\n", access_key.as_bytes(), b"\n", signature]);
    let mut hash = [0; 32];
    hash.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
    hash
}

fn sha256(parts: &[&[u8]]) -> String {
    hex::encode(digest_of(parts))
}

fn digest_of(parts: &[&[u8]]) -> digest::Digest {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    context.finish()
}

fn rejection(problem: &'static str) -> Unauthenticated {
    Unauthenticated::Malformed { problem }
}
