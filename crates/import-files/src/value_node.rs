//! The value of an entry from a node of JSON or YAML.

use zeroize::Zeroizing;

use crate::base64;
use crate::entry::FileEntry;
use crate::line_problem::Code;
use crate::node::{Kind, Node};
use crate::reading::Reading;
use crate::values;

/// Gives the entry being read its value: text as it is, bytes as bytes, and everything else as it is written.
pub fn set_value(entry: &mut FileEntry, node: &Node<'_>, reading: &mut Reading<'_>) {
    match &node.kind {
        Kind::Text(text) => entry.secret_string = Some(text.to_value()),
        Kind::Word(word) => {
            if matches!(&**word, "~" | "null") {
                let message = "The value is `~` or `null` without quotes, and is taken as this text.";
                reading.note(node.at, message);
            }
            entry.secret_string = Some(word.to_value());
        }
        Kind::Literal(text) => entry.secret_string = Some(Zeroizing::new((*text).to_owned())),
        Kind::List(_) | Kind::Map(_) if reading.is_json => match values::rejected_inside(node) {
            Some((code, message)) => reading.value_problem(node.at, code, message),
            None => entry.secret_string = Some(source(node, reading)),
        },
        Kind::List(_) | Kind::Map(_) => {
            let message = "The value is a list or a map. Give nested names one level (--flatten .), or write the value as text: \
                           behind | for a block, or in quotes.";
            reading.value_problem(node.at, Code::NotSupported, message);
        }
        Kind::Null => {
            let message = "The value is null. Write \"\" for an empty value, or take the line out.";
            reading.value_problem(node.at, Code::NotSupported, message);
        }
        Kind::Binary(text) => match base64::decode(text) {
            Some(bytes) => {
                entry.secret_binary = Some(Zeroizing::new(base64::encode(&Zeroizing::new(bytes))));
            }
            None => {
                let message = "The value has the tag !!binary and is not Base64. Correct it, or take the tag out if it is text.";
                reading.value_problem(node.at, Code::Syntax, message);
            }
        },
        Kind::Unread(message) => reading.value_problem(node.at, Code::NotSupported, *message),
    }
}

/// The same for a format without JSON in it: a list or a map becomes JSON.
pub fn set_value_as_json(entry: &mut FileEntry, node: &Node<'_>, reading: &mut Reading<'_>) {
    if node.list().is_none() && node.map().is_none() {
        return set_value(entry, node, reading);
    }
    if let Some((at, message)) = node.unread() {
        return reading.value_problem(at, Code::NotSupported, message);
    }
    if let Some((code, message)) = values::rejected_inside(node) {
        return reading.value_problem(node.at, code, message);
    }
    reading.note(node.at, "The value is a list or a map, and is stored as JSON.");
    entry.secret_string = Some(node.json());
}

/// A list or a map of JSON, as it stands in the file.
fn source(node: &Node<'_>, reading: &mut Reading<'_>) -> Zeroizing<String> {
    let text = reading.text.get(node.at..node.end).unwrap_or_default();
    reading.note(
        node.at,
        "The value is a list or a map, and is taken as its JSON text. With --flatten . each value inside becomes a secret.",
    );
    Zeroizing::new(text.to_owned())
}
