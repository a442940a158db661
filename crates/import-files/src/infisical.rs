//! What `infisical export --format=json` writes, and lists of secrets as its API spells them. Its other formats are plain
//! `.env`, CSV and YAML.

use crate::line_problem::Code;
use crate::node::Node;
use crate::ours;
use crate::reading::Reading;

/// Each with the spelling of the export before that of the API.
const KEY: [&str; 2] = ["key", "secretKey"];
const VALUE: [&str; 2] = ["value", "secretValue"];
const COMMENT: [&str; 2] = ["comment", "secretComment"];

/// Whether a value at the top of a file looks like it.
pub fn is_one(node: &Node<'_>) -> bool {
    node.list().and_then(<[_]>::first).is_some_and(|first| {
        either(first, KEY).is_some() && either(first, VALUE).is_some() && says_whose_it_is(first)
    })
}

/// A key and a value alone are our own form too.
fn says_whose_it_is(node: &Node<'_>) -> bool {
    let kind = node.member("type").and_then(Node::text);
    ["workspace", "secretPath", "_id", "secretKey"].iter().any(|key| node.has(key))
        || kind.is_some_and(|kind| matches!(&**kind, "shared" | "personal"))
}

fn either<'a, 'b>(node: &'b Node<'a>, spellings: [&str; 2]) -> Option<&'b Node<'a>> {
    spellings.iter().find_map(|key| node.member(key))
}

pub fn read(roots: &[Node<'_>], reading: &mut Reading<'_>) {
    for root in roots {
        for node in root.list().unwrap_or(std::slice::from_ref(root)) {
            secret(node, reading);
        }
    }
}

fn secret(node: &Node<'_>, reading: &mut Reading<'_>) {
    let (Some(key), Some(value)) = (either(node, KEY).and_then(Node::text), either(node, VALUE)) else {
        let message = "There is no secret with key and value here. Expected what `infisical export --format=json` writes.";
        return reading.complain(node.at, Code::Syntax, message);
    };
    let mut entry = reading.entry(node.at);
    entry.name = key.to_string();
    if node.member("secretValueHidden").and_then(Node::boolean) == Some(true) {
        let message =
            "Infisical hid the value, so it is not in the file. Export it as somebody who may read it.";
        reading.complain_of_next(value.at, "secret_string", Code::Incomplete, message);
    } else {
        entry.secret_string = ours::value(value, reading);
    }
    if let Some(comment) = either(node, COMMENT).and_then(Node::text) {
        entry.description = comment.to_string();
    }
    reading.entries.push(entry);
}
