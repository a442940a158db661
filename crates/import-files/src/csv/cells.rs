//! The cells of CSV one by one, each with its place and with what is wrong with its quotes.
//!
//! The parser accepts any quotes; here a quote that is not written by the rules is a problem.

use csv_core::{ReadFieldResult, Reader, ReaderBuilder};
use zeroize::Zeroizing;

/// The cells of a text one by one, each with its place.
pub struct Cells<'a> {
    text: &'a str,
    reader: Reader,
    separator: u8,
    offset: usize,
    starts_record: bool,
    // Cleared whenever it is replaced or dropped, because values pass through it.
    cell: Zeroizing<Vec<u8>>,
}

pub struct Cell<'b> {
    /// Its first byte in the text.
    pub at: usize,
    bytes: &'b [u8],
    pub in_quotes: bool,
    /// Whether blanks before the opening quote were passed over.
    pub follows_blanks: bool,
    pub ends_record: bool,
    /// What is wrong with its quotes.
    pub wrong: Option<&'static str>,
}

impl Cell<'_> {
    pub fn text(&self) -> &str {
        // Always text: cells are cut at signs of one byte.
        std::str::from_utf8(self.bytes).unwrap_or_default()
    }
}

impl<'a> Cells<'a> {
    pub fn of(text: &'a str, start: usize, separator: u8) -> Self {
        let reader = ReaderBuilder::new().delimiter(separator).build();
        // Chosen: most cells fit, and those that do not make it grow.
        Self {
            text,
            reader,
            separator,
            offset: start,
            starts_record: true,
            cell: Zeroizing::new(vec![0; 1_024]),
        }
    }

    pub fn next(&mut self) -> Option<Cell<'_>> {
        let bytes = self.text.as_bytes();
        // The reader passes over empty lines by itself; the place of the cell is behind them.
        let at = if self.starts_record {
            let rest = bytes.get(self.offset..).unwrap_or_default();
            self.offset + rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()
        } else {
            self.offset
        };
        let blanks = self.blanks_before_quote(at);
        let (at, follows_blanks) = (at + blanks, blanks > 0);
        self.offset = self.offset.max(if follows_blanks { at } else { 0 });
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
                        follows_blanks,
                        ends_record: record_end,
                        wrong: wrong_quotes(raw, record_end),
                    });
                }
            }
        }
    }
}

impl Cells<'_> {
    /// How many blanks are before a quote that opens the cell. Spreadsheets pass over them, and so do other readers.
    fn blanks_before_quote(&self, at: usize) -> usize {
        let rest = self.text.as_bytes().get(at..).unwrap_or_default();
        let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t') && **byte != self.separator;
        let blanks = rest.iter().take_while(is_blank).count();
        if rest.get(blanks) == Some(&b'"') { blanks } else { 0 }
    }
}

/// What is wrong with the quotes of a cell as it is written, with what ends it.
fn wrong_quotes(raw: &[u8], ends_record: bool) -> Option<&'static str> {
    let opened = raw.strip_prefix(b"\"")?;
    let written = if ends_record {
        let line = opened.strip_suffix(b"\n").unwrap_or(opened);
        line.strip_suffix(b"\r").unwrap_or(line)
    } else {
        // Behind it is the separator.
        opened.split_last().map_or(opened, |(_, cell)| cell)
    };
    let Some(inside) = written.strip_suffix(b"\"") else {
        return Some(
            "The quote that opens the cell is not closed at its end. Close it, and write quotes inside twice.",
        );
    };
    // Quotes inside come in pairs, with nothing between the two of a pair.
    let mut pieces = inside.split(|byte| *byte == b'"').skip(1);
    while let Some(between) = pieces.next() {
        if !between.is_empty() || pieces.next().is_none() {
            return Some("There is a single quote sign inside a cell in quotes. Write it twice.");
        }
    }
    None
}
