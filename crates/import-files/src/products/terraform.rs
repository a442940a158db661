//! What `terraform output -json`, `tofu output -json` and `pulumi config --show-secrets --json` print.

use super::objects::items;
use crate::line_problem::Code;
use crate::node::{Member, Node};
use crate::reading::Reading;
use crate::sample::Guess;
use crate::value_node::set_value;

pub fn recognise(roots: &[Node<'_>]) -> Option<Guess> {
    let first = items(roots).next()?;
    if first.has("terraform_version") && first.has("outputs") {
        return Guess::certain("It has terraform_version and outputs, as a Terraform state has.");
    }
    let members = first.map().filter(|members| !members.is_empty())?;
    let is_output = |member: &Member<'_>| member.node.has("value") && member.node.has("type");
    if members.iter().all(is_output) && members.iter().any(|member| member.node.has("sensitive")) {
        return Guess::certain(
            "Every name has value, type and sensitive, as `terraform output -json` prints them.",
        );
    }
    let is_setting =
        |member: &Member<'_>| member.node.member("secret").is_some_and(|secret| secret.boolean().is_some());
    if members.iter().all(is_setting) {
        return Guess::certain("Every name has value and secret, as `pulumi config --json` prints them.");
    }
    None
}

pub fn read(roots: &[Node<'_>], reading: &mut Reading<'_>) {
    for root in items(roots) {
        let outputs = if root.has("terraform_version") { root.member("outputs") } else { None };
        if outputs.is_some() {
            reading.note(root.at, "Of the Terraform state only the outputs are imported.");
        }
        match outputs.unwrap_or(root).map() {
            Some(members) => members.iter().for_each(|member| output(member, reading)),
            None => reading.problem(root.at, Code::Syntax, EXPECTED),
        }
    }
}

const EXPECTED: &str = "There is no output with a value here. Expected what `terraform output -json` prints.";

fn output(member: &Member<'_>, reading: &mut Reading<'_>) {
    let mut entry = reading.entry(member.at);
    entry.name = member.key.to_string();
    match member.node.member("value") {
        Some(value) => set_value(&mut entry, value, reading),
        None if member.node.has("secret") => {
            let message = "There is no value. Export it again: pulumi config --show-secrets --json.";
            reading.value_problem(member.at, Code::Incomplete, message);
        }
        None => return reading.problem(member.at, Code::Syntax, EXPECTED),
    }
    reading.entries.push(entry);
}
