//! Applies the operations of one commit. Their keys are sorted, so many are neighbours: writing or removing a run of neighbours
//! at once takes less than half the time of single operations.

use std::ops::Bound;

use ::redb::{ReadableTable, Table};

use super::pages::{self, Pages};
use super::record::Record;
use super::tables::cause;
use crate::StorageError;
use crate::engine::{Operation, Revision};

pub(super) type Records<'a> = Table<'a, &'static [u8], &'static [u8]>;

/// Fewest operations for which runs are searched. Our choice: the search costs as much as one operation.
const MIN_OPERATIONS_FOR_RUN: usize = 16;

/// Short runs before the search is given up. Our choice: scattered keys show early.
const MAX_SHORT_RUNS: usize = 4;

/// Other records that a run of deletes may skip in a row. Measured: skipping this many costs about as much as one single
/// removal. A run of puts skips none, because it fills one gap.
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
        let looks = rest.len() >= MIN_OPERATIONS_FOR_RUN && short_runs < MAX_SHORT_RUNS;
        let run = if looks { find_run(records, left)? } else { Run { length: 1, meets: true } };
        match left.split_at_checked(run.length).filter(|_| run.length > 1) {
            Some((side_by_side, after)) => {
                if run.meets {
                    remove_run(records, pages, side_by_side)?;
                }
                insert_run(records, pages, side_by_side, revision)?;
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
    let stored_form = stored_form(operation, revision);
    let before = match &stored_form {
        Some(stored_form) => {
            records.insert(key, stored_form.record.as_slice()).map_err(cause("write a record"))?
        }
        None => records.remove(key).map_err(cause("remove a record"))?,
    };
    let had_page = before.map_or(Ok(false), |before| Ok(Record::read(before.value())?.begins_apart))?;
    match stored_form.and_then(|stored_form| stored_form.page) {
        Some(page) => pages.put(key, page),
        None if had_page => pages.remove(key),
        None => Ok(()),
    }
}

/// A value in its stored format.
struct StoredForm<'a> {
    /// The first part of a long value.
    page: Option<&'a [u8]>,
    record: Vec<u8>,
}

fn stored_form(operation: &Operation, revision: Revision) -> Option<StoredForm<'_>> {
    let Operation::Put { key, value } = operation else { return None };
    let parts = pages::first_part_bytes(key, value)
        .and_then(|first_part_bytes| value.split_at_checked(first_part_bytes));
    let (page, value) = parts.map_or((None, value.as_ref()), |(page, over)| (Some(page), over));
    let record = Record { revision, begins_apart: page.is_some(), value }.to_bytes();
    Some(StoredForm { page, record })
}

/// Operations of one kind on neighbouring keys.
struct Run {
    length: usize,
    /// Whether some of the keys exist.
    meets: bool,
}

/// The run at the start of `operations`: it ends before more other records in a row than are worth skipping.
fn find_run(records: &Records<'_>, operations: &[Operation]) -> Result<Run, StorageError> {
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
    // There are no records after it.
    Ok(Run { length: kind, ..run })
}

/// Removes the records of a run in one pass, and keeps the others in between.
fn remove_run(
    records: &mut Records<'_>,
    pages: &mut Pages<'_>,
    run: &[Operation],
) -> Result<(), StorageError> {
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

/// Writes a run of puts whose keys do not exist.
fn insert_run(
    records: &mut Records<'_>,
    pages: &mut Pages<'_>,
    run: &[Operation],
    revision: Revision,
) -> Result<(), StorageError> {
    let doing = "write a run of records";
    let Some(Operation::Put { key: first, .. }) = run.first() else { return Ok(()) };
    let mut gap = records.lower_bound_mut(Bound::Included(first.as_slice())).map_err(cause(doing))?;
    for operation in run {
        let Some(StoredForm { page, record }) = stored_form(operation, revision) else { continue };
        gap.insert_before(operation.key(), record.as_slice()).map_err(cause(doing))?;
        if let Some(page) = page {
            pages.put(operation.key(), page)?;
        }
    }
    gap.close().map_err(cause(doing))
}
