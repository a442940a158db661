//! Nested maps and lists as one level of names: `spring: {datasource: {password: x}}` is `spring.datasource.password`.

use std::collections::HashMap;

use crate::field::Field;
use crate::node::{Kind, Member, Node, Text};
use crate::reading::Reading;
use crate::value_node::set_value;

pub fn read(members: &[Member<'_>], separator: &str, reading: &mut Reading<'_>) {
    let mut flattening = Flattening { separator, firsts: HashMap::new() };
    for member in members {
        flattening.add(member.key.to_string(), member.at, &member.node, reading);
    }
}

struct Flattening<'a> {
    separator: &'a str,
    /// Where each name was first made, because different keys can make the same one.
    firsts: HashMap<String, usize>,
}

impl Flattening<'_> {
    fn add(&mut self, name: String, at: usize, node: &Node<'_>, reading: &mut Reading<'_>) {
        match &node.kind {
            Kind::Map(members) if !members.is_empty() => {
                for member in members {
                    self.add(self.below(&name, &member.key), member.at, &member.node, reading);
                }
            }
            Kind::List(items) if !items.is_empty() => {
                for (index, item) in items.iter().enumerate() {
                    match assignments(items).then(|| assignment(item)).flatten() {
                        Some((key, value)) => {
                            let value = Text::Made(value.to_owned().into());
                            let value = Node { at: item.at, end: item.end, kind: Kind::Text(value) };
                            self.add(self.below(&name, key), item.at, &value, reading);
                        }
                        None => self.add(self.below(&name, &index.to_string()), item.at, item, reading),
                    }
                }
            }
            // An empty map or list holds nothing that could be a value.
            Kind::Map(_) | Kind::List(_) => {
                reading.note(node.at, "An empty map or list has no value and is left out.");
            }
            Kind::Null => reading.note(node.at, "`null` is no value and is left out."),
            Kind::Text(_) | Kind::Word(_) | Kind::Literal(_) | Kind::Binary(_) | Kind::Unread(_) => {
                let mut entry = reading.entry(at);
                match self.firsts.get(&name).copied() {
                    Some(first) => reading.repeated_key_of_entry(first, at, Some(Field::Name)),
                    None => {
                        self.firsts.insert(name.clone(), at);
                    }
                }
                entry.name = name;
                set_value(&mut entry, node, reading);
                reading.entries.push(entry);
            }
        }
    }

    fn below(&self, name: &str, key: &str) -> String {
        [name, self.separator, key].concat()
    }
}

/// Whether every item is `NAME=value`, as in the `environment` of a Compose file.
fn assignments(items: &[Node<'_>]) -> bool {
    items.iter().all(|item| assignment(item).is_some())
}

fn assignment<'b>(item: &'b Node<'_>) -> Option<(&'b str, &'b str)> {
    let (key, value) = item.text()?.split_once('=')?;
    let is_name = |next: char| next.is_ascii_alphanumeric() || matches!(next, '_' | '.' | '-');
    (!key.is_empty() && key.chars().all(is_name)).then_some((key, value))
}
