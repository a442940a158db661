//! The `Authorization` header of a signed request, taken apart. What is not exactly in the documented form is rejected:
//! two readings of one header are how signatures are worked around.

use crate::errors::Unauthenticated;

/// Longer ones are not issued; the key is repeated in rejections, so its length is bounded.
const LONGEST_ACCESS_KEY: usize = 128;
const SIGNATURE_DIGITS: usize = 64;

/// Which algorithm made the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm<'a> {
    /// `SDK-HMAC-SHA256`: the secret key is the key.
    Plain,
    /// `V11-HMAC-SHA256`: the key is derived for a date, region and service, `<yyyymmdd>/<region>/<service>`.
    Derived { scope: &'a str },
}

impl Algorithm<'_> {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Plain => "SDK-HMAC-SHA256",
            Self::Derived { .. } => "V11-HMAC-SHA256",
        }
    }
}

/// The parts of the header.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Authorization<'a> {
    pub(crate) algorithm: Algorithm<'a>,
    pub(crate) access_key: &'a str,
    /// As sent: lower-case names, ascending, joined by semicolons.
    pub(crate) signed_headers: &'a str,
    pub(crate) signature: [u8; 32],
}

impl<'a> Authorization<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, Unauthenticated> {
        let (algorithm, parts) = text.split_once(' ').ok_or(rejection(
            "the Authorization header has no parts. Send Access, SignedHeaders and Signature",
        ))?;
        let credential_name = match algorithm {
            "SDK-HMAC-SHA256" => "Access",
            "V11-HMAC-SHA256" => "Credential",
            _ => return Err(rejection("the signing algorithm is not supported. Use SDK-HMAC-SHA256")),
        };
        let [credential, signed_headers, signature] =
            parts_named(parts, [credential_name, "SignedHeaders", "Signature"])?;
        check_signed_headers(signed_headers)?;
        let (algorithm, access_key) = match algorithm {
            "V11-HMAC-SHA256" => derived(credential)?,
            _ => (Algorithm::Plain, credential),
        };
        check_access_key(access_key)?;
        Ok(Self { algorithm, access_key, signed_headers, signature: parse_signature(signature)? })
    }
}

/// The values of exactly these parts, in any order, each once.
fn parts_named<'a>(parts: &'a str, names: [&str; 3]) -> Result<[&'a str; 3], Unauthenticated> {
    let mut values = [None; 3];
    for part in parts.split(',') {
        let (name, value) = part
            .trim_ascii()
            .split_once('=')
            .ok_or(rejection("a part of the Authorization header is not of the form name=value"))?;
        let slot =
            names.iter().zip(&mut values).find_map(|(known, slot)| (*known == name).then_some(slot)).ok_or(
                rejection("the Authorization header has a part that does not belong to the algorithm"),
            )?;
        if slot.replace(value).is_some() {
            return Err(rejection("the Authorization header repeats a part"));
        }
    }
    let [Some(credential), Some(signed_headers), Some(signature)] = values else {
        return Err(rejection(
            "the Authorization header misses one of the access key, SignedHeaders and Signature",
        ));
    };
    Ok([credential, signed_headers, signature])
}

fn derived(credential: &str) -> Result<(Algorithm<'_>, &str), Unauthenticated> {
    let rejected = rejection("Credential does not have the form key/date/region/service");
    let Some((access_key, scope)) = credential.split_once('/') else { return Err(rejected) };
    let mut parts = scope.split('/');
    let (Some(date), Some(region), Some(service), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(rejected);
    };
    let is_name = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let is_date = date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit());
    if !is_date || !is_name(region) || !is_name(service) {
        return Err(rejected);
    }
    Ok((Algorithm::Derived { scope }, access_key))
}

fn check_access_key(access_key: &str) -> Result<(), Unauthenticated> {
    let is_key = (1..=LONGEST_ACCESS_KEY).contains(&access_key.len())
        && access_key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if !is_key {
        return Err(rejection("the access key is not made of letters and digits"));
    }
    Ok(())
}

/// The date has to be signed, or a signature could be sent again at another time. The host need not be: Go's signers sign
/// the header map of a request, which never holds it.
fn check_signed_headers(signed_headers: &str) -> Result<(), Unauthenticated> {
    let is_name_byte =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let mut previous = "";
    for name in signed_headers.split(';') {
        if name.is_empty() || !name.bytes().all(is_name_byte) {
            return Err(rejection(
                "SignedHeaders is not a list of lower-case header names joined by semicolons",
            ));
        }
        if name <= previous {
            return Err(rejection("SignedHeaders is not sorted or repeats a name"));
        }
        previous = name;
    }
    if !signed_headers.split(';').any(|name| name == "x-sdk-date") {
        return Err(rejection("x-sdk-date has to be among SignedHeaders"));
    }
    Ok(())
}

/// Lower-case digits only: one signature, one spelling.
fn parse_signature(text: &str) -> Result<[u8; 32], Unauthenticated> {
    let rejected = rejection("Signature is not 64 lower-case hexadecimal digits");
    let is_signature = text.len() == SIGNATURE_DIGITS
        && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f'));
    let mut signature = [0; 32];
    if !is_signature || hex::decode_to_slice(text, &mut signature).is_err() {
        return Err(rejected);
    }
    Ok(signature)
}

fn rejection(problem: &'static str) -> Unauthenticated {
    Unauthenticated::Malformed { problem }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIGNATURE: &str = "5cae0a7f2f7df07b7501cd82d15263db05e8071ddc22a89ca79ccc7f5c47b85c";

    #[test]
    fn both_forms_are_read() {
        let plain = format!(
            "SDK-HMAC-SHA256 Access=AK1, SignedHeaders=content-type;host;x-sdk-date, Signature={SIGNATURE}"
        );
        let parts = Authorization::parse(&plain).unwrap();
        assert_eq!((parts.algorithm, parts.access_key), (Algorithm::Plain, "AK1"));
        assert_eq!(parts.signed_headers, "content-type;host;x-sdk-date");
        assert_eq!(hex::encode(parts.signature), SIGNATURE);

        let by_go = plain.replace("content-type;host;", "user-agent;");
        assert_eq!(Authorization::parse(&by_go).unwrap().signed_headers, "user-agent;x-sdk-date");

        let derived = format!(
            "V11-HMAC-SHA256 Credential=AK1/20260115/cn-north-4/csms,SignedHeaders=host;x-sdk-date,Signature={SIGNATURE}"
        );
        let parts = Authorization::parse(&derived).unwrap();
        assert_eq!(parts.access_key, "AK1");
        assert_eq!(parts.algorithm, Algorithm::Derived { scope: "20260115/cn-north-4/csms" });
    }

    #[test]
    fn anything_else_is_rejected() {
        let good =
            format!("SDK-HMAC-SHA256 Access=AK1, SignedHeaders=host;x-sdk-date, Signature={SIGNATURE}");
        assert!(Authorization::parse(&good).is_ok());
        let changes = [
            ("SDK-HMAC-SHA256 ", ""),
            ("SDK-HMAC-SHA256", "SDK-HMAC-SM3"),
            ("SDK-HMAC-SHA256", "sdk-hmac-sha256"),
            ("SDK-HMAC-SHA256", "V11-HMAC-SHA256"),
            ("Access=AK1, ", ""),
            ("Access=AK1", "Access="),
            ("Access=AK1", "Access"),
            ("Access=AK1", "access=AK1"),
            ("Access=AK1", "Access=AK 1"),
            ("Access=AK1", "Access=AK1, Access=AK1"),
            ("Access=AK1", "Access=AK1, Other=1"),
            ("host;x-sdk-date", "host"),
            ("host;x-sdk-date", "Host;X-Sdk-Date"),
            ("host;x-sdk-date", "x-sdk-date;host"),
            ("host;x-sdk-date", "host;host;x-sdk-date"),
            ("host;x-sdk-date", "host;x-sdk-date;"),
            ("host;x-sdk-date", "host;;x-sdk-date"),
            ("host;x-sdk-date", ""),
            (SIGNATURE, ""),
            (SIGNATURE, &SIGNATURE[1..]),
            (SIGNATURE, &SIGNATURE.to_uppercase()),
            (SIGNATURE, &SIGNATURE.replace('5', "g")),
            (", Signature", ",, Signature"),
        ];
        for (from, to) in changes {
            let changed = good.replace(from, to);
            assert!(Authorization::parse(&changed).is_err(), "{changed}");
        }
        for credential in [
            "AK1",
            "AK1/20260115/r",
            "AK1/20260115/r/s/t",
            "AK1/2026/r/s",
            "AK1/20260115//s",
            "/20260115/r/s",
        ] {
            let text = format!(
                "V11-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-sdk-date, Signature={SIGNATURE}"
            );
            assert!(Authorization::parse(&text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text: String, parts in "(SDK|V11)-HMAC-SHA256 [ -~]{0,200}") {
            let _ = Authorization::parse(&text);
            let _ = Authorization::parse(&parts);
        }
    }
}
