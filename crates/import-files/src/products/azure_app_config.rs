//! What `az appconfig kv list` prints.

use super::objects::{count_keys, items};
use crate::line_problem::Code;
use crate::node::Node;
use crate::reading::Reading;
use crate::sample::Guess;
use crate::value_node;

pub fn recognise(roots: &[Node<'_>]) -> Option<Guess> {
    let first = items(roots).next()?;
    let marks = ["label", "content_type", "contentType", "etag", "locked", "last_modified", "lastModified"];
    if first.has("key") && first.has("value") && marks.iter().filter(|mark| first.has(mark)).count() >= 3 {
        return Guess::certain(
            "It has key, value, label and content_type, as Azure App Configuration prints them.",
        );
    }
    None
}

/// How App Configuration marks a value that is the address of a secret in a key vault.
const REFERENCE: &str = "application/vnd.microsoft.appconfig.keyvaultref+json";

pub fn read(roots: &[Node<'_>], reading: &mut Reading<'_>) {
    let keys = count_keys(items(roots).filter_map(|node| node.text_of("key")).map(|key| &**key));
    for node in items(roots) {
        let (Some(key), Some(value)) = (node.text_of("key"), node.member("value")) else {
            let message =
                "There is no setting with key and value here. Expected what `az appconfig kv list` prints.";
            reading.problem(node.at, Code::Syntax, message);
            continue;
        };
        let mut entry = reading.entry(node.at);
        entry.name = match node.filled("label") {
            Some(label) if keys.get(&**key).is_some_and(|count| *count > 1) => {
                format!("{}.{}", &**key, &**label)
            }
            _ => key.to_string(),
        };
        let kind = node.text_of("content_type").or_else(|| node.text_of("contentType"));
        if kind.is_some_and(|kind| kind.starts_with(REFERENCE)) {
            let message = "The value is the address of a secret in Azure Key Vault. Export it again with --resolve-keyvault.";
            reading.value_problem(value.at, Code::Incomplete, message);
        } else {
            value_node::set_value(&mut entry, value, reading);
        }
        reading.entries.push(entry);
    }
}
