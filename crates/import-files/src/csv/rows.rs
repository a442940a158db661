//! What readers of CSV share about titles and rows.

use super::cells::Cell;
use crate::reading::Reading;

/// A title without what people write differently.
pub(super) fn word(title: &str) -> String {
    title.trim().to_ascii_lowercase().replace([' ', '-'], "_")
}

pub(super) fn wrong_length(cells: usize, titles: usize) -> String {
    format!(
        "The record has {cells} cells, and the first line has {titles}. Put cells that have a separator or a line break inside \
         into double quotes."
    )
}

pub(super) fn note_cell(cell: &Cell<'_>, reading: &mut Reading<'_>) {
    if cell.follows_blanks {
        reading.note(cell.at, "Spaces before an opening quote are left out, as spreadsheets do.");
    } else if !cell.in_quotes && cell.text().starts_with(' ') {
        reading.note(cell.at, "A cell starts with a space, which belongs to it.");
    }
}
