//! What `aws secretsmanager get-secret-value` and `batch-get-secret-value` print.

use crate::line_problem::Code;
use crate::node::{Kind, Node};
use crate::reading::Reading;

/// Whether a value at the top of a file looks like it.
pub fn is_one(node: &Node<'_>) -> bool {
    is_answer(node)
        || is_secret(node)
        || node.list().is_some_and(|items| items.first().is_some_and(is_one_item))
}

fn is_one_item(node: &Node<'_>) -> bool {
    is_answer(node) || is_secret(node)
}

fn is_answer(node: &Node<'_>) -> bool {
    node.member("SecretValues").is_some_and(|values| values.list().is_some())
}

fn is_secret(node: &Node<'_>) -> bool {
    node.has("Name") && ["ARN", "SecretString", "SecretBinary"].iter().any(|key| node.has(key))
}

pub fn read(roots: &[Node<'_>], reading: &mut Reading<'_>) {
    for root in roots {
        for node in root.list().unwrap_or(std::slice::from_ref(root)) {
            match node.member("SecretValues").and_then(Node::list) {
                Some(secrets) => answer(node, secrets, reading),
                None => secret(node, reading),
            }
        }
    }
}

fn answer(node: &Node<'_>, secrets: &[Node<'_>], reading: &mut Reading<'_>) {
    for item in secrets {
        secret(item, reading);
    }
    for error in node.member("Errors").and_then(Node::list).unwrap_or_default() {
        let message = "AWS could not read this secret, so it is not in the file. See its ErrorCode, and export it again.";
        reading.note(error.at, message);
    }
    if let Some(token) = node.member("NextToken").filter(|token| !matches!(token.kind, Kind::Null)) {
        let message = "AWS has more secrets than are in this file. Export the others too.";
        reading.note(token.at, message);
    }
}

fn secret(node: &Node<'_>, reading: &mut Reading<'_>) {
    let Some(name) = node.member("Name").and_then(Node::text) else {
        let message = "There is no secret with a Name here. Expected what `aws secretsmanager get-secret-value` prints.";
        return reading.complain(node.at, Code::Syntax, message);
    };
    let mut entry = reading.entry(node.at);
    entry.name = name.to_string();
    entry.secret_string = node.member("SecretString").and_then(Node::text).map(|text| text.to_value());
    entry.secret_binary = node.member("SecretBinary").and_then(Node::text).map(|text| text.to_value());
    reading.entries.push(entry);
}
