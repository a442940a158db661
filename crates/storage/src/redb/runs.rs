//! Does the operations of one commit. Their keys come sorted, so many stand side by side: what is laid down or
//! taken away as a whole takes less than half the time of as many single steps.

use std::ops::Bound;

use ::redb::{CursorError, ReadableTable, Table};

use super::cause;
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
    operations: &[Operation],
    revision: Revision,
) -> Result<(), Fault> {
    let mut left = operations;
    let mut short_runs = 0;
    while let Some((first, rest)) = left.split_first() {
        let looks = rest.len() >= WORTH_A_RUN && short_runs < SHORT_RUNS;
        let run = match first {
            Operation::Delete { key } if looks => remove_run(records, key, rest)?,
            Operation::Delete { key } => {
                records.remove(key.as_slice()).map_err(cause("remove a record"))?;
                0
            }
            Operation::Put { key, value } => {
                let stored = stamped(revision, value);
                records.insert(key.as_slice(), stored.as_slice()).map_err(cause("write a record"))?;
                if looks { lay_run(records, key, rest, revision)? } else { 0 }
            }
        };
        short_runs += usize::from(looks && run < 2);
        left = rest.get(run..).unwrap_or_default();
    }
    Ok(())
}

/// Writes the puts that fit between `after` and the next key that is there; says how many.
fn lay_run(
    records: &mut Records<'_>,
    after: &[u8],
    operations: &[Operation],
    revision: Revision,
) -> Result<usize, Fault> {
    let doing = "write a run of records";
    let mut gap = records.upper_bound_mut(Bound::Included(after)).map_err(cause(doing))?;
    let mut count = 0;
    for operation in operations {
        let Operation::Put { key, value } = operation else { break };
        match gap.insert_before(key.as_slice(), stamped(revision, value).as_slice()) {
            Ok(()) => count += 1,
            Err(CursorError::UnorderedKey) => break,
            Err(error) => return Err(cause(doing)(error)),
        }
    }
    gap.close().map_err(cause(doing))?;
    Ok(count)
}

/// Removes `first` and those deletes that follow close by, in one pass that leaves alone what stands in
/// between; says how many followed.
fn remove_run(records: &mut Records<'_>, first: &[u8], operations: &[Operation]) -> Result<usize, Fault> {
    let followers = || operations.iter().map_while(deleted);
    let run = close_by(records, first, followers())?;
    let last = followers().take(run).last().unwrap_or(first);

    let mut doomed = std::iter::once(first).chain(followers()).peekable();
    let stays = |key: &[u8], _: &[u8]| {
        while doomed.next_if(|absent| *absent < key).is_some() {}
        doomed.next_if_eq(&key).is_none()
    };
    records.retain_in(first..=last, stays).map_err(cause("remove a run of records"))?;
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

/// As it is stored: the number of the commit, then the value.
fn stamped(revision: Revision, value: &[u8]) -> Vec<u8> {
    [&revision.0.to_be_bytes(), value].concat()
}
