//! What `infisical export --format=json` writes, and lists of secrets as its API spells them. Its other formats are plain
//! `.env`, CSV and YAML.

use super::objects::items;
use crate::line_problem::Code;
use crate::node::Node;
use crate::reading::Reading;
use crate::sample::Guess;
use crate::value_node;

/// Each with the spelling of the export before that of the API.
const KEY: [&str; 2] = ["key", "secretKey"];
const VALUE: [&str; 2] = ["value", "secretValue"];
const COMMENT: [&str; 2] = ["comment", "secretComment"];

pub fn recognise(roots: &[Node<'_>]) -> Option<Guess> {
    let first = roots.first()?.list()?.first()?;
    if either(first, KEY).is_some() && either(first, VALUE).is_some() && has_mark(first) {
        return Guess::certain(
            "It is a list with keys, values and their type, path or workspace, as Infisical exports them.",
        );
    }
    None
}

/// A key and a value alone are our own form too.
fn has_mark(node: &Node<'_>) -> bool {
    let kind = node.text_of("type");
    ["workspace", "secretPath", "_id", "secretKey"].iter().any(|key| node.has(key))
        || kind.is_some_and(|kind| matches!(&**kind, "shared" | "personal"))
}

fn either<'a, 'b>(node: &'b Node<'a>, spellings: [&str; 2]) -> Option<&'b Node<'a>> {
    spellings.iter().find_map(|key| node.member(key))
}

pub fn read(roots: &[Node<'_>], reading: &mut Reading<'_>) {
    items(roots).for_each(|node| secret(node, reading));
}

fn secret(node: &Node<'_>, reading: &mut Reading<'_>) {
    let (Some(key), Some(value)) = (either(node, KEY).and_then(Node::text), either(node, VALUE)) else {
        let message = "There is no secret with key and value here. Expected what `infisical export --format=json` writes.";
        return reading.problem(node.at, Code::Syntax, message);
    };
    let mut entry = reading.entry(node.at);
    entry.name = key.to_string();
    if node.member("secretValueHidden").and_then(Node::boolean) == Some(true) {
        let message =
            "Infisical hid the value, so it is not in the file. Export it with the right to read values.";
        reading.value_problem(value.at, Code::Incomplete, message);
    } else {
        value_node::set_value(&mut entry, value, reading);
    }
    if let Some(comment) = either(node, COMMENT).and_then(Node::text) {
        entry.description = comment.to_string();
    }
    reading.entries.push(entry);
}
