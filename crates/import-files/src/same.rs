//! Entries that repeat an earlier one in every field are imported once.

use std::collections::HashMap;

use crate::reading::Reading;

pub fn collapse(reading: &mut Reading<'_>) {
    let mut firsts: HashMap<&str, usize> = HashMap::with_capacity(reading.entries.len());
    let mut repeats: Vec<bool> = Vec::with_capacity(reading.entries.len());
    for (index, entry) in reading.entries.iter().enumerate() {
        let first = *firsts.entry(&entry.name).or_insert(index);
        let same = reading.entries.get(first).filter(|_| first != index);
        repeats.push(same.is_some_and(|same| same.equals(entry)));
    }
    // An entry with a problem was not read completely, so it cannot be compared.
    for problem in &reading.problems {
        if let Some(repeat) = problem.entry.and_then(|entry| repeats.get_mut(entry)) {
            *repeat = false;
        }
    }
    if !repeats.contains(&true) {
        return;
    }
    let mut kept = 0;
    let moved: Vec<usize> = repeats
        .iter()
        .map(|repeat| {
            let place = kept;
            kept += usize::from(!repeat);
            place
        })
        .collect();
    for problem in &mut reading.problems {
        problem.entry = problem.entry.and_then(|entry| moved.get(entry).copied());
    }
    let mut lines = Vec::new();
    let mut repeats = repeats.into_iter();
    reading.entries.retain(|entry| {
        let repeats = repeats.next().unwrap_or_default();
        if repeats {
            lines.push(entry.line);
        }
        !repeats
    });
    for line in lines {
        reading.note_in_line(line, "The entry repeats an earlier one exactly and is imported once.".into());
    }
}
