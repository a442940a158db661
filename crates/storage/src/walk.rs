//! Reads a whole store and skips unreadable ranges.

use crate::StorageError;
use crate::engine::{Key, Snapshot, Span, Stored};

/// A range of a store.
pub(crate) enum ScannedRange {
    /// Records ordered by key. `next` is the key to continue at; `None` at the end of the store.
    Records { records: Vec<(Key, Stored)>, next: Option<Key> },
    /// Nothing between the start of the range and `next` can be read.
    Unreadable { fault: StorageError, next: Option<Key> },
}

/// Reads at most `limit` records from `from` on.
pub(crate) async fn read_range(snapshot: &dyn Snapshot, from: &[u8], limit: usize) -> ScannedRange {
    let mut limit = limit.max(1);
    loop {
        match snapshot.range(&starting_at(from), limit).await {
            Ok(records) => {
                let last = records.last().filter(|_| records.len() == limit);
                let next = last.map(|(last, _)| after(last));
                return ScannedRange::Records { records, next };
            }
            // Records before the damage may be readable.
            Err(_) if limit > 1 => limit /= 2,
            Err(fault) => {
                let next = next_readable(snapshot, from).await;
                return ScannedRange::Unreadable { fault, next };
            }
        }
    }
}

/// A key after all records.
const AFTER_ALL_RECORDS: [u8; 9] = [0xff; 9];

/// How often the search for the end of a damaged range is refined, each time by seven bytes. Our choice: longer than any key.
const MAX_REFINEMENTS: usize = 48;

/// The lowest key after `from` that can be read. Damage covers a range of keys, so its end is found by probing: first with
/// steps that double, then by halving the last step.
async fn next_readable(snapshot: &dyn Snapshot, from: &[u8]) -> Option<Key> {
    let mut unreadable = from.to_vec();
    for length in (1..=from.len()).rev() {
        let Some(leap) = Span::prefix(from.get(..length)?.to_vec()).end else { continue };
        if is_readable(snapshot, &leap).await {
            return Some(bisect(snapshot, unreadable, leap).await);
        }
        unreadable = leap;
    }
    match is_readable(snapshot, &AFTER_ALL_RECORDS).await {
        true => Some(bisect(snapshot, unreadable, AFTER_ALL_RECORDS.to_vec()).await),
        false => None,
    }
}

/// Bisects for the first readable key between the two.
async fn bisect(snapshot: &dyn Snapshot, mut unreadable: Key, mut readable: Key) -> Key {
    for _ in 0..MAX_REFINEMENTS {
        let (shared, mut low, mut high) = split_common_prefix(&unreadable, &readable);
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

/// The common prefix of two keys, and the next eight bytes of each as numbers, for bisecting.
fn split_common_prefix(low: &[u8], high: &[u8]) -> (Key, u64, u64) {
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

    /// A snapshot with an unreadable range, as when a page of the file is damaged.
    struct Torn {
        records: Vec<Key>,
        unreadable: Range<usize>,
    }

    #[async_trait]
    impl Snapshot for Torn {
        async fn get(&self, _key: &[u8]) -> Result<Option<Stored>, StorageError> {
            Ok(None)
        }

        async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>, StorageError> {
            Ok(vec![None; keys.len()])
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
    async fn scan_reads_all_records_before_and_after_a_damaged_range() {
        let name = |number: usize| format!("secret-{:04}", number * 7).into_bytes();
        let records: Vec<Key> = (0..300).map(name).collect();
        for unreadable in [0..0, 0..1, 5..6, 100..117, 0..299, 250..300, 0..300] {
            for limit in [1, 10, 1_000] {
                let torn = Torn { records: records.clone(), unreadable: unreadable.clone() };
                let (mut found, mut holes, mut from) = (Vec::new(), 0, Some(Key::new()));
                while let Some(at) = from {
                    from = match read_range(&torn, &at, limit).await {
                        ScannedRange::Records { records, next } => {
                            found.extend(records.into_iter().map(|(key, _)| key));
                            next
                        }
                        ScannedRange::Unreadable { next, .. } => {
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
