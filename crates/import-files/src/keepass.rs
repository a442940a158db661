//! The XML export of KeePass and KeePassXC.

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use zeroize::{Zeroize as _, Zeroizing};

use crate::items::{self, Item};
use crate::line_problem::Code;
use crate::reading::Reading;
use crate::sample::{Guess, Sample};

pub fn recognise(sample: &Sample<'_>) -> Option<Guess> {
    let start = sample.text.trim_start();
    if start.starts_with("<KeePassFile") || (start.starts_with("<?xml") && start.contains("<KeePassFile")) {
        return Guess::certain("It is XML with KeePassFile, as KeePass exports.");
    }
    if start.starts_with("<?xml") {
        return Guess::likely("It is XML.");
    }
    if start.starts_with('<') && start.contains('>') {
        Guess::possible("It starts as XML does.")
    } else {
        None
    }
}

pub fn read(reading: &mut Reading<'_>) {
    let text = reading.text;
    let mut xml = Reader::from_str(text);
    let mut file = File::default();
    loop {
        let at = place(&xml);
        match xml.read_event() {
            Ok(Event::Start(element)) => {
                if file.path.is_empty() && element.name().0 != "KeePassFile" {
                    let message =
                        "The file is XML of another program than KeePass. Export it as CSV or JSON.";
                    return reading.reject_file(at, Code::NotSupported, message);
                }
                if file.path.len() >= MAX_DEPTH {
                    let message = "The groups are nested too deeply. Move the entries to a group further up.";
                    return reading.reject_file(at, Code::TooDeep, message);
                }
                file.start(&element, at);
            }
            Ok(Event::Empty(_)) => {}
            Ok(Event::End(_)) => file.end(reading),
            Ok(Event::Text(text)) => file.text.push_str(&text.xml10_content()),
            Ok(Event::CData(text)) => file.text.push_str(&text),
            Ok(Event::GeneralRef(reference)) => match character(&reference) {
                Some(character) => file.text.push(character),
                None => return broken(at, reading),
            },
            Ok(Event::Eof) if file.path.is_empty() => break,
            Ok(Event::Eof) => return broken(text.len(), reading),
            Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
            Err(_) => return broken(usize::try_from(xml.error_position()).unwrap_or_default(), reading),
        }
    }
    if file.recycled > 0 {
        let message = format!("Entries in the recycle bin are left out: {}.", file.recycled);
        reading.note(0, message);
    }
    if file.attachments > 0 {
        let message = format!("Attachments are left out: {}.", file.attachments);
        reading.note(0, message);
    }
    items::add(file.items, reading);
}

/// Chosen: groups within groups, each two elements; nobody has hundreds.
const MAX_DEPTH: usize = 256;

fn place(xml: &Reader<&[u8]>) -> usize {
    usize::try_from(xml.buffer_position()).unwrap_or_default()
}

fn broken(at: usize, reading: &mut Reading<'_>) {
    reading.reject_file(
        at,
        Code::Syntax,
        "The text is not XML from here: a tag is not closed, or an & is not written &amp;.",
    );
}

fn character(reference: &BytesRef<'_>) -> Option<char> {
    if reference.is_char_ref() {
        return reference.resolve_char_ref().ok().flatten();
    }
    match reference.xml10_content().as_ref() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

#[derive(Default)]
struct File {
    path: Vec<String>,
    text: Zeroizing<String>,
    groups: Vec<Group>,
    recycle_bin: String,
    entry: Option<Item>,
    /// Older versions of an entry lie inside it.
    history: usize,
    key: String,
    value: Zeroizing<String>,
    is_protected: bool,
    items: Vec<Item>,
    recycled: usize,
    attachments: usize,
}

#[derive(Default)]
struct Group {
    name: String,
    id: String,
}

impl File {
    fn start(&mut self, element: &BytesStart<'_>, at: usize) {
        let name = element.name().0.to_owned();
        match name.as_str() {
            "Group" => self.groups.push(Group::default()),
            "History" => self.history += 1,
            "Entry" if self.history == 0 => self.entry = Some(Item::at(at)),
            "Value" => {
                // Values protected in memory only are plain text here; others are encrypted with a key that the file has not.
                let protected = element.try_get_attribute("Protected").ok().flatten();
                self.is_protected =
                    protected.is_some_and(|attribute| attribute.value.eq_ignore_ascii_case("true"));
            }
            _ => {}
        }
        self.text.zeroize();
        self.path.push(name);
    }

    fn end(&mut self, reading: &mut Reading<'_>) {
        let Some(name) = self.path.pop() else { return };
        let parent = self.path.last().map(String::as_str).unwrap_or_default();
        match (parent, name.as_str()) {
            ("Meta", "RecycleBinUUID") => self.recycle_bin = self.text.trim().to_owned(),
            ("Group", "Name") => {
                if let Some(group) = self.groups.last_mut() {
                    group.name = self.text.trim().to_owned();
                }
            }
            ("Group", "UUID") => {
                if let Some(group) = self.groups.last_mut() {
                    group.id = self.text.trim().to_owned();
                }
            }
            (_, "Group") => {
                self.groups.pop();
            }
            (_, "History") => self.history = self.history.saturating_sub(1),
            ("String", "Key") => self.key = self.text.to_string(),
            ("String", "Value") => self.value = std::mem::take(&mut self.text),
            ("Entry", "String") if self.history == 0 => self.field(reading),
            ("Entry", "Binary") if self.history == 0 => self.attachments += 1,
            (_, "Entry") if self.history == 0 => self.close_entry(),
            _ => {}
        }
        self.text.zeroize();
    }

    fn field(&mut self, reading: &mut Reading<'_>) {
        let (key, value) = (std::mem::take(&mut self.key), std::mem::take(&mut self.value));
        let Some(item) = &mut self.entry else { return };
        if std::mem::take(&mut self.is_protected) && !value.is_empty() {
            let message = "The value is encrypted, because the file was taken out of a database. Export it again: keepassxc-cli \
                           export --format xml FILE.";
            return reading.problem(item.at, Code::Encrypted, message);
        }
        if value.is_empty() {
            return;
        }
        match key.as_str() {
            "Title" => item.title = value.to_string(),
            "UserName" => item.user = value.to_string(),
            "Password" => item.password = Some(value),
            "URL" => item.url = value.to_string(),
            "Notes" => item.notes = Some(value),
            _ => item.others.push((key, value)),
        }
    }

    fn close_entry(&mut self) {
        let Some(mut item) = self.entry.take() else { return };
        let is_recycled =
            !self.recycle_bin.is_empty() && self.groups.iter().any(|group| group.id == self.recycle_bin);
        if is_recycled {
            self.recycled += 1;
            return;
        }
        // The first group is the database.
        let names = self.groups.iter().skip(1).map(|group| group.name.as_str());
        item.folder = names.collect::<Vec<_>>().join(".");
        self.items.push(item);
    }
}
