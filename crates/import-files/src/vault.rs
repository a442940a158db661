//! What `vault kv get -format=json` and `bao kv get -format=json` print, each under the path it was asked for.

use zeroize::Zeroizing;

use crate::line_problem::Code;
use crate::node::{Kind, Member, Node};
use crate::options::Maps;
use crate::ours;
use crate::reading::Reading;

/// Whether a value at the top of a file looks like it.
pub fn is_one(node: &Node<'_>) -> bool {
    is_answer(node)
        || node.map().and_then(<[_]>::first).is_some_and(|first| is_answer(&first.node))
        || node.list().and_then(<[_]>::first).is_some_and(|first| is_answer(first))
}

fn is_answer(node: &Node<'_>) -> bool {
    node.has("request_id") && node.has("data")
}

pub fn read(roots: &[Node<'_>], maps: Maps, reading: &mut Reading<'_>) {
    for root in roots {
        for node in root.list().unwrap_or(std::slice::from_ref(root)) {
            if is_answer(node) {
                secret(None, node, maps, reading);
            } else if let Some(paths) = node.map() {
                for member in paths {
                    secret(Some(member), &member.node, maps, reading);
                }
            } else {
                reading.complain(node.at, Code::Syntax, EXPECTED);
            }
        }
    }
}

const EXPECTED: &str = "There is no answer of `vault kv get -format=json` here. Expected {\"path\": answer}.";

fn secret(path: Option<&Member<'_>>, answer: &Node<'_>, maps: Maps, reading: &mut Reading<'_>) {
    let Some(data) = answer.member("data") else {
        return reading.complain(answer.at, Code::Syntax, EXPECTED);
    };
    // The second version of the engine answers data within data, beside its metadata.
    let keys = if data.has("metadata") { data.member("data").unwrap_or(data) } else { data };
    let Some(members) = keys.map() else {
        let message = "The last version at this path is deleted, so there is nothing to read. Undelete it and export again, \
                       or leave it.";
        return reading.note(answer.at, message);
    };
    match (maps, path) {
        (Maps::OneSecret, Some(path)) => whole(path, keys, reading),
        (Maps::OneSecret, None) => reading.complain(
            answer.at,
            Code::Incomplete,
            "Vault does not print the path, so the secret has no name. Export as {\"path\": answer}, or read one secret for \
             each key.",
        ),
        (Maps::OneSecretEach, _) => each(path.map(|path| &*path.key), members, reading),
    }
}

/// One secret a path: the JSON text of all its keys, as the file has it.
fn whole(path: &Member<'_>, keys: &Node<'_>, reading: &mut Reading<'_>) {
    let mut entry = reading.entry(path.at);
    entry.name = path.key.to_string();
    let text = reading.text.get(keys.at..keys.end).unwrap_or_default();
    entry.secret_string = Some(Zeroizing::new(text.to_owned()));
    reading.entries.push(entry);
}

/// One secret a key, named by the path, a dot and the key.
fn each(path: Option<&str>, members: &[Member<'_>], reading: &mut Reading<'_>) {
    for member in members {
        let mut entry = reading.entry(member.at);
        entry.name = path.map(|path| format!("{path}.")).unwrap_or_default() + &member.key;
        // Vault keeps null as a value; there is none to import.
        if !matches!(member.node.kind, Kind::Null) {
            entry.secret_string = ours::value(&member.node, reading);
        }
        reading.entries.push(entry);
    }
}
