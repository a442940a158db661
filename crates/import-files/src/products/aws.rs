//! What `aws secretsmanager get-secret-value` and `batch-get-secret-value` print.

use super::objects::items;
use crate::line_problem::Code;
use crate::node::Node;
use crate::reading::Reading;
use crate::sample::Guess;

pub fn recognise(roots: &[Node<'_>]) -> Option<Guess> {
    let first = items(roots).next()?;
    if is_answer(first) || is_secret(first) {
        return Guess::certain(
            "It has Name, ARN and SecretString or SecretBinary, as AWS Secrets Manager prints them.",
        );
    }
    None
}

fn is_answer(node: &Node<'_>) -> bool {
    node.member("SecretValues").is_some_and(|values| values.list().is_some())
}

fn is_secret(node: &Node<'_>) -> bool {
    node.has("Name")
        && (["SecretString", "SecretBinary"].iter().any(|key| node.has(key))
            || node.text_of("ARN").is_some_and(|arn| !arn.contains(":ssm:")))
}

pub fn read(roots: &[Node<'_>], reading: &mut Reading<'_>) {
    for node in items(roots) {
        match node.member("SecretValues").and_then(Node::list) {
            Some(secrets) => answer(node, secrets, reading),
            None => secret(node, reading),
        }
    }
}

fn answer(node: &Node<'_>, secrets: &[Node<'_>], reading: &mut Reading<'_>) {
    for item in secrets {
        secret(item, reading);
    }
    for error in node.items_of("Errors") {
        let message = "AWS could not read this secret, so it is not in the file. See its ErrorCode, and export it again.";
        reading.note(error.at, message);
    }
    if let Some(token) = node.member("NextToken").filter(|token| !token.is_null()) {
        let message = "AWS has more secrets than this file has. Export the others too.";
        reading.note(token.at, message);
    }
}

fn secret(node: &Node<'_>, reading: &mut Reading<'_>) {
    let Some(name) = node.text_of("Name") else {
        let message = "There is no secret with a Name here. Expected what `aws secretsmanager get-secret-value` prints.";
        return reading.problem(node.at, Code::Syntax, message);
    };
    let mut entry = reading.entry(node.at);
    entry.name = name.to_string();
    entry.secret_string = node.text_of("SecretString").map(|text| text.to_value());
    entry.secret_binary = node.text_of("SecretBinary").map(|text| text.to_value());
    if entry.secret_string.is_none() && entry.secret_binary.is_none() {
        let message = "There is no SecretString or SecretBinary, as in the output of describe-secret. Use `aws secretsmanager \
                       get-secret-value --secret-id NAME --output json`.";
        reading.value_problem(node.at, Code::Incomplete, message);
    }
    reading.entries.push(entry);
}
