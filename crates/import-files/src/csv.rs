//! CSV: a line of titles, then one entry a record. Cells are never altered.

use csv_core::{ReadFieldResult, Reader, ReaderBuilder};
use zeroize::Zeroizing;

use crate::complaint::Code;
use crate::entry::{Column, FileEntry};
use crate::field::{Field, NAMES};
use crate::options::CsvOptions;
use crate::reading::Reading;

pub fn read(options: &CsvOptions, reading: &mut Reading<'_>) {
    let separator = separator(options, reading);
    let mut cells = Cells::of(reading.text, separator);
    let mut titles = Vec::new();
    let mut titles_at = 0;
    while let Some(cell) = cells.next() {
        if titles.is_empty() {
            titles_at = cell.at;
        }
        titles.push(cell.text().trim().to_owned());
        if cell.ends_record {
            break;
        }
    }
    reading.columns = columns(titles, titles_at, options, reading);
    let fields: Vec<Option<Field>> = reading.columns.iter().map(|column| column.field).collect();
    if !fields.contains(&Some(Field::Name)) {
        let message = "No column gives the name. Say which one does, or write titles such as name and value in the first line.";
        return reading.complain(titles_at, Code::Columns, message);
    }
    tell_unread(titles_at, reading);
    records(&mut cells, &fields, reading);
}

/// Whether a line has two columns or more, and one of them is the name.
pub fn looks_like_titles(line: &str) -> bool {
    SEPARATORS.iter().any(|(separator, _)| {
        let titles: Vec<&str> = line.split(*separator).map(|title| title.trim_matches(['"', ' '])).collect();
        titles.len() > 1 && proposed(&titles).contains(&Some(Field::Name))
    })
}

const SEPARATORS: [(char, &str); 3] = [(',', "a comma"), (';', "a semicolon"), ('\t', "a tab")];

/// The separator that was asked for, or the one that the first line has most of.
fn separator(options: &CsvOptions, reading: &mut Reading<'_>) -> u8 {
    let first = reading.text.lines().find(|line| !line.is_empty()).unwrap_or_default();
    let count = |separator: char| first.matches(separator).count();
    let chosen = options.separator.and_then(|wanted| SEPARATORS.iter().find(|(known, _)| *known == wanted));
    if options.separator.is_some() && chosen.is_none() {
        let message = "The separator that was asked for is not a comma, a semicolon or a tab, so the first line decides.";
        reading.complain(0, Code::Columns, message);
    }
    let (mut separator, mut words) = SEPARATORS[0];
    if let Some((wanted, _)) = chosen {
        return *wanted as u8;
    }
    for (other, name) in SEPARATORS {
        if count(other) > count(separator) {
            (separator, words) = (other, name);
        }
    }
    if separator != ',' {
        reading.note(0, format!("Between the cells there is {words}."));
    }
    separator as u8
}

/// What each column gives: what was said of it, or else what its title says.
fn columns(titles: Vec<String>, at: usize, options: &CsvOptions, reading: &mut Reading<'_>) -> Vec<Column> {
    let mut fields = proposed(&titles);
    for (title, wanted) in &options.columns {
        let Some(place) = titles.iter().position(|known| known == title) else {
            reading.complain(
                at,
                Code::Columns,
                "A column that was named is not in the file. Name those in the first line.",
            );
            continue;
        };
        let field = Field::named(wanted);
        if field.is_none() && !wanted.is_empty() {
            let message = format!("A column shall give a field that is not known. The fields are {NAMES}.");
            reading.complain(at, Code::Columns, message);
        }
        // What was said wins over what another title proposes.
        for taken in fields.iter_mut().filter(|taken| field.is_some() && **taken == field) {
            *taken = None;
        }
        if let Some(given) = fields.get_mut(place) {
            *given = field;
        }
    }
    titles.into_iter().zip(fields).map(|(title, field)| Column { title, field }).collect()
}

/// The field that each title stands for, each field once.
fn proposed(titles: &[impl AsRef<str>]) -> Vec<Option<Field>> {
    let words: Vec<String> = titles
        .iter()
        .map(|title| title.as_ref().trim().to_ascii_lowercase().replace([' ', '-'], "_"))
        .collect();
    let has_name = words.iter().any(|word| named(word) == Some(Field::Name));
    let mut taken = Vec::new();
    let mut fields = Vec::with_capacity(words.len());
    for word in &words {
        let field = match word.as_str() {
            // The name of the secret, or, beside a name, its value.
            "secret" if has_name => Some(Field::SecretString),
            "secret" => Some(Field::Name),
            word => named(word),
        };
        let field = field.filter(|field| !taken.contains(field));
        taken.extend(field);
        fields.push(field);
    }
    fields
}

fn named(title: &str) -> Option<Field> {
    match title {
        "key" | "secret_name" | "variable" => Some(Field::Name),
        "value" | "secret_value" => Some(Field::SecretString),
        "comment" | "note" | "notes" => Some(Field::Description),
        title => Field::named(title),
    }
}

fn tell_unread(at: usize, reading: &mut Reading<'_>) {
    let unread: Vec<&str> = reading
        .columns
        .iter()
        .filter(|column| column.field.is_none())
        .map(|column| column.title.as_str())
        .collect();
    if !unread.is_empty() {
        let message = format!("Columns that are not read: {}.", unread.join(", "));
        reading.note(at, message);
    }
}

fn records(cells: &mut Cells<'_>, fields: &[Option<Field>], reading: &mut Reading<'_>) {
    let mut record: Option<(FileEntry, usize)> = None;
    while let Some(cell) = cells.next() {
        let (entry, column) = record.get_or_insert_with(|| (reading.entry(cell.at), 0));
        let field = fields.get(*column).copied().flatten();
        if let Some(message) = cell.wrong {
            let field = field.map_or("", Field::as_str);
            reading.complain_of_next(cell.at, field, Code::Syntax, message);
        } else if let Some(field) = field {
            fill(entry, field, &cell, reading);
        }
        *column += 1;
        if !cell.ends_record {
            continue;
        }
        if *column != fields.len() {
            let message = format!(
                "The record has {column} cells, and the first line has {}. Put cells that have a separator or a line break \
                 inside into double quotes.",
                fields.len()
            );
            reading.complain_of_next(cell.at, "", Code::Syntax, message);
        }
        let Some((mut entry, _)) = record.take() else { continue };
        // An empty cell is an empty value when no other cell gives one.
        if fields.contains(&Some(Field::SecretString)) && entry.secret_binary.is_none() {
            entry.secret_string.get_or_insert_default();
        }
        reading.entries.push(entry);
    }
}

fn fill(entry: &mut FileEntry, field: Field, cell: &Cell<'_>, reading: &mut Reading<'_>) {
    let text = cell.text();
    // Without quotes an empty cell says nothing.
    if text.is_empty() && !cell.in_quotes {
        return;
    }
    let is_boolean = text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
    if field == Field::AutoRotation && !is_boolean {
        let problem =
            strongroom_validation::wrong_type(field.as_str(), strongroom_validation::Expected::Boolean);
        return reading.problem_of_next(cell.at, problem);
    }
    entry.set_text(field, text);
}

/// The cells of a text one by one, each with its place.
struct Cells<'a> {
    text: &'a str,
    reader: Reader,
    offset: usize,
    starts_record: bool,
    // Cleared whenever it is replaced or dropped, because values pass through it.
    cell: Zeroizing<Vec<u8>>,
}

struct Cell<'b> {
    at: usize,
    bytes: &'b [u8],
    in_quotes: bool,
    ends_record: bool,
    wrong: Option<&'static str>,
}

impl Cell<'_> {
    fn text(&self) -> &str {
        // Always text: cells are cut at signs of one byte.
        std::str::from_utf8(self.bytes).unwrap_or_default()
    }
}

impl<'a> Cells<'a> {
    fn of(text: &'a str, separator: u8) -> Self {
        let reader = ReaderBuilder::new().delimiter(separator).build();
        // Chosen: most cells fit, and those that do not make it grow.
        Self { text, reader, offset: 0, starts_record: true, cell: Zeroizing::new(vec![0; 1_024]) }
    }

    fn next(&mut self) -> Option<Cell<'_>> {
        let bytes = self.text.as_bytes();
        // The reader passes over empty lines by itself; the place of the cell is behind them.
        let at = if self.starts_record {
            let rest = bytes.get(self.offset..).unwrap_or_default();
            self.offset + rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
        } else {
            self.offset
        };
        let mut length = 0;
        loop {
            let rest = bytes.get(self.offset..).unwrap_or_default();
            let (result, taken, given) = self.reader.read_field(rest, self.cell.get_mut(length..)?);
            self.offset += taken;
            length += given;
            match result {
                ReadFieldResult::InputEmpty => {}
                ReadFieldResult::OutputFull => {
                    let mut larger = Zeroizing::new(vec![0; self.cell.len() * 2]);
                    larger.get_mut(..length)?.copy_from_slice(self.cell.get(..length)?);
                    self.cell = larger;
                }
                ReadFieldResult::End => return None,
                ReadFieldResult::Field { record_end } => {
                    self.starts_record = record_end;
                    let raw = bytes.get(at..self.offset).unwrap_or_default();
                    return Some(Cell {
                        at,
                        bytes: self.cell.get(..length)?,
                        in_quotes: raw.starts_with(b"\""),
                        ends_record: record_end,
                        wrong: wrong_quotes(raw, record_end),
                    });
                }
            }
        }
    }
}

/// What is wrong with the quotes of a cell as it is written, with what ends it.
fn wrong_quotes(raw: &[u8], record_end: bool) -> Option<&'static str> {
    let inside = raw.strip_prefix(b"\"")?;
    let without_end = if record_end {
        inside.strip_suffix(b"\n").unwrap_or(inside)
    } else {
        inside.get(..inside.len().saturating_sub(1)).unwrap_or_default()
    };
    let without_end =
        if record_end { without_end.strip_suffix(b"\r").unwrap_or(without_end) } else { without_end };
    let Some(inside) = without_end.strip_suffix(b"\"") else {
        return Some(
            "The quote that opens the cell is not closed at its end. Close it, and write quotes inside twice.",
        );
    };
    let mut quotes = inside.split(|byte| *byte == b'"').skip(1);
    // Quotes inside come in pairs, with nothing between the two of a pair.
    while let Some(between) = quotes.next() {
        if !between.is_empty() || quotes.next().is_none() {
            return Some("There is a single quote sign inside a cell in quotes. Write it twice.");
        }
    }
    None
}
