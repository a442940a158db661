//! What `infisical export --format=json` writes. Its other formats are plain `.env`, CSV and YAML.

use crate::complaint::Code;
use crate::node::Node;
use crate::ours;
use crate::reading::Reading;

/// Whether a value at the top of a file looks like it.
pub fn is_one(node: &Node<'_>) -> bool {
    node.list().and_then(<[_]>::first).is_some_and(|first| {
        first.has("key")
            && first.has("value")
            && ["workspace", "secretPath", "_id"].iter().any(|key| first.has(key))
    })
}

pub fn read(roots: &[Node<'_>], reading: &mut Reading<'_>) {
    for root in roots {
        for node in root.list().unwrap_or(std::slice::from_ref(root)) {
            secret(node, reading);
        }
    }
}

fn secret(node: &Node<'_>, reading: &mut Reading<'_>) {
    let (Some(key), Some(value)) = (node.member("key").and_then(Node::text), node.member("value")) else {
        let message = "There is no secret with key and value here. Expected what `infisical export --format=json` writes.";
        return reading.complain(node.at, Code::Syntax, message);
    };
    let mut entry = reading.entry(node.at);
    entry.name = key.to_string();
    entry.secret_string = ours::value(value, reading);
    if let Some(comment) = node.member("comment").and_then(Node::text) {
        entry.description = comment.to_string();
    }
    reading.entries.push(entry);
}
