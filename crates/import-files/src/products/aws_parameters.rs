//! What `aws ssm get-parameter`, `get-parameters` and `get-parameters-by-path` print.

use super::objects::items;
use crate::line_problem::Code;
use crate::node::Node;
use crate::reading::Reading;
use crate::sample::Guess;
use crate::value_node::set_value;

pub fn recognise(roots: &[Node<'_>]) -> Option<Guess> {
    let first = items(roots).next()?;
    let is_parameter = |node: &Node<'_>| node.has("Name") && node.has("Type") && !node.has("SecretString");
    let is_list =
        first.member("Parameters").and_then(Node::list).is_some_and(|list| list.iter().all(is_parameter));
    if is_list || first.member("Parameter").is_some_and(is_parameter) {
        return Guess::certain("It has Parameters with Name, Type and Value, as AWS SSM prints them.");
    }
    if is_parameter(first) && first.has("Value") && first.has("DataType") {
        return Guess::certain("It has Name, Type, DataType and Value, as AWS SSM prints them.");
    }
    None
}

pub fn read(roots: &[Node<'_>], reading: &mut Reading<'_>) {
    for node in items(roots) {
        if let Some(parameters) = node.member("Parameters").and_then(Node::list) {
            parameters.iter().for_each(|node| parameter(node, reading));
            for missing in node.items_of("InvalidParameters") {
                reading.note(missing.at, "AWS does not have this parameter, or does not show it.");
            }
            if let Some(token) = node.member("NextToken").filter(|token| !token.is_null()) {
                reading.note(token.at, "AWS has more parameters than this file has. Export the others too.");
            }
        } else {
            parameter(node.member("Parameter").unwrap_or(node), reading);
        }
    }
}

/// What KMS encrypts starts with this in Base64.
const KMS_CIPHERTEXT: &str = "AQIC";

fn parameter(node: &Node<'_>, reading: &mut Reading<'_>) {
    let Some(name) = node.text_of("Name") else {
        let message =
            "There is no parameter with a Name here. Expected what `aws ssm get-parameters-by-path` prints.";
        return reading.problem(node.at, Code::Syntax, message);
    };
    let mut entry = reading.entry(node.at);
    entry.name = name.to_string();
    let is_secure = node.text_of("Type").is_some_and(|kind| &**kind == "SecureString");
    match node.member("Value") {
        Some(value) if is_secure && value.text().is_some_and(|text| text.starts_with(KMS_CIPHERTEXT)) => {
            let message = "The value is encrypted by AWS KMS. Export it again with --with-decryption.";
            reading.value_problem(value.at, Code::Encrypted, message);
        }
        Some(value) => set_value(&mut entry, value, reading),
        None => {
            let message = "There is no Value, as in the output of describe-parameters. Use `aws ssm get-parameters-by-path --path / \
                           --recursive --with-decryption --output json`.";
            reading.value_problem(node.at, Code::Incomplete, message);
        }
    }
    reading.entries.push(entry);
}
