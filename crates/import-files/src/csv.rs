//! CSV: a line of titles, then one entry a record. Cells are never altered.

mod cells;

use cells::{Cell, Cells};
use strongroom_validation::{Expected, wrong_type};

use crate::entry::{Column, FileEntry};
use crate::field::{Field, NAMES};
use crate::line_problem::Code;
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
    let fields = fields(&titles, titles_at, options, reading);
    reading.columns = shown(titles, &fields, options);
    if !fields.contains(&Some(Field::Name)) {
        let message = "No column gives the name. Say which one does, by title or number, or write titles such as name and value in the first line.";
        return reading.complain(titles_at, Code::Columns, message);
    }
    tell_unread(titles_at, reading);
    records(&mut cells, &fields, reading);
}

/// Whether a line has two columns or more, and one of them is the name. A line that gives something a value is none.
pub fn looks_like_titles(line: &str) -> bool {
    if line.contains('=') || line.contains(": ") {
        return false;
    }
    SEPARATORS.iter().any(|(separator, _)| {
        let titles: Vec<&str> = line.split(*separator).map(|title| title.trim_matches(['"', ' '])).collect();
        titles.len() > 1 && proposed(&titles).contains(&Some(Field::Name))
    })
}

const SEPARATORS: [(char, &str); 3] = [(',', "a comma"), (';', "a semicolon"), ('\t', "a tab")];

/// The separator that was asked for, or the one that the first line has most of.
fn separator(options: &CsvOptions, reading: &mut Reading<'_>) -> u8 {
    let first = reading.text.lines().find(|line| !line.is_empty()).unwrap_or_default();
    // What stands in quotes separates nothing.
    let count = |separator: char| -> usize {
        first.split('"').step_by(2).map(|outside| outside.matches(separator).count()).sum()
    };
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
fn fields(
    titles: &[String],
    at: usize,
    options: &CsvOptions,
    reading: &mut Reading<'_>,
) -> Vec<Option<Field>> {
    let mut fields = proposed(titles);
    for (column, wanted) in &options.columns {
        let Some(place) = place_of(column, titles) else {
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
    fields
}

/// The column of that title or, as a number from 1, at that place.
fn place_of(column: &str, titles: &[String]) -> Option<usize> {
    match number(column) {
        Some(number) => number.checked_sub(1).filter(|place| *place < titles.len()),
        None => titles.iter().position(|known| known == column),
    }
}

fn number(column: &str) -> Option<usize> {
    column.parse().ok()
}

/// The columns by their titles, which are shown only where they are titles beyond doubt.
///
/// Without a line of titles the first line is a record, and its cells may be a value. So a text counts as a title when it
/// is a word known for one, or was named as one, or stands beside two such that give a name and a value.
fn shown(titles: Vec<String>, fields: &[Option<Field>], options: &CsvOptions) -> Vec<Column> {
    let proposed = proposed(&titles);
    let known: Vec<bool> = titles
        .iter()
        .zip(proposed)
        .map(|(title, word)| word.is_some() || options.columns.iter().any(|(column, _)| column == title))
        .collect();
    let gives = |wanted| fields.iter().zip(&known).any(|(field, known)| *known && *field == Some(wanted));
    let are_titles = gives(Field::Name) && (gives(Field::SecretString) || gives(Field::SecretBinary));
    let columns = titles.into_iter().zip(fields).zip(known).enumerate();
    columns
        .map(|(place, ((title, field), known))| {
            // A number always means a place.
            let is_title = (are_titles || known) && number(&title).is_none();
            Column { title: if is_title { title } else { (place + 1).to_string() }, field: *field }
        })
        .collect()
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
                "The record ends with cell {column}, and the first line with cell {}. Put cells that have a separator or a line \
                 break inside into double quotes.",
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
        return reading.problem_of_next(cell.at, wrong_type(field.as_str(), Expected::Boolean));
    }
    entry.set_text(field, text);
}
