//! What `gcloud secrets versions access --format=json` and the REST API answer.

use strongroom_validation as rules;

use super::objects::items;
use crate::base64;
use crate::line_problem::Code;
use crate::node::Node;
use crate::reading::Reading;
use crate::sample::Guess;

pub fn recognise(roots: &[Node<'_>]) -> Option<Guess> {
    let first = items(roots).next()?;
    if first.has("name") && first.member("payload").is_some_and(|payload| payload.has("data")) {
        return Guess::certain("It has name and payload.data, as Google Secret Manager answers.");
    }
    None
}

pub fn read(roots: &[Node<'_>], reading: &mut Reading<'_>) {
    items(roots).for_each(|node| version(node, reading));
}

fn version(node: &Node<'_>, reading: &mut Reading<'_>) {
    let data = node.member("payload").and_then(|payload| payload.member("data"));
    let (Some(name), Some(data)) = (node.text_of("name"), data) else {
        let message = "There is no version of a secret with its payload here. Expected what `gcloud secrets versions access \
                       --format=json` prints.";
        return reading.problem(node.at, Code::Syntax, message);
    };
    let mut entry = reading.entry(node.at);
    entry.name = secret_id(name).to_owned();
    match data.text().and_then(|text| base64::decode(text)) {
        Some(bytes) => entry.set_bytes(bytes),
        None => {
            let message = "The data of the payload is not Base64. Export the version again.";
            reading.value_problem(data.at, Code::Rule(rules::Code::NotBase64), message);
        }
    }
    reading.entries.push(entry);
}

/// The secret in `projects/P/secrets/NAME/versions/V`, with a location or without.
fn secret_id(name: &str) -> &str {
    let mut parts = name.split('/').skip_while(|part| *part != "secrets").skip(1);
    parts.next().unwrap_or(name)
}
