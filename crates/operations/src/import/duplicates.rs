//! The entries of a stream that came before, by name: in a few bytes each, however long the stream is.
//!
//! Names and entries are remembered as keyed fingerprints. The key is drawn anew for each stream and never leaves it, so
//! nobody can choose names that collide, or learn anything from what is remembered.

use std::collections::hash_map::{Entry, RandomState};
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;

use strongroom_contract::v1::NewSecret;
use strongroom_validation::Place;

use super::entry::Duplicate;
use super::parse;

/// Of 96 bits: that two of a million names share one has a chance of 1 to 10^17, less than that a bit of memory flips.
type Name = [u32; 3];

#[derive(Default)]
pub(super) struct DuplicateIndex {
    keys: [RandomState; 2],
    firsts: HashMap<Name, First>,
    /// Places of entries that were rejected. What says the same later is rejected with them.
    rejected: HashSet<u32>,
}

struct First {
    index: u32,
    line: u32,
    content: u64,
}

impl DuplicateIndex {
    /// The earlier entry of this name, if there is one; else this is the one that counts.
    pub(super) fn find_first(&mut self, place: Place, new: &NewSecret) -> Option<Duplicate> {
        // A missing name is a problem of its own.
        if new.name.is_empty() {
            return None;
        }
        let [key, other] = &self.keys;
        let content = key.hash_one(parse::normalised(new));
        let name = fingerprint(key.hash_one(&new.name), other.hash_one(&new.name));
        match self.firsts.entry(name) {
            Entry::Vacant(vacant) => {
                vacant.insert(First { index: short(place.index), line: short(place.line), content });
                None
            }
            Entry::Occupied(first) => {
                let first = first.get();
                let at = Place { index: long(first.index), line: long(first.line) };
                Some(if first.content == content {
                    Duplicate::Identical(at)
                } else {
                    Duplicate::SameName(at)
                })
            }
        }
    }

    pub(super) fn reject(&mut self, index: usize) {
        self.rejected.insert(short(index));
    }

    pub(super) fn is_rejected(&self, place: Place) -> bool {
        self.rejected.contains(&short(place.index))
    }
}

fn fingerprint(one: u64, other: u64) -> Name {
    let [.., a, b, c, d] = other.to_be_bytes();
    let low = u32::from_be_bytes([a, b, c, d]);
    let [a, b, c, d, e, f, g, h] = one.to_be_bytes();
    [u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]), low]
}

/// A stream has far fewer entries; a line may be any number, and beyond this it is only told wrongly.
fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn long(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, value: &str, line: i32) -> NewSecret {
        NewSecret { name: name.to_owned(), secret_string: Some(value.to_owned()), line, ..Default::default() }
    }

    #[test]
    fn the_first_of_a_name_counts() {
        let mut seen = DuplicateIndex::default();
        let place = |index, line| Place { index, line };
        assert!(seen.find_first(place(0, 5), &entry("a", "1", 5)).is_none());
        assert!(seen.find_first(place(1, 6), &entry("b", "1", 6)).is_none());
        assert!(
            matches!(seen.find_first(place(2, 7), &entry("a", "1", 7)), Some(Duplicate::Identical(first)) if first == place(0, 5))
        );
        assert!(
            matches!(seen.find_first(place(3, 0), &entry("a", "2", 0)), Some(Duplicate::SameName(first)) if first == place(0, 5))
        );
        assert!(seen.find_first(place(4, 0), &entry("", "2", 0)).is_none());
        assert!(seen.find_first(place(5, 0), &entry("", "2", 0)).is_none());
        seen.reject(1);
        assert!(seen.is_rejected(place(1, 9)) && !seen.is_rejected(place(0, 5)));
    }

    #[test]
    fn a_million_names_take_few_bytes() {
        assert_eq!(size_of::<(Name, First)>(), 32);
        let mut seen = DuplicateIndex::default();
        for index in 0..100_000 {
            assert!(
                seen.find_first(Place { index, line: 0 }, &entry(&format!("name-{index}"), "x", 0)).is_none()
            );
        }
        // All that it holds.
        let DuplicateIndex { keys: _, firsts, rejected } = seen;
        assert_eq!((firsts.len(), rejected.len()), (100_000, 0));
        assert!(firsts.capacity() < 250_000, "the table doubles when it is full, and no oftener");
    }
}
