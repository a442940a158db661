//! Entries that say the same as an earlier one are read once.

use std::collections::HashMap;

use crate::line_problem::Note;
use crate::reading::Reading;

pub fn collapse(reading: &mut Reading<'_>) {
    let mut firsts: HashMap<&str, usize> = HashMap::with_capacity(reading.entries.len());
    let mut repeats = Vec::new();
    for (index, entry) in reading.entries.iter().enumerate() {
        let first = *firsts.entry(&entry.name).or_insert(index);
        let same = reading.entries.get(first).filter(|_| first != index);
        repeats.push(same.filter(|same| same.says_the_same_as(entry)).map(|same| same.line));
    }
    // What was not read as it is written cannot be said to be the same.
    for complaint in &reading.complaints {
        if let Some(repeat) = complaint.entry.and_then(|entry| repeats.get_mut(entry)) {
            *repeat = None;
        }
    }
    if repeats.iter().all(Option::is_none) {
        return;
    }
    let mut kept = 0;
    let moved: Vec<usize> = repeats
        .iter()
        .map(|repeat| {
            let place = kept;
            kept += usize::from(repeat.is_none());
            place
        })
        .collect();
    for complaint in &mut reading.complaints {
        complaint.entry = complaint.entry.and_then(|entry| moved.get(entry).copied());
    }
    let mut repeats = repeats.into_iter();
    reading.entries.retain(|entry| {
        let Some(first) = repeats.next().flatten() else { return true };
        let message = format!("The entry says the same as the one in line {first}, so it is read once.");
        reading.notes.push(Note { line: entry.line, message: message.into() });
        false
    });
}
