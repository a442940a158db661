//! What `az keyvault secret show` prints, one secret or several.

use strongroom_validation as rules;

use super::objects::items;
use crate::base64;
use crate::line_problem::Code;
use crate::node::Node;
use crate::reading::Reading;
use crate::sample::Guess;
use crate::value_node;

pub fn recognise(roots: &[Node<'_>]) -> Option<Guess> {
    let first = items(roots).next()?;
    let id = first.text_of("id").map(|id| &**id).unwrap_or_default();
    if first.has("value") && id.contains("/secrets/") && (id.contains(".vault.") || first.has("attributes")) {
        return Guess::certain("It has id, name, value and attributes, as Azure Key Vault prints them.");
    }
    None
}

pub fn read(roots: &[Node<'_>], reading: &mut Reading<'_>) {
    items(roots).for_each(|node| secret(node, reading));
}

fn secret(node: &Node<'_>, reading: &mut Reading<'_>) {
    // Older versions print no name; it is in the address.
    let id =
        node.text_of("id").and_then(|id| id.split("/secrets/").nth(1)).and_then(|id| id.split('/').next());
    let Some(name) = node.filled("name").map(|name| &**name).or(id) else {
        let message = "There is no secret with a name here. Expected what `az keyvault secret show` prints.";
        return reading.problem(node.at, Code::Syntax, message);
    };
    let mut entry = reading.entry(node.at);
    entry.name = name.to_owned();
    let encoding = node.member("tags").and_then(|tags| tags.text_of("file-encoding"));
    match node.member("value").filter(|value| !value.is_null()) {
        Some(value) if encoding.is_some_and(|encoding| &**encoding == "base64") => {
            match value.text().and_then(|text| base64::decode(text)) {
                Some(bytes) => entry.set_bytes(bytes),
                None => {
                    let message = "The tag file-encoding says Base64, and the value is not. Export it again.";
                    reading.value_problem(value.at, Code::Rule(rules::Code::NotBase64), message);
                }
            }
        }
        Some(value) => value_node::set_value(&mut entry, value, reading),
        None => {
            let message = "There is no value, as in the output of `az keyvault secret list`. Use `az keyvault secret show \
                           --vault-name VAULT --name NAME`.";
            reading.value_problem(node.at, Code::Incomplete, message);
        }
    }
    if node.member("attributes").and_then(|of| of.member("enabled")).and_then(Node::boolean) == Some(false) {
        reading.note(node.at, "The secret is disabled in Azure, and will be usable here.");
    }
    reading.entries.push(entry);
}
