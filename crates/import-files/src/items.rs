//! Items of password managers: a password with a user name, notes and more becomes one secret.
//!
//! Notes never become the description, which is stored unencrypted.

use std::collections::HashMap;

use zeroize::Zeroizing;

use crate::field::Field;
use crate::line_problem::Code;
use crate::options::Items;
use crate::reading::Reading;
use crate::write::quoted;

#[derive(Default)]
pub struct Item {
    pub at: usize,
    pub title: String,
    pub user: String,
    pub folder: String,
    pub url: String,
    pub password: Option<Zeroizing<String>>,
    pub totp: Option<Zeroizing<String>>,
    pub notes: Option<Zeroizing<String>>,
    /// Other fields by their name: custom ones, and those of cards and identities.
    pub others: Vec<(String, Zeroizing<String>)>,
    /// Fields of the entry that the user mapped to columns.
    pub fields: Vec<(Field, String)>,
}

impl Item {
    pub fn at(at: usize) -> Self {
        Self { at, ..Self::default() }
    }
}

/// Makes an entry of each item.
pub fn add(items: Vec<Item>, reading: &mut Reading<'_>) {
    let Some(first) = items.first().map(|item| item.at) else { return };
    let names = names(&items);
    if names.iter().zip(&items).any(|(name, item)| *name != item.title) {
        let message = "Titles that repeat have the user name or the folder added; items without a title are named by their address.";
        reading.note(first, message);
    }
    let mut left_out = LeftOut::default();
    for (name, item) in names.into_iter().zip(items) {
        let mut entry = reading.entry(item.at);
        entry.name = name;
        entry.secret_string = match reading.options.items {
            Items::Json => Some(json(&item)),
            Items::Password => password(&item, &mut left_out, reading),
        };
        for (field, text) in &item.fields {
            entry.set_text(*field, text);
        }
        reading.entries.push(entry);
    }
    left_out.note(first, reading);
}

fn password(item: &Item, left_out: &mut LeftOut, reading: &mut Reading<'_>) -> Option<Zeroizing<String>> {
    let filled = |value: &Option<Zeroizing<String>>| value.clone().filter(|value| !value.is_empty());
    if let Some(password) = filled(&item.password) {
        left_out.count(item);
        return Some(password);
    }
    if !item.others.is_empty() || filled(&item.totp).is_some() {
        reading.note(item.at, "The item has no password, so its value is a JSON object of all its fields.");
        return Some(json(item));
    }
    if let Some(notes) = filled(&item.notes) {
        reading.note(item.at, "The item has no password, so its notes are its value.");
        return Some(notes);
    }
    let message = "The item has no password and no notes, so there is no value. Take it out, or fill it in.";
    reading.value_problem(item.at, Code::Incomplete, message);
    None
}

/// All fields that have something.
fn json(item: &Item) -> Zeroizing<String> {
    let text = |value: &Option<Zeroizing<String>>| value.as_ref().map_or(0, |value| value.len());
    let texts =
        item.user.len() + item.url.len() + text(&item.password) + text(&item.totp) + text(&item.notes);
    let others: usize = item.others.iter().map(|(key, value)| key.len() + value.len() + 8).sum();
    // A control character becomes six.
    let mut json = Zeroizing::new(String::with_capacity((texts + others) * 6 + 128));
    let mut add = |key: &str, value: &str| {
        if !value.is_empty() {
            let sign = if json.is_empty() { '{' } else { ',' };
            json.push(sign);
            quoted(key, |next| next < ' ', &mut json);
            json.push(':');
            quoted(value, |next| next < ' ', &mut json);
        }
    };
    add("username", &item.user);
    add("password", item.password.as_ref().map_or("", |value| value));
    add("url", &item.url);
    add("totp", item.totp.as_ref().map_or("", |value| value));
    add("notes", item.notes.as_ref().map_or("", |value| value));
    for (key, value) in &item.others {
        add(key, value);
    }
    let end = if json.is_empty() { "{}" } else { "}" };
    json.push_str(end);
    json
}

/// The title where it is the only one, with the user name and then the folder where it is not.
fn names(items: &[Item]) -> Vec<String> {
    let mut names: Vec<String> = items.iter().map(title).collect();
    let longer: [fn(&Item) -> String; 2] = [
        |item| joined(&[&title(item), &item.user]),
        |item| joined(&[&item.folder, &title(item), &item.user]),
    ];
    for longer in longer {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for name in &names {
            *counts.entry(name).or_insert(0) += 1;
        }
        let repeats: Vec<bool> =
            names.iter().map(|name| counts.get(name.as_str()).is_some_and(|count| *count > 1)).collect();
        for ((name, item), _) in names.iter_mut().zip(items).zip(repeats).filter(|(_, repeats)| *repeats) {
            *name = longer(item);
        }
    }
    names
}

fn joined(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(".")
}

/// The title, or the host of the address for browsers that have none.
fn title(item: &Item) -> String {
    if !item.title.is_empty() {
        return item.title.clone();
    }
    let host = item.url.split("://").last().unwrap_or_default();
    host.split(['/', '?', '#']).next().unwrap_or_default().to_owned()
}

/// How many fields of each kind are not imported.
#[derive(Default)]
struct LeftOut {
    users: usize,
    urls: usize,
    totps: usize,
    notes: usize,
    others: usize,
}

impl LeftOut {
    fn count(&mut self, item: &Item) {
        self.users += usize::from(!item.user.is_empty());
        self.urls += usize::from(!item.url.is_empty());
        self.totps += usize::from(item.totp.is_some());
        self.notes += usize::from(item.notes.is_some());
        self.others += item.others.len();
    }

    fn note(&self, at: usize, reading: &mut Reading<'_>) {
        let kinds = [
            ("user names", self.users),
            ("addresses", self.urls),
            ("one-time passwords", self.totps),
            ("notes", self.notes),
            ("other fields", self.others),
        ];
        let kinds: Vec<String> = kinds
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(kind, count)| format!("{kind} ({count})"))
            .collect();
        if !kinds.is_empty() {
            let message = format!(
                "Only passwords are imported. Left out: {}. With --items json the value is a JSON object of all fields.",
                kinds.join(", ")
            );
            reading.note(at, message);
        }
    }
}
