//! Names as the person who imports wants them. Nothing here happens without being asked for, and it is told.

use crate::options::NameOptions;
use crate::reading::Reading;

pub fn apply(options: &NameOptions, reading: &mut Reading<'_>) {
    let mut changed = 0_usize;
    for entry in &mut reading.entries {
        // A missing name stays missing: a prefix alone would name nothing.
        if entry.name.is_empty() {
            continue;
        }
        let mut name = options.prefix.clone() + &entry.name;
        if let Some(replacement) = options.replacement {
            name = name.chars().map(|next| if is_allowed(next) { next } else { replacement }).collect();
        }
        if name != entry.name {
            changed += 1;
            entry.name = name;
        }
    }
    if changed > 0 {
        reading.note(0, format!("Names that were changed as you asked: {changed}."));
    }
}

/// What a name can have. The rule that rejects stays in `validation`; a test holds the two together.
fn is_allowed(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed_is_what_the_rule_takes() {
        for character in (0..=0x24F).filter_map(char::from_u32) {
            let taken = strongroom_validation::secret_name(&format!("a{character}")).is_none();
            assert_eq!(is_allowed(character), taken, "{character:?}");
        }
    }
}
