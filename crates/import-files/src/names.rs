//! Names as the person who imports wants them. Nothing here happens unless it is asked for, and a note reports it.
//!
//! Two names never become one: a name that is suggested or shortened differs from all others, and names that a replacement
//! makes equal stay two entries, of which the rules reject the second.

use std::collections::{HashMap, HashSet};

use strongroom_validation as rules;
use strongroom_validation::limits::MAX_NAME;

use crate::line_problem::Code;
use crate::options::NameOptions;
use crate::reading::Reading;

pub fn apply(options: &NameOptions, reading: &mut Reading<'_>) {
    rename(options, reading);
    suggest(reading);
}

fn rename(options: &NameOptions, reading: &mut Reading<'_>) {
    let renames: HashMap<&str, &str> =
        options.renames.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    let mut used = HashSet::new();
    let mut changed = 0_usize;
    for entry in &mut reading.entries {
        // A missing name stays missing: a prefix alone would name nothing.
        if entry.name.is_empty() {
            continue;
        }
        let name = match renames.get_key_value(entry.name.as_str()) {
            Some((from, to)) => {
                used.insert(*from);
                (*to).to_owned()
            }
            None => changed_name(options, &entry.name),
        };
        if name != entry.name {
            changed += 1;
            entry.name = name;
        }
    }
    if changed > 0 {
        reading.note(0, format!("Names changed as requested: {changed}."));
    }
    let unused = renames.len() - used.len();
    if unused > 0 {
        let message = format!(
            "Renames of names that the file does not have: {unused}. Take them out, or correct the names as they stand in \
             the file."
        );
        reading.problem(0, Code::Names, message);
    }
}

fn changed_name(options: &NameOptions, name: &str) -> String {
    let mut changed = options.prefix.clone() + name;
    if let Some(replacement) = options.replacement {
        changed = changed.chars().map(|next| if is_allowed(next) { next } else { replacement }).collect();
    }
    if options.shorten && changed.chars().count() > MAX_NAME { shortened(&changed, name) } else { changed }
}

/// A name that fits for each that does not, different from all others.
fn suggest(reading: &mut Reading<'_>) {
    let unfit = |name: &str| !name.is_empty() && rules::secret_name(name).is_some();
    if !reading.entries.iter().any(|entry| unfit(&entry.name)) {
        return;
    }
    let mut taken: HashSet<String> =
        reading.entries.iter().filter(|entry| !unfit(&entry.name)).map(|entry| entry.name.clone()).collect();
    // Entries of one name get one suggestion: that they repeat is a problem of its own.
    let mut made: HashMap<String, String> = HashMap::new();
    // Where a suggestion is taken, the next number to try: without it, equal suggestions would take quadratic time.
    let mut numbers: HashMap<String, usize> = HashMap::new();
    for entry in reading.entries.iter_mut().filter(|entry| unfit(&entry.name)) {
        if let Some(known) = made.get(&entry.name) {
            entry.suggested_name.clone_from(known);
            continue;
        }
        let fitting = fitting(&entry.name);
        let mut suggestion = fitting.clone();
        while taken.contains(&suggestion) {
            let number = numbers.entry(fitting.clone()).and_modify(|number| *number += 1).or_insert(2);
            let ending = format!("-{number}");
            suggestion = fitting.chars().take(MAX_NAME - ending.len()).collect::<String>() + &ending;
        }
        taken.insert(suggestion.clone());
        made.insert(entry.name.clone(), suggestion.clone());
        entry.suggested_name = suggestion;
    }
}

/// A name as close to this one as the rules allow.
fn fitting(name: &str) -> String {
    let mut fitting = String::with_capacity(name.len());
    for next in name.chars() {
        if is_allowed(next) {
            fitting.push(next);
        } else if !fitting.ends_with('-') {
            fitting.push('-');
        }
    }
    let fitting = fitting.trim_matches('-');
    // Without letters and digits nothing of the name is left.
    if !fitting.contains(|next: char| next.is_ascii_alphanumeric()) {
        return shortened("secret", name);
    }
    if fitting.len() > MAX_NAME { shortened(fitting, name) } else { fitting.to_owned() }
}

/// The start of a name, and a checksum of the whole original.
fn shortened(name: &str, original: &str) -> String {
    const CHECKSUM_DIGITS: usize = 8;
    let start: String = name.chars().take(MAX_NAME - CHECKSUM_DIGITS - 1).collect();
    // FNV-1a: short, and the same on every machine. The rules reject names that are equal all the same.
    let checksum = original
        .bytes()
        .fold(0xCBF2_9CE4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
    format!("{start}-{:08x}", (checksum >> 32) as u32 ^ checksum as u32)
}

/// What a name can have. The rule that rejects is in `validation`; a test compares the two.
fn is_allowed(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allowed_characters_are_those_of_the_rule() {
        for character in (0..=0x24F).filter_map(char::from_u32) {
            let taken = strongroom_validation::secret_name(&format!("a{character}")).is_none();
            assert_eq!(is_allowed(character), taken, "{character:?}");
        }
    }

    #[test]
    fn fitting_names_keep_the_rules() {
        for name in ["/app/db/password", "My Web (prod)", "..", "///", "é", &"x".repeat(70), &"é/".repeat(70)]
        {
            assert!(strongroom_validation::secret_name(&fitting(name)).is_none(), "{name}");
        }
        assert_eq!(fitting("/app/db/password"), "app-db-password");
        assert_eq!(fitting("My Web (prod)"), "My-Web-prod");
        assert_ne!(fitting(&("x".repeat(70) + "a")), fitting(&("x".repeat(70) + "b")));
    }
}
