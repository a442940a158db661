//! Does the operations of one commit. Their keys come sorted, so many stand side by side: what is laid down or
//! taken away as a whole takes less than half the time of as many single steps.

use std::ops::Bound;

use ::redb::{ReadableTable, Table};

use super::cause;
use super::pages::{self, Pages};
use super::record::Record;
use crate::StorageError;
use crate::engine::{Operation, Revision};

pub(super) type Records<'a> = Table<'a, &'static [u8], &'static [u8]>;

/// Chosen by us: looking for a run costs as much as one operation, so with fewer to come it cannot pay.
const WORTH_A_RUN: usize = 16;

/// Chosen by us: a commit whose keys lie apart shows it soon, and then looks for no more runs.
const SHORT_RUNS: usize = 4;

/// Keys that stand there and are not named. Measured: passing this many by costs about as much as removing
/// one record on its own. A run of puts has none, because it is laid into one gap.
const MAX_OTHER_KEYS: usize = 8;

pub(super) fn apply(
    records: &mut Records<'_>,
    pages: &mut Pages<'_>,
    operations: &[Operation],
    revision: Revision,
) -> Result<(), StorageError> {
    let mut left = operations;
    let mut short_runs = 0;
    while let Some((first, rest)) = left.split_first() {
        let looks = rest.len() >= WORTH_A_RUN && short_runs < SHORT_RUNS;
        let run = if looks { close_by(records, left)? } else { Run { length: 1, meets: true } };
        match left.split_at_checked(run.length).filter(|_| run.length > 1) {
            Some((side_by_side, after)) => {
                if run.meets {
                    clear(records, pages, side_by_side)?;
                }
                lay(records, pages, side_by_side, revision)?;
                left = after;
            }
            None => {
                short_runs += usize::from(looks);
                apply_one(records, pages, first, revision)?;
                left = rest;
            }
        }
    }
    Ok(())
}

fn apply_one(
    records: &mut Records<'_>,
    pages: &mut Pages<'_>,
    operation: &Operation,
    revision: Revision,
) -> Result<(), StorageError> {
    let key = operation.key();
    let laid = laid(operation, revision);
    let before = match &laid {
        Some(laid) => records.insert(key, laid.record.as_slice()).map_err(cause("write a record"))?,
        None => records.remove(key).map_err(cause("remove a record"))?,
    };
    let had_page = before.map_or(Ok(false), |before| Ok(Record::read(before.value())?.begins_apart))?;
    match laid.and_then(|laid| laid.page) {
        Some(page) => pages.put(key, page),
        None if had_page => pages.remove(key),
        None => Ok(()),
    }
}

/// What stands where a value is put.
struct Laid<'a> {
    /// What of a long one fills a page.
    page: Option<&'a [u8]>,
    record: Vec<u8>,
}

fn laid(operation: &Operation, revision: Revision) -> Option<Laid<'_>> {
    let Operation::Put { key, value } = operation else { return None };
    let parts = pages::filling(key, value).and_then(|filling| value.split_at_checked(filling));
    let (page, value) = parts.map_or((None, value.as_ref()), |(page, over)| (Some(page), over));
    let record = Record { revision, begins_apart: page.is_some(), value }.to_bytes();
    Some(Laid { page, record })
}

/// Operations of one kind on keys that stand side by side.
struct Run {
    length: usize,
    /// Whether some of the keys are there.
    meets: bool,
}

/// How many of the first operations come before more strangers in a row than are worth passing by.
fn close_by(records: &Records<'_>, operations: &[Operation]) -> Result<Run, StorageError> {
    let doing = "look for a run of records";
    let is_put = |one: &Operation| matches!(one, Operation::Put { .. });
    let Some(first) = operations.first() else { return Ok(Run { length: 0, meets: false }) };
    let most = if is_put(first) { 0 } else { MAX_OTHER_KEYS };
    let kind = operations.iter().take_while(|one| is_put(one) == is_put(first)).count();

    let mut keys = operations.iter().take(kind).map(Operation::key).peekable();
    let (mut run, mut strangers) = (Run { length: 0, meets: false }, 0);
    for entry in records.range(first.key()..).map_err(cause(doing))? {
        let (found, _) = entry.map_err(cause(doing))?;
        let mut is_named = false;
        while let Some(key) = keys.next_if(|key| *key <= found.value()) {
            run.length += 1;
            is_named = key == found.value();
        }
        run.meets |= is_named;
        strangers = if is_named { 0 } else { strangers + 1 };
        if strangers > most || keys.peek().is_none() {
            return Ok(run);
        }
    }
    // Nothing stands behind.
    Ok(Run { length: kind, ..run })
}

/// Removes what is named of a run, in one pass that leaves alone what stands in between.
fn clear(records: &mut Records<'_>, pages: &mut Pages<'_>, run: &[Operation]) -> Result<(), StorageError> {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return Ok(()) };
    let mut doomed = run.iter().map(Operation::key).peekable();
    let mut long = Vec::new();
    let stays = |key: &[u8], stored: &[u8]| {
        while doomed.next_if(|absent| *absent < key).is_some() {}
        let stays = doomed.next_if_eq(&key).is_none();
        if !stays && Record::read(stored).is_ok_and(|record| record.begins_apart) {
            long.push(key.to_vec());
        }
        stays
    };
    records.retain_in(first.key()..=last.key(), stays).map_err(cause("remove a run of records"))?;
    long.iter().try_for_each(|key| pages.remove(key))
}

/// Writes what is put in a run of which nothing is there.
fn lay(
    records: &mut Records<'_>,
    pages: &mut Pages<'_>,
    run: &[Operation],
    revision: Revision,
) -> Result<(), StorageError> {
    let doing = "write a run of records";
    let Some(Operation::Put { key: first, .. }) = run.first() else { return Ok(()) };
    let mut gap = records.lower_bound_mut(Bound::Included(first.as_slice())).map_err(cause(doing))?;
    for operation in run {
        let Some(Laid { page, record }) = laid(operation, revision) else { continue };
        gap.insert_before(operation.key(), record.as_slice()).map_err(cause(doing))?;
        if let Some(page) = page {
            pages.put(operation.key(), page)?;
        }
    }
    gap.close().map_err(cause(doing))
}
