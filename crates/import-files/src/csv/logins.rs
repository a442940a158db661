//! CSV that password managers and browsers export, recognised by its titles.

use zeroize::Zeroizing;

use super::cells::Cells;
use super::rows::{note_cell, word, wrong_length};
use crate::field::Field;
use crate::items::{self, Item};
use crate::line_problem::Code;
use crate::options::Items;
use crate::reading::Reading;

/// What a column of a password manager has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Title,
    User,
    Password,
    Url,
    Totp,
    Notes,
    Folder,
    /// Fields that people add by themselves.
    Other,
    /// Dates, icons and marks, which say nothing about the secret.
    Metadata,
}

#[derive(Clone)]
pub struct Program {
    /// A sentence for the user.
    pub why: &'static str,
    parts: Vec<Part>,
    titles: Vec<String>,
    /// The columns that are mapped to another field than the name and the value.
    mapped: Vec<(usize, Field)>,
}

impl Program {
    /// The same with columns mapped as asked for. None when the name or the value come from other columns: then the mapping
    /// alone says what the file is.
    pub fn with(mut self, mapped: &[(usize, Option<Field>)]) -> Option<Self> {
        let own = self.fields();
        for (place, field) in mapped {
            let is_own = own.get(*place).copied().flatten();
            match field {
                Some(field) if is_own == Some(*field) => {}
                Some(Field::Name | Field::SecretString | Field::SecretBinary) => return None,
                _ if is_own.is_some() => return None,
                field => {
                    self.mapped.extend(field.map(|field| (*place, field)));
                    if let Some(part) = self.parts.get_mut(*place) {
                        *part = Part::Metadata;
                    }
                }
            }
        }
        Some(self)
    }

    /// What each column gives, as far as a column gives a field by itself.
    pub fn fields(&self) -> Vec<Option<Field>> {
        self.fields_as(Items::Password)
    }

    /// The same when items are imported as asked for: all of their fields can be in the value.
    pub fn fields_as(&self, items: Items) -> Vec<Option<Field>> {
        let has_title = self.parts.contains(&Part::Title);
        let mapped = |place| self.mapped.iter().find(|(column, _)| *column == place).map(|(_, field)| *field);
        self.parts
            .iter()
            .enumerate()
            .map(|(place, part)| match part {
                Part::Title => Some(Field::Name),
                Part::User if !has_title && !self.parts.contains(&Part::Url) => Some(Field::Name),
                Part::Password => Some(Field::SecretString),
                Part::User | Part::Url | Part::Totp | Part::Notes | Part::Other if items == Items::Json => {
                    Some(Field::SecretString)
                }
                Part::User
                | Part::Url
                | Part::Totp
                | Part::Notes
                | Part::Folder
                | Part::Other
                | Part::Metadata => mapped(place),
            })
            .collect()
    }
}

fn part(word: &str) -> Option<Part> {
    Some(match word {
        "title" | "name" | "account" | "item_name" => Part::Title,
        "username" | "user_name" | "user" | "login" | "login_name" | "login_username" | "email" => Part::User,
        "password" | "login_password" | "pwd" => Part::Password,
        "url" | "website" | "web_site" | "website_url" | "login_uri" | "login_url" | "uri" => Part::Url,
        "totp" | "login_totp" | "otp" | "otpauth" | "otpsecret" | "otpurl" | "one_time_password" => {
            Part::Totp
        }
        "notes" | "note" | "extra" | "comments" => Part::Notes,
        "folder" | "group" | "grouping" | "vault" | "category" => Part::Folder,
        "fields" | "username2" | "username3" | "cardholdername" | "cardnumber" | "cvc" | "pin"
        | "expirydate" | "zipcode" | "full_name" | "phone_number" | "address1" | "address2" | "city"
        | "country" | "state" => Part::Other,
        "favorite"
        | "favourite"
        | "fav"
        | "favorite_status"
        | "archived"
        | "tags"
        | "type"
        | "reprompt"
        | "icon"
        | "last_modified"
        | "created"
        | "createtime"
        | "modifytime"
        | "httprealm"
        | "formactionorigin"
        | "guid"
        | "timecreated"
        | "timelastused"
        | "timepasswordchanged"
        | "collections"
        | "additional_urls"
        | "custom_fields"
        | "archivedtime"
        | "matchurl" => Part::Metadata,
        _ => return None,
    })
}

/// Whether a title is one that password managers have.
pub fn is_title(title: &str) -> bool {
    part(&word(title)).is_some()
}

/// The password manager with these titles; none when they are not those of one.
pub fn program(titles: &[impl AsRef<str>]) -> Option<Program> {
    let words: Vec<String> = titles.iter().map(|title| word(title.as_ref())).collect();
    // A table with a value of its own is no export of a password manager.
    if words
        .iter()
        .any(|word| matches!(word.as_str(), "value" | "secret_value" | "secret_string" | "secret_binary"))
    {
        return None;
    }
    // Columns that nobody knows are fields like those that people add.
    let parts: Vec<Part> = words
        .iter()
        .map(|word| part(word).unwrap_or(if word.is_empty() { Part::Metadata } else { Part::Other }))
        .collect();
    let has = |part| parts.contains(&part);
    if !has(Part::Password) || !(has(Part::Title) || has(Part::User) || has(Part::Url)) {
        return None;
    }
    let has_word = |wanted: &str| words.iter().any(|word| word == wanted);
    let why = if has_word("login_password") {
        "Its titles are those of Bitwarden."
    } else if has_word("grouping") {
        "Its titles are those of LastPass."
    } else if has_word("createtime") {
        "Its titles are those of Proton Pass."
    } else if has_word("httprealm") {
        "Its titles are those of Firefox."
    } else if has_word("otpsecret") {
        "Its titles are those of Dashlane."
    } else if has_word("cardholdername") {
        "Its titles are those of NordPass."
    } else if has_word("group") || has_word("login_name") {
        "Its titles are those of KeePass or KeePassXC."
    } else if has_word("archived") || has_word("one_time_password") {
        "Its titles are those of 1Password."
    } else if has_word("otpauth") {
        "Its titles are those of Safari or Passwords of Apple."
    } else if has_word("name") && has_word("url") {
        "Its titles are those of Chrome, Edge or another browser."
    } else {
        "Its titles are those of a password manager."
    };
    let titles = titles.iter().map(|title| title.as_ref().to_owned()).collect();
    Some(Program { why, parts, titles, mapped: Vec::new() })
}

pub fn read(program: &Program, cells: &mut Cells<'_>, reading: &mut Reading<'_>) {
    let mut found = Vec::new();
    let mut record: Option<(Item, usize)> = None;
    let mut wrong = false;
    while let Some(cell) = cells.next() {
        let (item, column) = record.get_or_insert_with(|| (Item::at(cell.at), 0));
        note_cell(&cell, reading);
        if let Some(message) = cell.wrong {
            wrong = true;
            reading.problem(cell.at, Code::Syntax, message);
        }
        if let Some((_, field)) = program.mapped.iter().find(|(place, _)| place == column) {
            item.fields.push((*field, cell.text().to_owned()));
        }
        if let Some(part) = program.parts.get(*column).filter(|_| !cell.text().is_empty()) {
            let title = program.titles.get(*column).map_or("", String::as_str);
            fill(item, *part, title, cell.text());
        }
        *column += 1;
        if !cell.ends_record {
            continue;
        }
        let (at, count) = (cell.at, *column);
        if count != program.parts.len() && !wrong {
            wrong = true;
            reading.problem(at, Code::Syntax, wrong_length(count, program.parts.len()));
        }
        let Some((item, _)) = record.take() else { continue };
        if !std::mem::take(&mut wrong) {
            found.push(item);
        }
    }
    for item in &mut found {
        // Where nothing else is a name, the user name is.
        if item.title.is_empty() && item.url.is_empty() {
            item.title.clone_from(&item.user);
        }
    }
    items::add(found, reading);
}

fn fill(item: &mut Item, part: Part, title: &str, text: &str) {
    let value = || Zeroizing::new(text.to_owned());
    match part {
        Part::Title => item.title = text.to_owned(),
        // Proton has the address and the user name of an account.
        Part::User if item.user.is_empty() || word(title) != "email" && word(title) != "username" => {
            item.user = text.to_owned();
        }
        Part::User if word(title) == "username" => {
            let email = std::mem::replace(&mut item.user, text.to_owned());
            item.others.push(("email".to_owned(), email.into()));
        }
        Part::User | Part::Other => item.others.push((title.to_owned(), value())),
        Part::Password => item.password = Some(value()),
        // LastPass marks a secure note by this address.
        Part::Url if text == "http://sn" => {}
        Part::Url => item.url = text.to_owned(),
        Part::Totp => item.totp = Some(value()),
        Part::Notes => item.notes = Some(value()),
        Part::Folder => item.folder = text.to_owned(),
        Part::Metadata => {}
    }
}
