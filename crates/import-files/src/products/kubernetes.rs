//! Secrets of Kubernetes: manifests, and what `kubectl get secret` prints as YAML or JSON.
//!
//! Each key is a secret, named by the name of the Secret, a dot and the key. Where the file has two Secrets of one name, the
//! namespace goes before it.

use std::collections::{HashMap, HashSet};

use strongroom_validation as rules;

use super::objects::items;
use crate::base64;
use crate::line_problem::Code;
use crate::node::{Member, Node};
use crate::reading::Reading;
use crate::sample::Guess;
use crate::value_node::set_value;

pub fn recognise(roots: &[Node<'_>]) -> Option<Guess> {
    let is_object = |node: &Node<'_>| node.text_of("apiVersion").is_some() && node.text_of("kind").is_some();
    if items(roots).any(is_object) {
        return Guess::certain("It has apiVersion and kind, as objects of Kubernetes have.");
    }
    None
}

pub fn read(roots: &[Node<'_>], reading: &mut Reading<'_>) {
    let mut secrets = Vec::new();
    for root in items(roots) {
        let list = root.member("items").and_then(Node::list);
        for object in list.unwrap_or(std::slice::from_ref(root)) {
            // `kubectl get secrets` leaves the kind to the list in some versions.
            let kind = object.text_of("kind").map(|kind| &**kind);
            let is_secret = match kind {
                Some(kind) => kind == "Secret",
                None => list.is_some() && root.text_of("kind").is_some_and(|kind| &**kind == "SecretList"),
            };
            if is_secret {
                secrets.push(object);
            } else if object.map().is_some() {
                reading.note(object.at, "The object is not a Secret and is left out.");
            }
        }
    }
    if secrets.is_empty() {
        let at = roots.first().map_or(0, |root| root.at);
        let message = "There is no Secret among the objects of Kubernetes in the file. Use `kubectl get secret NAME --output json`.";
        return reading.problem(at, Code::Incomplete, message);
    }
    let mut namespaces: HashMap<&str, HashSet<&str>> = HashMap::new();
    for secret in &secrets {
        namespaces.entry(name_of(secret)).or_default().insert(namespace_of(secret));
    }
    for object in secrets {
        let has_others = namespaces.get(name_of(object)).is_some_and(|namespaces| namespaces.len() > 1);
        secret(object, has_others, reading);
    }
}

fn in_metadata<'b>(secret: &'b Node<'_>, key: &str) -> &'b str {
    secret.member("metadata").and_then(|metadata| metadata.filled(key)).map_or("", |text| text)
}

fn name_of<'b>(secret: &'b Node<'_>) -> &'b str {
    in_metadata(secret, "name")
}

fn namespace_of<'b>(secret: &'b Node<'_>) -> &'b str {
    in_metadata(secret, "namespace")
}

fn secret(object: &Node<'_>, with_namespace: bool, reading: &mut Reading<'_>) {
    let name = name_of(object);
    if name.is_empty() {
        let message =
            "The Secret has no metadata.name, so its keys would have no name of their own. Add one.";
        return reading.problem(object.at, Code::Incomplete, message);
    }
    let prefix = match namespace_of(object) {
        namespace if with_namespace && !namespace.is_empty() => format!("{namespace}.{name}"),
        _ => name.to_owned(),
    };
    let members = |key| object.member(key).and_then(Node::map).unwrap_or_default();
    let texts = members("stringData");
    for member in members("data") {
        // As the API server does it: stringData overwrites data.
        if texts.iter().any(|text| *text.key == *member.key) {
            reading.note(member.at, "A key of `data` is in `stringData` too, which wins.");
            continue;
        }
        let mut entry = reading.entry(member.at);
        entry.name = key_name(&prefix, member);
        match member.node.text().and_then(|text| base64::decode(text)) {
            _ if member.node.is_null() => entry.set_bytes(Vec::new()),
            Some(bytes) => entry.set_bytes(bytes),
            None => {
                let message = "The value under `data` is not Base64. Correct it, or move it to `stringData` if it is text.";
                reading.value_problem(member.node.at, Code::Rule(rules::Code::NotBase64), message);
            }
        }
        reading.entries.push(entry);
    }
    for member in texts {
        let mut entry = reading.entry(member.at);
        entry.name = key_name(&prefix, member);
        set_value(&mut entry, &member.node, reading);
        reading.entries.push(entry);
    }
    if texts.is_empty() && members("data").is_empty() {
        reading.note(object.at, "The Secret has no data.");
    }
}

fn key_name(prefix: &str, member: &Member<'_>) -> String {
    [prefix, ".", &*member.key].concat()
}
