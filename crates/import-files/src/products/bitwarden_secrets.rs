//! Secrets of Bitwarden Secrets Manager: `bws secret list`, `bws secret get`, and the export of its page.

use super::objects::items;
use crate::line_problem::Code;
use crate::node::Node;
use crate::reading::Reading;
use crate::sample::Guess;
use crate::value_node;

pub fn recognise(roots: &[Node<'_>]) -> Option<Guess> {
    let first = items(roots).next()?;
    let is_export = first.has("projects") && first.items_of("secrets").iter().all(is_secret);
    if (is_export && first.has("secrets")) || is_secret(first) {
        return Guess::certain(
            "It has secrets with key, value, note and project, as Bitwarden Secrets Manager prints them.",
        );
    }
    None
}

fn is_secret(node: &Node<'_>) -> bool {
    node.has("key")
        && node.has("value")
        && (node.has("projectId") || node.has("projectIds") || node.has("organizationId"))
}

pub fn read(roots: &[Node<'_>], reading: &mut Reading<'_>) {
    for node in items(roots) {
        match node.member("secrets").and_then(Node::list) {
            Some(secrets) => secrets.iter().for_each(|node| secret(node, reading)),
            None => secret(node, reading),
        }
    }
}

fn secret(node: &Node<'_>, reading: &mut Reading<'_>) {
    let (Some(key), Some(value)) = (node.text_of("key"), node.member("value")) else {
        let message = "There is no secret with key and value here. Expected what `bws secret list` prints.";
        return reading.problem(node.at, Code::Syntax, message);
    };
    let mut entry = reading.entry(node.at);
    entry.name = key.to_string();
    value_node::set_value(&mut entry, value, reading);
    if node.filled("note").is_some() {
        reading.note(node.at, "Notes are left out, because a description is stored unencrypted.");
    }
    reading.entries.push(entry);
}
