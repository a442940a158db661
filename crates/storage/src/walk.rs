//! Reads a store from one end to the other, whatever of it cannot be read.

use crate::StorageError;
use crate::engine::{Key, Snapshot, Span, Stored};

/// A stretch of a store.
pub(crate) enum Stretch {
    /// Records in the order of their keys. `next` is where the walk goes on; none at the end of the store.
    Records { records: Vec<(Key, Stored)>, next: Option<Key> },
    /// Nothing between the start of the stretch and `next` can be read.
    Unreadable { fault: StorageError, next: Option<Key> },
}

/// The records from `from` on, at most `limit` of them.
pub(crate) async fn read_stretch(snapshot: &dyn Snapshot, from: &[u8], limit: usize) -> Stretch {
    let mut limit = limit.max(1);
    loop {
        match snapshot.range(&starting_at(from), limit).await {
            Ok(records) => {
                let last = records.last().filter(|_| records.len() == limit);
                let next = last.map(|(last, _)| after(last));
                return Stretch::Records { records, next };
            }
            // Some of these may be readable: those before the damage are.
            Err(_) if limit > 1 => limit /= 2,
            Err(fault) => {
                let next = next_readable(snapshot, from).await;
                return Stretch::Unreadable { fault, next };
            }
        }
    }
}

/// A key behind every record.
const BEHIND_ALL: [u8; 9] = [0xff; 9];

/// How often the end of a damaged range is looked for more closely, each time by seven bytes. Chosen by us: longer than keys.
const MAX_ROUNDS: usize = 48;

/// The lowest key behind `from` at which reading works again. Damage concerns a range of keys, so its end is found by probing:
/// first by leaps that double, then by halving the last leap.
async fn next_readable(snapshot: &dyn Snapshot, from: &[u8]) -> Option<Key> {
    let mut unreadable = from.to_vec();
    for length in (1..=from.len()).rev() {
        let Some(leap) = Span::prefix(from.get(..length)?.to_vec()).end else { continue };
        if is_readable(snapshot, &leap).await {
            return Some(between(snapshot, unreadable, leap).await);
        }
        unreadable = leap;
    }
    match is_readable(snapshot, &BEHIND_ALL).await {
        true => Some(between(snapshot, unreadable, BEHIND_ALL.to_vec()).await),
        false => None,
    }
}

/// The first key between the two at which reading works again, as far as it can be told.
async fn between(snapshot: &dyn Snapshot, mut unreadable: Key, mut readable: Key) -> Key {
    for _ in 0..MAX_ROUNDS {
        let (shared, mut low, mut high) = apart(&unreadable, &readable);
        let key = |number: u64| [shared.as_slice(), &number.to_be_bytes()].concat();
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if is_readable(snapshot, &key(middle)).await {
                high = middle;
            } else {
                low = middle;
            }
        }
        (unreadable, readable) = (key(low), key(high));
    }
    readable
}

async fn is_readable(snapshot: &dyn Snapshot, from: &[u8]) -> bool {
    snapshot.range(&starting_at(from), 1).await.is_ok()
}

/// What two keys begin with, and the eight bytes of each behind that, as numbers to halve the distance of.
fn apart(low: &[u8], high: &[u8]) -> (Key, u64, u64) {
    let shared: Key =
        low.iter().zip(high).take_while(|(one, other)| one == other).map(|(byte, _)| *byte).collect();
    let number = |key: &[u8]| {
        let mut bytes = [0; 8];
        for (to, from) in bytes.iter_mut().zip(key.iter().skip(shared.len())) {
            *to = *from;
        }
        u64::from_be_bytes(bytes)
    };
    let (low, high) = (number(low), number(high));
    (shared, low, high)
}

fn starting_at(from: &[u8]) -> Span {
    Span { start: from.to_vec(), end: None }
}

fn after(key: &[u8]) -> Key {
    [key, &[0]].concat()
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use async_trait::async_trait;

    use super::*;
    use crate::Revision;

    /// Names in order, of which some cannot be read, as when a page of a file is damaged.
    struct Torn {
        records: Vec<Key>,
        unreadable: Range<usize>,
    }

    #[async_trait]
    impl Snapshot for Torn {
        async fn get(&self, _key: &[u8]) -> Result<Option<Stored>, StorageError> {
            Ok(None)
        }

        async fn range(&self, span: &Span, limit: usize) -> Result<Vec<(Key, Stored)>, StorageError> {
            let found = self.records.iter().enumerate().filter(|(_, key)| **key >= span.start).take(limit);
            let stored = || Stored { value: "".into(), revision: Revision(1) };
            let read = found.map(|(place, key)| match self.unreadable.contains(&place) {
                true => Err(StorageError::Damaged { what: "page", cause: None }),
                false => Ok((key.clone(), stored())),
            });
            read.collect()
        }
    }

    #[tokio::test]
    async fn a_walk_reads_all_that_can_be_read_on_both_sides_of_a_damaged_range() {
        let name = |number: usize| format!("secret-{:04}", number * 7).into_bytes();
        let records: Vec<Key> = (0..300).map(name).collect();
        for unreadable in [0..0, 0..1, 5..6, 100..117, 0..299, 250..300, 0..300] {
            for limit in [1, 10, 1_000] {
                let torn = Torn { records: records.clone(), unreadable: unreadable.clone() };
                let (mut found, mut holes, mut from) = (Vec::new(), 0, Some(Key::new()));
                while let Some(at) = from {
                    from = match read_stretch(&torn, &at, limit).await {
                        Stretch::Records { records, next } => {
                            found.extend(records.into_iter().map(|(key, _)| key));
                            next
                        }
                        Stretch::Unreadable { next, .. } => {
                            holes += 1;
                            assert!(next.as_ref().is_none_or(|next| *next > at), "it gets on");
                            next
                        }
                    };
                }
                let expected: Vec<_> =
                    (0..300).filter(|place| !unreadable.contains(place)).map(name).collect();
                assert_eq!(found, expected, "{unreadable:?} {limit}");
                assert_eq!(holes, usize::from(!unreadable.is_empty()), "{unreadable:?} {limit}");
            }
        }
    }
}
