//! What `vault kv get -format=json` and `bao kv get -format=json` print, each under the path it was asked for.

use zeroize::Zeroizing;

use super::objects::items;
use crate::line_problem::Code;
use crate::node::{Member, Node};
use crate::options::Maps;
use crate::reading::Reading;
use crate::sample::Guess;
use crate::value_node;

pub fn recognise(roots: &[Node<'_>]) -> Option<Guess> {
    let first = items(roots).next()?;
    let inside = first.map().and_then(<[_]>::first).map(|member| &member.node);
    if is_answer(first) || inside.is_some_and(is_answer) {
        return Guess::certain("It has request_id and data, as vault and bao print them.");
    }
    None
}

/// What the API answers, or the part of it that `jq .data` leaves of a secret with versions.
fn is_answer(node: &Node<'_>) -> bool {
    let has_version = |metadata: &Node<'_>| metadata.has("version") && metadata.has("created_time");
    (node.has("request_id") && node.has("data"))
        || (has_versions(node) && node.member("metadata").is_some_and(has_version))
}

/// The second version of the engine answers data within data, beside its metadata. A secret of the first one may have keys of
/// these names, whose values are text.
fn has_versions(data: &Node<'_>) -> bool {
    let keys = data.member("data").is_some_and(|keys| keys.map().is_some() || keys.is_null());
    keys && data.member("metadata").is_some_and(|metadata| metadata.map().is_some())
}

pub fn read(roots: &[Node<'_>], reading: &mut Reading<'_>) {
    for node in items(roots) {
        if is_answer(node) {
            secret(None, node, reading);
        } else if let Some(paths) = node.map() {
            for member in paths {
                secret(Some(member), &member.node, reading);
            }
        } else {
            reading.problem(node.at, Code::Syntax, EXPECTED);
        }
    }
}

const EXPECTED: &str = "There is no answer of `vault kv get -format=json` here. Expected {\"path\": answer}.";

fn secret(path: Option<&Member<'_>>, answer: &Node<'_>, reading: &mut Reading<'_>) {
    let inner = if answer.has("request_id") { answer.member("data") } else { Some(answer) };
    let Some(data) = inner.filter(|_| answer.has("data")) else {
        return reading.problem(answer.at, Code::Syntax, EXPECTED);
    };
    let keys = if has_versions(data) { data.member("data").unwrap_or(data) } else { data };
    let Some(members) = keys.map() else {
        let metadata = data.member("metadata");
        let is_deleted = metadata.is_some_and(|metadata| {
            metadata.filled("deletion_time").is_some()
                || metadata.member("destroyed").and_then(Node::boolean) == Some(true)
        });
        let message = if is_deleted {
            "The last version at this path is deleted, so there is nothing to read. Undelete it and export again, or leave it."
        } else {
            "There is no data at this path, so there is nothing to import."
        };
        return reading.note(answer.at, message);
    };
    match (reading.options.maps, path) {
        (Maps::OneSecret, Some(path)) => whole(path, keys, reading),
        (Maps::OneSecret, None) => reading.problem(
            answer.at,
            Code::Incomplete,
            "Vault does not print the path, so the secret has no name. Export as {\"path\": answer}, or import one secret for each \
             key (--one-secret-each).",
        ),
        (Maps::OneSecretEach, _) => each(path.map(|path| &*path.key), members, reading),
    }
}

/// One secret per path: the JSON text of all its keys, as the file has it.
fn whole(path: &Member<'_>, keys: &Node<'_>, reading: &mut Reading<'_>) {
    let mut entry = reading.entry(path.at);
    entry.name = path.key.to_string();
    entry.secret_string = Some(if reading.is_json {
        Zeroizing::new(reading.text.get(keys.at..keys.end).unwrap_or_default().to_owned())
    } else {
        keys.json()
    });
    reading.entries.push(entry);
}

/// One secret per key, named by the path, a dot and the key.
fn each(path: Option<&str>, members: &[Member<'_>], reading: &mut Reading<'_>) {
    for member in members {
        let mut entry = reading.entry(member.at);
        entry.name = path.map(|path| format!("{path}.")).unwrap_or_default() + &member.key;
        // Vault keeps null as a value; there is none to import.
        if !member.node.is_null() {
            value_node::set_value(&mut entry, &member.node, reading);
        }
        reading.entries.push(entry);
    }
}
