//! The unencrypted JSON export of Bitwarden and Vaultwarden, and what `bw list items` prints.

use super::objects::items;
use crate::items::{self as logins, Item};
use crate::line_problem::Code;
use crate::node::Node;
use crate::reading::Reading;
use crate::sample::Guess;

pub fn recognise(roots: &[Node<'_>]) -> Option<Guess> {
    let first = items(roots).next()?;
    let is_export =
        first.has("encrypted") && first.member("items").is_some_and(|items| items.list().is_some());
    if is_export || is_item(first) {
        return Guess::certain("It has items with login, notes and fields, as Bitwarden exports them.");
    }
    None
}

fn is_item(node: &Node<'_>) -> bool {
    node.has("name")
        && node.has("type")
        && (node.has("login")
            || node.has("secureNote")
            || node.has("card")
            || node.has("identity")
            || node.has("sshKey"))
}

pub fn read(roots: &[Node<'_>], reading: &mut Reading<'_>) {
    let mut found = Vec::new();
    for root in items(roots) {
        let folders: Vec<(&str, &str)> = root
            .items_of("folders")
            .iter()
            .chain(root.items_of("collections"))
            .filter_map(|folder| Some((&**folder.text_of("id")?, &**folder.text_of("name")?)))
            .collect();
        match root.member("items").and_then(Node::list) {
            Some(list) => list.iter().for_each(|node| add(node, &folders, &mut found, reading)),
            None => add(root, &folders, &mut found, reading),
        }
    }
    logins::add(found, reading);
}

fn add(node: &Node<'_>, folders: &[(&str, &str)], found: &mut Vec<Item>, reading: &mut Reading<'_>) {
    let Some(name) = node.text_of("name") else {
        let message = "There is no item with a name here. Expected what Bitwarden exports as JSON.";
        return reading.problem(node.at, Code::Syntax, message);
    };
    let mut item = Item::at(node.at);
    item.title = name.to_string();
    let folder = node.text_of("folderId");
    let folder = folders.iter().find(|(id, _)| folder.is_some_and(|folder| &**folder == *id));
    item.folder = folder.map(|(_, name)| (*name).to_owned()).unwrap_or_default();
    item.notes = node.filled("notes").map(|text| text.to_value());
    if let Some(login) = node.member("login") {
        item.user = login.filled("username").map(|text| text.to_string()).unwrap_or_default();
        item.password = login.filled("password").map(|text| text.to_value());
        item.totp = login.filled("totp").map(|text| text.to_value());
        let uri = login.items_of("uris").iter().find_map(|uri| uri.filled("uri"));
        item.url = uri.map(|text| text.to_string()).unwrap_or_default();
    }
    for kind in ["card", "identity", "sshKey"] {
        for member in node.member(kind).and_then(Node::map).unwrap_or_default() {
            if let Some(text) = member.node.text().filter(|text| !text.is_empty() && !member.node.is_null()) {
                item.others.push((member.key.to_string(), text.to_value()));
            }
        }
    }
    for field in node.items_of("fields") {
        if let (Some(name), Some(value)) = (field.text_of("name"), field.filled("value")) {
            item.others.push((name.to_string(), value.to_value()));
        }
    }
    found.push(item);
}
