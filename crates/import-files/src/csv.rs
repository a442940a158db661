//! CSV: a line of titles, then one entry per record. Cells are never altered.

mod cells;
mod logins;
mod rows;

use cells::{Cell, Cells};
use rows::{note_cell, word, wrong_length};
use strongroom_validation::{Expected, wrong_type};

use crate::entry::{Column, FileEntry};
use crate::field::{Field, NAMES};
use crate::line_problem::Code;
use crate::lines::{next_line, rest_of_line};
use crate::options::CsvOptions;
use crate::reading::Reading;
use crate::sample::{Guess, Sample};

pub fn recognise(sample: &Sample<'_>) -> Option<Guess> {
    let line = sample.first();
    if separator_line(line).is_some() {
        return Guess::certain("Its first line names the separator, as spreadsheets write it.");
    }
    let is_named = sample.ends_with(&["csv", "tsv"]);
    // A line that gives something a value is no line of titles.
    if line.contains('=') || line.contains(": ") || line.starts_with(['{', '[', '<']) {
        return None;
    }
    for (separator, _) in SEPARATORS {
        let titles: Vec<&str> = line.split(separator).map(|title| title.trim_matches(['"', ' '])).collect();
        if titles.len() < 2 {
            continue;
        }
        if let Some(program) = logins::program(&titles) {
            return Guess::certain(program.why);
        }
        let fields = proposed(&titles);
        if fields.contains(&Some(Field::Name)) {
            let has_value =
                fields.contains(&Some(Field::SecretString)) || fields.contains(&Some(Field::SecretBinary));
            return if is_named || has_value {
                Guess::certain("Its first line has titles for the name and the value.")
            } else {
                Guess::likely("Its first line has a title for the name.")
            };
        }
        if is_named {
            return Guess::likely("The file name says CSV, and its first line has separators.");
        }
    }
    None
}

pub fn read(reading: &mut Reading<'_>) {
    let options = &reading.options.csv;
    let mut start = 0;
    let mut named = None;
    if let Some(separator) = separator_line(rest_of_line(reading.text, 0)) {
        named = Some(separator);
        start = next_line(reading.text, 0);
        reading.note(0, "The first line names the separator, and is no record.");
    }
    let separator = separator(options, named, start, reading);
    let mut cells = Cells::of(reading.text, start, separator);
    let mut titles = Vec::new();
    let mut titles_at = start;
    while let Some(cell) = cells.next() {
        if titles.is_empty() {
            titles_at = cell.at;
        }
        titles.push(cell.text().trim().to_owned());
        if cell.ends_record {
            break;
        }
    }
    let program = logins::program(&titles);
    let mapped = mapped(&titles, titles_at, options, reading);
    if let Some(program) = program.clone().and_then(|program| program.with(&mapped)) {
        reading.columns = shown(titles, &program.fields_as(reading.options.items), options);
        return logins::read(&program, &mut cells, reading);
    }
    let mut fields = program.as_ref().map_or_else(|| proposed(&titles), logins::Program::fields);
    for (place, field) in mapped {
        // A mapping wins over what another title proposes.
        for taken in fields.iter_mut().filter(|taken| field.is_some() && **taken == field) {
            *taken = None;
        }
        if let Some(given) = fields.get_mut(place) {
            *given = field;
        }
    }
    reading.columns = shown(titles, &fields, options);
    let gives = |field| fields.contains(&Some(field));
    if !gives(Field::Name) || !(gives(Field::SecretString) || gives(Field::SecretBinary)) {
        // A wrong mapping has its own problem, and without records nothing needs a column.
        if reading.problems.is_empty() && (!gives(Field::Name) || cells.next().is_some()) {
            no_columns(titles_at, gives(Field::Name), reading);
        }
        return;
    }
    note_unread(titles_at, reading);
    records(&mut cells, &fields, program.is_some(), reading);
}

fn no_columns(at: usize, has_name: bool, reading: &mut Reading<'_>) {
    let (what, example) = if has_name {
        ("value", "--column TITLE=secret_string")
    } else {
        ("name", "--column TITLE=name --column TITLE=secret_string")
    };
    let titles: Vec<&str> = reading.columns.iter().map(|column| column.title.as_str()).collect();
    let message = format!(
        "No column is known to have the {what}; the columns are {}. Map them by title or number ({example}), or write titles \
         such as name and value into the first line.",
        titles.join(", ")
    );
    reading.problem(at, Code::Columns, message);
}

/// `sep=;`, with which spreadsheets tell each other the separator.
fn separator_line(line: &str) -> Option<char> {
    let line = line.trim().trim_matches('"');
    let start = line.get(..4).filter(|start| start.eq_ignore_ascii_case("sep="))?;
    let mut rest = line.strip_prefix(start)?.chars();
    // A tab is lost when the line is trimmed.
    let separator = rest.next().unwrap_or('\t');
    rest.next().is_none().then_some(separator)
}

const SEPARATORS: [(char, &str); 4] =
    [(',', "a comma"), (';', "a semicolon"), ('\t', "a tab"), ('|', "a vertical bar")];

/// The separator that was asked for, or the one that the file names, or the one that the first line has most of.
fn separator(options: &CsvOptions, named: Option<char>, start: usize, reading: &mut Reading<'_>) -> u8 {
    let text = reading.text.get(start..).unwrap_or_default();
    let first = text.split(['\n', '\r']).find(|line| !line.is_empty()).unwrap_or_default();
    // What stands in quotes separates nothing.
    let count = |separator: char| -> usize {
        first.split('"').step_by(2).map(|outside| outside.matches(separator).count()).sum()
    };
    let known = |wanted: char| SEPARATORS.iter().find(|(known, _)| *known == wanted);
    let wanted = options.separator.or(named);
    if let Some((wanted, _)) = wanted.and_then(known) {
        return *wanted as u8;
    }
    if wanted.is_some() {
        let message =
            "The separator is not a comma, a semicolon, a tab or a vertical bar, so the first line decides.";
        reading.problem(0, Code::Columns, message);
    }
    let (mut separator, mut words) = SEPARATORS[0];
    for (other, name) in SEPARATORS {
        if count(other) > count(separator) {
            (separator, words) = (other, name);
        }
    }
    if separator != ',' {
        reading.note(start, format!("The separator is {words}."));
    }
    separator as u8
}

/// The columns that are mapped, and the field that each gives; none for those to leave out.
fn mapped(
    titles: &[String],
    at: usize,
    options: &CsvOptions,
    reading: &mut Reading<'_>,
) -> Vec<(usize, Option<Field>)> {
    let mut mapped = Vec::new();
    for (column, wanted) in &options.columns {
        let Some(place) = place_of(column, titles) else {
            let message = "A column that is mapped is not in the file. Use a title of the first line, or a number from 1.";
            reading.problem(at, Code::Columns, message);
            continue;
        };
        let field = Field::named(wanted);
        if field.is_none() && !wanted.is_empty() {
            let message =
                format!("A column is mapped to a field that does not exist. The fields are {NAMES}.");
            reading.problem(at, Code::Columns, message);
        }
        mapped.push((place, field));
    }
    mapped
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
/// is a word known for one, or is mapped, or stands beside two such that give a name and a value.
fn shown(titles: Vec<String>, fields: &[Option<Field>], options: &CsvOptions) -> Vec<Column> {
    let proposed = proposed(&titles);
    let known: Vec<bool> = titles
        .iter()
        .zip(proposed)
        .map(|(title, word)| {
            word.is_some()
                || logins::is_title(title)
                || options.columns.iter().any(|(column, _)| column == title)
        })
        .collect();
    let gives = |wanted| fields.iter().zip(&known).any(|(field, known)| *known && *field == Some(wanted));
    let are_titles = gives(Field::Name) && (gives(Field::SecretString) || gives(Field::SecretBinary));
    let columns = titles.into_iter().zip(fields).zip(known).enumerate();
    columns
        .map(|(place, ((title, field), known))| {
            // A number always means a place.
            let is_title = (are_titles || known) && !title.is_empty() && number(&title).is_none();
            Column { title: if is_title { title } else { (place + 1).to_string() }, field: *field }
        })
        .collect()
}

/// The field that each title stands for, each field once.
fn proposed(titles: &[impl AsRef<str>]) -> Vec<Option<Field>> {
    let words: Vec<String> = titles.iter().map(|title| word(title.as_ref())).collect();
    let has_name = words.iter().any(|word| named(word) == Some(Field::Name));
    // The file that AWS offers for download when an access key is made.
    let is_access_key =
        ["access_key_id", "secret_access_key"].iter().all(|title| words.iter().any(|word| word == title));
    let mut taken = Vec::new();
    let mut fields = Vec::with_capacity(words.len());
    for word in &words {
        let field = match word.as_str() {
            "access_key_id" if is_access_key => Some(Field::Name),
            "secret_access_key" if is_access_key => Some(Field::SecretString),
            _ if is_access_key => None,
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

/// Notes are not among them: a description is stored unencrypted, and notes may be secret.
fn named(title: &str) -> Option<Field> {
    match title {
        "key" | "secret_name" | "variable" => Some(Field::Name),
        "value" | "secret_value" => Some(Field::SecretString),
        "comment" => Some(Field::Description),
        title => Field::named(title),
    }
}

fn note_unread(at: usize, reading: &mut Reading<'_>) {
    let unread: Vec<&str> = reading
        .columns
        .iter()
        .filter(|column| column.field.is_none())
        .map(|column| column.title.as_str())
        .collect();
    if !unread.is_empty() {
        let message = format!("Columns that are not imported: {}.", unread.join(", "));
        reading.note(at, message);
    }
}

fn records(cells: &mut Cells<'_>, fields: &[Option<Field>], are_logins: bool, reading: &mut Reading<'_>) {
    let is_explicit = reading.columns.iter().any(|column| column.title == Field::SecretString.as_str());
    let mut record: Option<(FileEntry, usize)> = None;
    while let Some(cell) = cells.next() {
        let (entry, column) = record.get_or_insert_with(|| (reading.entry(cell.at), 0));
        let field = fields.get(*column).copied().flatten();
        note_cell(&cell, reading);
        if let Some(message) = cell.wrong {
            let field = field.map_or("", Field::as_str);
            reading.entry_problem(cell.at, field, Code::Syntax, message);
        } else if let Some(field) = field {
            fill(entry, field, &cell, reading);
        }
        *column += 1;
        if !cell.ends_record {
            continue;
        }
        let (at, count) = (cell.at, *column);
        if count != fields.len() {
            reading.entry_problem(at, "", Code::Syntax, wrong_length(count, fields.len()));
        }
        let Some((mut entry, _)) = record.take() else { continue };
        // An empty cell is an empty value when no other cell gives one.
        if fields.contains(&Some(Field::SecretString)) && entry.secret_binary.is_none() {
            let is_empty = entry.secret_string.get_or_insert_default().is_empty();
            if is_empty && are_logins {
                let message =
                    "The record has no password. Map another column to the value, or take the record out.";
                reading.value_problem(at, Code::Incomplete, message);
            }
        }
        if is_explicit {
            reading.explicit.push(reading.next());
        }
        reading.entries.push(entry);
    }
}

fn fill(entry: &mut FileEntry, field: Field, cell: &Cell<'_>, reading: &mut Reading<'_>) {
    let text = cell.text();
    // An empty cell without quotes is an absent field.
    if text.is_empty() && !cell.in_quotes {
        return;
    }
    let is_boolean = text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
    if field == Field::AutoRotation && !is_boolean {
        return reading.rule_problem(cell.at, wrong_type(field.as_str(), Expected::Boolean));
    }
    entry.set_text(field, text);
}
