//! Does the operations of one commit. Their keys come sorted, so many stand side by side: what is laid down or
//! taken away as a whole takes less than half the time of as many single steps.

use std::ops::Bound;

use ::redb::{AccessGuard, CursorError, ReadableTable, Table};

use super::cause;
use super::pages::{self, Pages};
use super::record::Record;
use crate::Fault;
use crate::engine::{Operation, Revision};

pub(super) type Records<'a> = Table<'a, &'static [u8], &'static [u8]>;

/// Chosen by us: looking for a run costs as much as one operation, so with fewer to come it cannot pay.
const WORTH_A_RUN: usize = 16;

/// Chosen by us: a commit whose keys lie apart shows it soon, and then looks for no more runs.
const SHORT_RUNS: usize = 4;

/// Keys that stand there and are not named. Measured: passing this many by costs about as much as removing
/// one record on its own.
const STRANGERS: usize = 8;

pub(super) fn apply(
    records: &mut Records<'_>,
    pages: &mut Pages<'_>,
    operations: &[Operation],
    revision: Revision,
) -> Result<(), Fault> {
    let mut left = operations;
    let mut short_runs = 0;
    while let Some((first, rest)) = left.split_first() {
        let looks = rest.len() >= WORTH_A_RUN && short_runs < SHORT_RUNS;
        let run = match first {
            Operation::Delete { key } if looks => remove_run(records, pages, key, rest)?,
            Operation::Delete { key } => {
                let removed = records.remove(key.as_slice()).map_err(cause("remove a record"))?;
                if begins_apart(removed)? {
                    pages.remove(key)?;
                }
                0
            }
            Operation::Put { key, value } => {
                let (page, record) = laid(key, value, revision);
                let before = records.insert(key.as_slice(), record.as_slice());
                let left_over = begins_apart(before.map_err(cause("write a record"))?)? && page.is_none();
                if left_over {
                    pages.remove(key)?;
                }
                if let Some(page) = page {
                    pages.put(key, page)?;
                }
                if looks { lay_run(records, pages, key, rest, revision)? } else { 0 }
            }
        };
        short_runs += usize::from(looks && run < 2);
        left = rest.get(run..).unwrap_or_default();
    }
    Ok(())
}

/// What of a value fills a page, if it is long, and the record that holds the rest.
fn laid<'a>(key: &[u8], value: &'a [u8], revision: Revision) -> (Option<&'a [u8]>, Vec<u8>) {
    let parts = pages::filling(key, value).and_then(|filling| value.split_at_checked(filling));
    let (page, value) = parts.map_or((None, value), |(page, over)| (Some(page), over));
    (page, Record { revision, begins_apart: page.is_some(), value }.to_bytes())
}

/// Whether what stood there has a page, too.
fn begins_apart(before: Option<AccessGuard<'_, &'static [u8]>>) -> Result<bool, Fault> {
    before.map_or(Ok(false), |before| Ok(Record::read(before.value())?.begins_apart))
}

/// Writes the puts that fit between `after` and the next key that is there; says how many.
fn lay_run(
    records: &mut Records<'_>,
    pages: &mut Pages<'_>,
    after: &[u8],
    operations: &[Operation],
    revision: Revision,
) -> Result<usize, Fault> {
    let doing = "write a run of records";
    let mut gap = records.upper_bound_mut(Bound::Included(after)).map_err(cause(doing))?;
    let mut count = 0;
    for operation in operations {
        let Operation::Put { key, value } = operation else { break };
        let (page, record) = laid(key, value, revision);
        match gap.insert_before(key.as_slice(), record.as_slice()) {
            Ok(()) => count += 1,
            Err(CursorError::UnorderedKey) => break,
            Err(error) => return Err(cause(doing)(error)),
        }
        if let Some(page) = page {
            pages.put(key, page)?;
        }
    }
    gap.close().map_err(cause(doing))?;
    Ok(count)
}

/// Removes `first` and those deletes that follow close by, in one pass that leaves alone what stands in
/// between; says how many followed.
fn remove_run(
    records: &mut Records<'_>,
    pages: &mut Pages<'_>,
    first: &[u8],
    operations: &[Operation],
) -> Result<usize, Fault> {
    let followers = || operations.iter().map_while(deleted);
    let run = close_by(records, first, followers())?;
    let last = followers().take(run).last().unwrap_or(first);

    let mut doomed = std::iter::once(first).chain(followers()).peekable();
    let mut long = Vec::new();
    let stays = |key: &[u8], stored: &[u8]| {
        while doomed.next_if(|absent| *absent < key).is_some() {}
        let stays = doomed.next_if_eq(&key).is_none();
        if !stays && Record::read(stored).is_ok_and(|record| record.begins_apart) {
            long.push(key.to_vec());
        }
        stays
    };
    records.retain_in(first..=last, stays).map_err(cause("remove a run of records"))?;
    for key in long {
        pages.remove(&key)?;
    }
    Ok(run)
}

/// How many of the keys come before more strangers in a row than are worth passing by.
fn close_by<'a>(
    records: &Records<'_>,
    after: &[u8],
    keys: impl Iterator<Item = &'a [u8]>,
) -> Result<usize, Fault> {
    let doing = "look for a run of records";
    let mut keys = keys.peekable();
    let (mut count, mut strangers) = (0, 0);
    for entry in records.range::<&[u8]>((Bound::Excluded(after), Bound::Unbounded)).map_err(cause(doing))? {
        let (found, _) = entry.map_err(cause(doing))?;
        let before = count;
        while keys.next_if(|key| *key <= found.value()).is_some() {
            count += 1;
        }
        strangers = if count > before { 0 } else { strangers + 1 };
        if strangers > STRANGERS || keys.peek().is_none() {
            break;
        }
    }
    Ok(count)
}

fn deleted(operation: &Operation) -> Option<&[u8]> {
    match operation {
        Operation::Delete { key } => Some(key),
        Operation::Put { .. } => None,
    }
}
