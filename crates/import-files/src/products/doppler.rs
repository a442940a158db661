//! What `doppler secrets --json` prints, and its API answers. `doppler secrets download` writes plain JSON, `.env` or YAML.

use super::objects::items;
use crate::line_problem::Code;
use crate::node::{Member, Node};
use crate::reading::Reading;
use crate::sample::Guess;
use crate::value_node;

pub fn recognise(roots: &[Node<'_>]) -> Option<Guess> {
    let first = items(roots).next()?;
    let is_secret = |member: &Member<'_>| member.node.has("computed");
    if secrets_of(first).is_some_and(|members| !members.is_empty() && members.iter().all(is_secret)) {
        return Guess::certain("Every name has computed and raw, as Doppler prints them.");
    }
    None
}

/// The API answers them below `secrets`.
fn secrets_of<'a, 'b>(node: &'b Node<'a>) -> Option<&'b [Member<'a>]> {
    node.member("secrets").and_then(Node::map).or_else(|| node.map())
}

pub fn read(roots: &[Node<'_>], reading: &mut Reading<'_>) {
    for node in items(roots) {
        let Some(members) = secrets_of(node) else {
            let message = "There are no names with computed values here. Expected what `doppler secrets --json` prints.";
            reading.problem(node.at, Code::Syntax, message);
            continue;
        };
        members.iter().for_each(|member| secret(member, reading));
    }
}

fn secret(member: &Member<'_>, reading: &mut Reading<'_>) {
    let Some(computed) = member.node.member("computed") else {
        let message =
            "There are no names with computed values here. Expected what `doppler secrets --json` prints.";
        return reading.problem(member.at, Code::Syntax, message);
    };
    let mut entry = reading.entry(member.at);
    entry.name = member.key.to_string();
    if computed.is_null() {
        let message =
            "Doppler does not show the value of a restricted secret. Take it from where it was set.";
        reading.value_problem(member.at, Code::Incomplete, message);
    } else {
        value_node::set_value(&mut entry, computed, reading);
    }
    if member.node.filled("note").is_some() {
        reading.note(member.at, "Notes are left out, because a description is stored unencrypted.");
    }
    reading.entries.push(entry);
}
