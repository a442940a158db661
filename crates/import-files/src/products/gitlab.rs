//! CI/CD variables of GitLab, as its API and `glab variable list --output json` print them.

use super::objects::{count_keys, items};
use crate::line_problem::Code;
use crate::node::Node;
use crate::reading::Reading;
use crate::sample::Guess;
use crate::value_node;

pub fn recognise(roots: &[Node<'_>]) -> Option<Guess> {
    let first = items(roots).next()?;
    let has_mark = first.has("variable_type") || first.has("environment_scope");
    if first.has("key") && has_mark {
        return Guess::certain(
            "It has key, value and variable_type or environment_scope, as GitLab prints them.",
        );
    }
    None
}

/// The scope of a variable for all environments.
const ALL: &str = "*";

pub fn read(roots: &[Node<'_>], reading: &mut Reading<'_>) {
    let keys = count_keys(items(roots).filter_map(|node| node.text_of("key")).map(|key| &**key));
    for node in items(roots) {
        let Some(key) = node.text_of("key") else {
            let message = "There is no variable with a key here. Expected what GitLab answers for variables.";
            reading.problem(node.at, Code::Syntax, message);
            continue;
        };
        let mut entry = reading.entry(node.at);
        // One key in several scopes is several secrets.
        entry.name = match node.filled("environment_scope") {
            Some(scope) if &**scope != ALL && keys.get(&**key).is_some_and(|count| *count > 1) => {
                format!("{}.{}", &**key, &**scope)
            }
            _ => key.to_string(),
        };
        match node.member("value").filter(|value| !value.is_null()) {
            Some(value) => value_node::set_value(&mut entry, value, reading),
            None => {
                let message =
                    "GitLab does not give out the value of a hidden variable. Take it from where it was set.";
                reading.value_problem(node.at, Code::Incomplete, message);
            }
        }
        if let Some(description) = node.filled("description") {
            entry.description = description.to_string();
        }
        reading.entries.push(entry);
    }
}
