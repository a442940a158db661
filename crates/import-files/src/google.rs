//! What `gcloud secrets versions access --format=json` and the REST API answer.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use strongroom_validation as rules;
use zeroize::{Zeroize as _, Zeroizing};

use crate::line_problem::Code;
use crate::node::Node;
use crate::reading::Reading;

/// Whether a value at the top of a file looks like it.
pub fn is_one(node: &Node<'_>) -> bool {
    let node = node.list().and_then(<[_]>::first).unwrap_or(node);
    node.has("name") && node.member("payload").is_some_and(|payload| payload.has("data"))
}

pub fn read(roots: &[Node<'_>], reading: &mut Reading<'_>) {
    for root in roots {
        for node in root.list().unwrap_or(std::slice::from_ref(root)) {
            version(node, reading);
        }
    }
}

fn version(node: &Node<'_>, reading: &mut Reading<'_>) {
    let name = node.member("name").and_then(Node::text);
    let data = node.member("payload").and_then(|payload| payload.member("data"));
    let (Some(name), Some(data)) = (name, data) else {
        let message = "There is no version of a secret with its payload here. Expected what `gcloud secrets versions access \
                       --format=json` prints.";
        return reading.complain(node.at, Code::Syntax, message);
    };
    let mut entry = reading.entry(node.at);
    entry.name = secret_id(name).to_owned();
    let decoded = data.text().and_then(|text| decode(text));
    match decoded.map(|bytes| String::from_utf8(bytes).map_err(std::string::FromUtf8Error::into_bytes)) {
        Some(Ok(text)) => entry.secret_string = Some(Zeroizing::new(text)),
        Some(Err(mut bytes)) => {
            entry.secret_binary = Some(Zeroizing::new(STANDARD.encode(&bytes)));
            bytes.zeroize();
        }
        None => {
            let message = "The data of the payload is not Base64. Export the version again.";
            reading.complain_of_next(data.at, "secret_string", Code::Rule(rules::Code::NotBase64), message);
        }
    }
    reading.entries.push(entry);
}

/// The secret in `projects/P/secrets/NAME/versions/V`, with a location or without.
fn secret_id(name: &str) -> &str {
    let mut parts = name.split('/').skip_while(|part| *part != "secrets").skip(1);
    parts.next().unwrap_or(name)
}

const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, PADDING);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, PADDING);
const PADDING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// The REST API answers the one alphabet, the command line the other.
fn decode(text: &str) -> Option<Vec<u8>> {
    let engine = if text.contains(['-', '_']) { URL_SAFE } else { STANDARD };
    engine.decode(text).ok()
}
