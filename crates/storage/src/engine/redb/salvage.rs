//! Reads every readable record of a damaged store. It does not need intact trees of redb: records that the trees no longer reach
//! are searched in all pages of the file. It only reads.
//!
//! Pages are read here as redb 4.5 lays them out. A leaf: kind 1, a byte, the number of pairs in 2 bytes, where each key and
//! each value ends in 4 bytes each, keys, values. An inner page: kind 2, a byte, the number of keys in 2 bytes, 4 bytes,
//! checksums of the children in 16 bytes each, their page numbers in 8, where each key ends in 4, keys.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use ::redb::StorageBackend;
use twox_hash::XxHash3_128;

use super::checksums::{self, Checksums};
use super::geometry::{self, BLOCK_BYTES};
use super::heads::{self, Head, SECTOR_BYTES};
use super::record::Record;
use crate::engine::{Key, Stored};
use crate::{Revision, StorageError};

/// A readable record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SalvagedRecord {
    pub key: Key,
    pub stored: Stored,
    /// Whether the record is part of the last state. Others were found in unreferenced pages: they may be lost by the damage, or
    /// may have been deleted or replaced before.
    pub is_current: bool,
}

/// The result of a salvage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SalvageReport {
    pub current: u64,
    pub others: u64,
    /// Pages of the store that are damaged.
    pub damaged_pages: u64,
    /// Long records with a missing part.
    pub incomplete: u64,
}

/// Called for each entry of a page, with the bytes of the page, the page, and the ranges of key and value.
type TakeEntry<'a> = dyn FnMut(&[u8], Page, Range<usize>, Range<usize>) + 'a;

/// A page of redb: its first block and its number of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Page {
    first: u64,
    blocks: u64,
}

/// The position of a value in the file.
#[derive(Clone, Debug)]
struct Place {
    page: Page,
    bytes: Range<usize>,
}

struct Found {
    place: Place,
    revision: Revision,
    is_current: bool,
}

/// The records found so far, by key.
#[derive(Default)]
struct Index {
    /// The last revision.
    last_change: u64,
    records: BTreeMap<Key, Found>,
    /// The first parts of long records. There may be several that are not current.
    firsts: BTreeMap<Key, (bool, Vec<Place>)>,
}

struct Reader {
    file: Box<dyn StorageBackend>,
    checksums: Checksums,
    blocks: u64,
    /// Blocks per region: redb numbers pages from the start of their region.
    region_blocks: u64,
    seen: HashSet<u64>,
    damaged: u64,
}

pub(super) fn salvage(
    file: Box<dyn StorageBackend>,
    mut take: impl FnMut(SalvagedRecord),
) -> Result<SalvageReport, StorageError> {
    let blocks = geometry::blocks_in(file.len().map_err(super::tables::cause("read its file"))?);
    let heads = heads(&*file);
    let region_blocks = heads.first().map_or(1 << 20, region_blocks);
    let (checksums, seen) = (Checksums::default(), HashSet::new());
    let mut reader = Reader { file, checksums, blocks, region_blocks, seen, damaged: 0 };

    let acknowledged_revisions = acknowledged_revisions(&*reader.file);
    let acknowledged = acknowledged_revisions.iter().max().map_or(0, |(_, last)| *last);
    let is_known = heads.len() == 2 && acknowledged_revisions.len() == 2;
    let mut states = heads.iter().flat_map(roots);
    let newest = states.next();
    let mut index = Index::default();
    if let Some(newest) = newest {
        reader.read_tables(&mut index, newest);
    }
    // The last commit may be incomplete. Then the state before it counts, if it is complete and contains every acknowledged
    // revision. If the acknowledged revision is damaged, this cannot be decided.
    if reader.damaged > 0 && is_known {
        for older in states {
            let mut state = Index::default();
            let newest = std::mem::take(&mut reader.seen);
            let damaged = std::mem::take(&mut reader.damaged);
            reader.read_tables(&mut state, older);
            if reader.damaged == 0 && state.last_change >= acknowledged {
                index = state;
                break;
            }
            (reader.seen, reader.damaged) = (newest, damaged);
        }
    }
    if index.last_change < acknowledged {
        index.set_outdated();
    }
    reader.read_unreferenced_leaves(&mut index);
    reader.report(index, &mut take)
}

/// The copies of the last acknowledged revision.
fn acknowledged_revisions(file: &dyn StorageBackend) -> Vec<(u64, u64)> {
    let note = |second| {
        let mut sector = [0; SECTOR_BYTES];
        file.read(geometry::head_offset(second) + SECTOR_BYTES as u64, &mut sector).ok()?;
        heads::witness_from_sector(&sector)
    };
    [false, true].into_iter().filter_map(note).collect()
}

/// Newest first.
fn heads(file: &dyn StorageBackend) -> Vec<Head> {
    let mut heads: Vec<_> = [false, true]
        .into_iter()
        .filter_map(|second| {
            let mut sector = [0; SECTOR_BYTES];
            file.read(geometry::head_offset(second), &mut sector).ok()?;
            Head::from_sector(&sector)
        })
        .collect();
    heads.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    heads.into_iter().map(|(_, head)| head).collect()
}

fn region_blocks(head: &Head) -> u64 {
    (u64::from(number(&head.header, 16)) + u64::from(number(&head.header, 20))).max(1)
}

/// A page and its checksum.
#[derive(Clone, Copy)]
struct Child {
    number: u64,
    checksum: u128,
}

/// The roots of the table trees of the two commits in a header, newest first.
fn roots(head: &Head) -> Vec<Child> {
    let mut roots: Vec<_> = [64, 192]
        .into_iter()
        .filter_map(|slot| head.header.get(slot..slot + 128))
        .filter(|slot| slot.get(1) == Some(&1))
        .filter_map(|slot| {
            let transaction = u64::from_le_bytes(array(slot, 104)?);
            let checksum = u128::from_le_bytes(array(slot, 16)?);
            Some((transaction, Child { number: u64::from_le_bytes(array(slot, 8)?), checksum }))
        })
        .collect();
    roots.sort_by_key(|(transaction, _)| std::cmp::Reverse(*transaction));
    roots.into_iter().map(|(_, root)| root).collect()
}

impl Reader {
    /// Reads everything that the tables reach.
    fn read_tables(&mut self, index: &mut Index, root: Child) {
        let mut tables = Vec::new();
        self.read_tree(root, &mut |bytes, _, key, value| {
            let value = bytes.get(value).unwrap_or_default();
            // Kind and length of the table, and whether it has entries.
            let root = (value.get(9) == Some(&1)).then(|| array(value, 10).zip(array(value, 18))).flatten();
            if let Some((number, checksum)) = root {
                let root =
                    Child { number: u64::from_le_bytes(number), checksum: u128::from_le_bytes(checksum) };
                tables.push((bytes.get(key).unwrap_or_default().to_vec(), root));
            }
        });
        for (name, root) in tables {
            match name.as_slice() {
                b"records" => self.read_tree(root, &mut |bytes, page, key, value| {
                    index.add_record(bytes, page, key, value, true);
                }),
                b"pages" => self.read_tree(root, &mut |bytes, page, key, value| {
                    index.add_first(bytes, page, key, value, true);
                }),
                b"sequence" => index.last_change = self.only_number(root).unwrap_or_default(),
                _ => {}
            }
        }
    }

    /// The number in a table with a single entry.
    fn only_number(&mut self, root: Child) -> Option<u64> {
        let page = self.place(root)?;
        self.seen.insert(page.first);
        let bytes = self.bytes(page)?;
        let is_whole = XxHash3_128::oneshot(bytes.get(..12)?) == root.checksum;
        self.damaged += u64::from(!is_whole);
        is_whole.then(|| array(&bytes, 4).map(u64::from_le_bytes))?
    }

    /// Reads the intact pages of a tree.
    fn read_tree(&mut self, root: Child, take: &mut TakeEntry<'_>) {
        let mut left = vec![root];
        while let Some(child) = left.pop() {
            let Some((page, bytes)) = self.page(child) else {
                self.damaged += 1;
                continue;
            };
            // A cycle of pages would be read for ever.
            if !self.seen.insert(page.first) {
                continue;
            }
            self.seen.extend(page.first + 1..page.first + page.blocks);
            match bytes.first() {
                Some(1) => leaf(&bytes).unwrap_or_default().into_iter().for_each(|(key, value)| {
                    take(&bytes, page, key, value);
                }),
                _ => left.extend(children(&bytes).unwrap_or_default()),
            }
        }
    }

    /// Reads a page if its content matches the checksum in its parent.
    fn page(&self, child: Child) -> Option<(Page, Vec<u8>)> {
        let page = self.place(child)?;
        let bytes = self.bytes(page)?;
        let end = match bytes.first()? {
            1 => leaf(&bytes)?.last()?.1.end,
            2 => inner_end(&bytes)?,
            _ => return None,
        };
        (XxHash3_128::oneshot(bytes.get(..end)?) == child.checksum).then_some((page, bytes))
    }

    fn place(&self, child: Child) -> Option<Page> {
        let order = child.number >> 59;
        let index = child.number & (0x000f_ffff_u64.checked_shr(u32::try_from(order).ok()?)?);
        let region = (child.number >> 20) & 0x000f_ffff;
        Some(Page { first: region * self.region_blocks + (index << order), blocks: 1 << order })
    }

    fn bytes(&self, page: Page) -> Option<Vec<u8>> {
        if page.first + page.blocks > self.blocks {
            return None;
        }
        let mut bytes = vec![0; usize::try_from(page.blocks).ok()?.checked_mul(BLOCK_BYTES)?];
        for (block, bytes) in (page.first..).zip(bytes.chunks_mut(BLOCK_BYTES)) {
            self.file.read(geometry::block_offset(block), bytes).ok()?;
        }
        Some(bytes)
    }

    /// Reads the leaves that no tree reaches, if their checksums match.
    fn read_unreferenced_leaves(&mut self, index: &mut Index) {
        let mut block = 0;
        while block < self.blocks {
            let read = (!self.seen.contains(&block)).then(|| self.unused_leaf(block)).flatten();
            let Some((page, bytes)) = read else {
                block += 1;
                continue;
            };
            block += page.blocks;
            let entries = leaf(&bytes).unwrap_or_default();
            if is_records(&bytes, &entries) {
                for (key, value) in entries {
                    index.add_record(&bytes, page, key, value, false);
                }
            } else if let [(key, value)] = entries.as_slice()
                && value.end == bytes.len()
            {
                index.add_first(&bytes, page, key.clone(), value.clone(), false);
            }
        }
    }

    fn unused_leaf(&self, block: u64) -> Option<(Page, Vec<u8>)> {
        let first = self.bytes(Page { first: block, blocks: 1 })?;
        let end = if first.first() == Some(&1) { last_end(&first)? } else { return None };
        let blocks = (end.div_ceil(BLOCK_BYTES) as u64).next_power_of_two();
        let page = Page { first: block, blocks };
        let bytes = self.bytes(page)?;
        let mut parts = (block..).zip(bytes.chunks(BLOCK_BYTES));
        let is_whole = parts.all(|(block, bytes)| {
            self.checksums.get(&*self.file, block).ok() == Some(checksums::checksum(block, bytes))
        });
        is_whole.then_some((page, bytes))
    }

    fn report(
        self,
        index: Index,
        take: &mut dyn FnMut(SalvagedRecord),
    ) -> Result<SalvageReport, StorageError> {
        let mut report = SalvageReport { damaged_pages: self.damaged, ..SalvageReport::default() };
        for (key, found) in index.records {
            let record = self.value(&found.place);
            let Ok(record) = Record::read(&record) else { continue };
            let value = match record.begins_apart {
                false => Some(record.value.to_vec()),
                true => index.firsts.get(&key).and_then(|(_, places)| match places.as_slice() {
                    [first] => Some([self.value(first).as_slice(), record.value].concat()),
                    _ => None,
                }),
            };
            let Some(value) = value else {
                report.incomplete += 1;
                continue;
            };
            let stored = Stored { value: value.into(), revision: found.revision };
            report.current += u64::from(found.is_current);
            report.others += u64::from(!found.is_current);
            take(SalvagedRecord { key, stored, is_current: found.is_current });
        }
        Ok(report)
    }

    fn value(&self, place: &Place) -> Vec<u8> {
        let bytes = self.bytes(place.page).unwrap_or_default();
        bytes.get(place.bytes.clone()).unwrap_or_default().to_vec()
    }
}

impl Index {
    /// Marks all records as possibly outdated, because later changes are lost.
    fn set_outdated(&mut self) {
        self.records.values_mut().for_each(|found| found.is_current = false);
        self.firsts.values_mut().for_each(|(is_current, _)| *is_current = false);
    }

    /// Keeps a current record; otherwise the newest.
    fn add_record(
        &mut self,
        bytes: &[u8],
        page: Page,
        key: Range<usize>,
        value: Range<usize>,
        is_current: bool,
    ) {
        let (Some(key), Some(stored)) = (bytes.get(key), bytes.get(value.clone())) else { return };
        let Ok(record) = Record::read(stored) else { return };
        let revision = record.revision;
        let known = self.records.get(key);
        if known.is_none_or(|known| !known.is_current && known.revision < revision) {
            let found = Found { place: Place { page, bytes: value }, revision, is_current };
            self.records.insert(key.to_vec(), found);
        }
    }

    fn add_first(
        &mut self,
        bytes: &[u8],
        page: Page,
        key: Range<usize>,
        value: Range<usize>,
        is_current: bool,
    ) {
        let Some(key) = bytes.get(key) else { return };
        let (known, places) = self.firsts.entry(key.to_vec()).or_insert((is_current, Vec::new()));
        if is_current || !*known {
            places.push(Place { page, bytes: value });
        }
    }
}

/// The ranges of the keys and values of a leaf; `None` if the page is not a leaf.
fn leaf(bytes: &[u8]) -> Option<Vec<(Range<usize>, Range<usize>)>> {
    let pairs = usize::from(u16::from_le_bytes(array(bytes, 2)?));
    let end = |place: usize| usize::try_from(number_at(bytes, 4 + 4 * place)?).ok();
    let ends = (0..2 * pairs).map(end).collect::<Option<Vec<_>>>()?;
    let starts = std::iter::once(4 + 8 * pairs).chain(ends.iter().copied());
    let parts: Vec<_> = starts.zip(&ends).map(|(start, end)| start..*end).collect();
    if parts.iter().any(|part| part.start > part.end || part.end > bytes.len()) {
        return None;
    }
    let (keys, values) = parts.split_at_checked(pairs)?;
    Some(keys.iter().cloned().zip(values.iter().cloned()).collect())
}

/// The end of the last value of a leaf. It may be in a later block.
fn last_end(bytes: &[u8]) -> Option<usize> {
    /// Longer than the longest record after rounding by redb.
    const MAX_LEAF_BYTES: usize = 256 * 1024 * 1024;
    let pairs = usize::from(u16::from_le_bytes(array(bytes, 2)?));
    let end = usize::try_from(number_at(bytes, (8 * pairs).max(4))?).ok()?;
    (pairs > 0 && end <= MAX_LEAF_BYTES).then_some(end)
}

/// Whether a leaf contains records: keys are sorted, and each value starts with a revision.
fn is_records(bytes: &[u8], entries: &[(Range<usize>, Range<usize>)]) -> bool {
    /// Our choice: a server that commits without pause reaches it after a thousand years.
    const MAX_REVISION: u64 = 1 << 50;
    let key = |entry: &(Range<usize>, Range<usize>)| bytes.get(entry.0.clone());
    let is_record = |entry: &(Range<usize>, Range<usize>)| {
        let record = bytes.get(entry.1.clone()).and_then(|value| Record::read(value).ok());
        record.is_some_and(|record| record.revision.0 <= MAX_REVISION)
    };
    entries.iter().all(is_record) && entries.is_sorted_by(|one, next| key(one) < key(next))
}

fn children(bytes: &[u8]) -> Option<Vec<Child>> {
    let children = usize::from(u16::from_le_bytes(array(bytes, 2)?)) + 1;
    (0..children)
        .map(|place| {
            let checksum = u128::from_le_bytes(array(bytes, 8 + 16 * place)?);
            let number = u64::from_le_bytes(array(bytes, 8 + 16 * children + 8 * place)?);
            Some(Child { number, checksum })
        })
        .collect()
}

/// The end of the last key of an inner page.
fn inner_end(bytes: &[u8]) -> Option<usize> {
    let keys = usize::from(u16::from_le_bytes(array(bytes, 2)?));
    usize::try_from(number_at(bytes, 8 + 24 * (keys + 1) + 4 * keys.checked_sub(1)?)?).ok()
}

fn array<const BYTES: usize>(bytes: &[u8], from: usize) -> Option<[u8; BYTES]> {
    bytes.get(from..)?.first_chunk().copied()
}

fn number_at(bytes: &[u8], from: usize) -> Option<u32> {
    array(bytes, from).map(u32::from_le_bytes)
}

fn number(bytes: &[u8], from: usize) -> u32 {
    number_at(bytes, from).unwrap_or_default()
}
