//! What `op item get --format json` prints, one item or several.

use super::objects::items;
use crate::items::{self as logins, Item};
use crate::line_problem::Code;
use crate::node::Node;
use crate::reading::Reading;
use crate::sample::Guess;

pub fn recognise(roots: &[Node<'_>]) -> Option<Guess> {
    let first = items(roots).next()?;
    let fields = first.member("fields").and_then(Node::list);
    let is_item = first.has("title") && (first.has("category") || first.has("vault"));
    if is_item && fields.is_some() {
        return Guess::certain("It has title, category and fields, as `op item get` prints them.");
    }
    None
}

pub fn read(roots: &[Node<'_>], reading: &mut Reading<'_>) {
    let mut found = Vec::new();
    for node in items(roots) {
        if let Some(item) = item(node, reading) {
            found.push(item);
        }
    }
    logins::add(found, reading);
}

fn item(node: &Node<'_>, reading: &mut Reading<'_>) -> Option<Item> {
    let Some(title) = node.text_of("title") else {
        let message = "There is no item with a title here. Expected what `op item get NAME --format json --reveal` prints.";
        reading.problem(node.at, Code::Syntax, message);
        return None;
    };
    let mut item = Item::at(node.at);
    item.title = title.to_string();
    item.folder = node
        .member("vault")
        .and_then(|vault| vault.filled("name"))
        .map(|text| text.to_string())
        .unwrap_or_default();
    item.url = node
        .items_of("urls")
        .iter()
        .find_map(|url| url.filled("href"))
        .map(|text| text.to_string())
        .unwrap_or_default();
    let fields = node.items_of("fields");
    let concealed: Vec<&Node<'_>> = fields.iter().filter(|field| is(field, "type", "CONCEALED")).collect();
    // The field for the password, or the only one that is concealed, as the credential of an API.
    let main = concealed
        .iter()
        .find(|field| is(field, "purpose", "PASSWORD") || is(field, "id", "password"))
        .or(if let [only] = concealed.as_slice() { Some(only) } else { None });
    for field in fields {
        if main.is_some_and(|main| main.at == field.at) && field.filled("value").is_none() {
            let message = "The password is not in the output. Use `op item get NAME --format json --reveal`.";
            reading.problem(field.at, Code::Incomplete, message);
        }
        let Some(value) = field.filled("value") else { continue };
        if main.is_some_and(|main| main.at == field.at) {
            item.password = Some(value.to_value());
        } else if is(field, "purpose", "USERNAME") {
            item.user = value.to_string();
        } else if is(field, "purpose", "NOTES") {
            item.notes = Some(value.to_value());
        } else if is(field, "type", "OTP") {
            item.totp = Some(value.to_value());
        } else {
            let label = field.filled("label").or_else(|| field.filled("id"));
            item.others.push((label.map(|text| text.to_string()).unwrap_or_default(), value.to_value()));
        }
    }
    Some(item)
}

fn is(node: &Node<'_>, key: &str, value: &str) -> bool {
    node.text_of(key).is_some_and(|text| &**text == value)
}
