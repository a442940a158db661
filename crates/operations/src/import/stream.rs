//! Gathering the entries of a stream into groups. Each entry is validated when it arrives.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::vec::IntoIter;

use strongroom_contract::v1::{ImportSecretsStreamRequest, NewSecret};
use strongroom_validation::{self as shared, Code, Place, Problem, Repeat};
use tokio::sync::{Notify, mpsc};
use tokio::task::coop::consume_budget;

use super::duplicates::DuplicateIndex;
use super::entry::{EntryInput, ParsedEntry, ValidatedEntry};
use super::policy::Policy;
use super::size::OVERHEAD_BYTES;
use super::validate::Rules;
use crate::streams::Charge;
use crate::{Answer, Operations, Piece, Rejection};

/// Most entries of a group. Chosen by us: the cost of a commit is small compared with theirs, and progress is reported often.
const MOST_ENTRIES: usize = 1_000;

/// Most bytes of values and metadata of a group, some hundred of the largest. Chosen by us: two groups are held at a time.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Entries that are stored, and reported, together.
#[derive(Default)]
pub(crate) struct Group {
    entries: Vec<ValidatedEntry>,
    bytes: usize,
    /// The memory charges of the messages that the entries came in.
    charges: Vec<Charge>,
    /// Why nothing follows it.
    pub(crate) end: Option<End>,
}

pub(crate) enum End {
    Whole,
    /// The sender is gone.
    Broken,
    Rejected(Rejection),
}

impl Group {
    pub(crate) fn entries(&self) -> &[ValidatedEntry] {
        &self.entries
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn push(&mut self, entry: ValidatedEntry) {
        self.bytes += entry.bytes().saturating_sub(OVERHEAD_BYTES);
        self.entries.push(entry);
    }
}

pub(crate) struct Gathering<'a> {
    operations: &'a Operations,
    rules: Rules,
    pieces: mpsc::Receiver<Piece<ImportSecretsStreamRequest>>,
    /// Entries of the last message that no group has taken yet, and its charge.
    waiting: IntoIter<NewSecret>,
    charge: Charge,
    /// Entries in all messages so far.
    received: &'a AtomicUsize,
    taken: usize,
    seen: DuplicateIndex,
}

impl<'a> Gathering<'a> {
    pub(crate) fn of(
        operations: &'a Operations,
        rules: Rules,
        (first, charge): (Vec<NewSecret>, Charge),
        pieces: mpsc::Receiver<Piece<ImportSecretsStreamRequest>>,
        received: &'a AtomicUsize,
    ) -> Self {
        received.store(first.len(), Ordering::Relaxed);
        let waiting = first.into_iter();
        Self {
            operations,
            rules,
            pieces,
            waiting,
            charge,
            received,
            taken: 0,
            seen: DuplicateIndex::default(),
        }
    }

    /// The next group: what arrives until it is full, or until `idle` says that it can be stored.
    pub(crate) async fn next(&mut self, idle: &Notify) -> Answer<Group> {
        let mut group = Group::default();
        let most = MOST_ENTRIES.min(self.operations.entries_per_transaction());
        loop {
            if self.waiting.len() > 0 {
                group.charges.push(self.charge.clone());
            }
            // A stream may take long. The time of a secret is that of its message.
            let rules = self.rules.at(self.operations.clock.now());
            while group.entries.len() < most && group.bytes < MOST_BYTES {
                let Some(new) = self.waiting.next() else { break };
                consume_budget().await;
                let Some(place) = self.place(new.line, &mut group) else { return Ok(group) };
                let duplicate = self.seen.find_first(place, &new);
                let input = EntryInput { place, new, duplicate };
                group.push(self.operations.validate_entry(rules, input).await?);
            }
            if self.waiting.len() > 0 || group.entries.len() >= most {
                return Ok(group);
            }
            // The group has all of them.
            self.charge = None;
            let piece = tokio::select! {
                biased;
                piece = self.pieces.recv() => piece,
                () = idle.notified(), if !group.is_empty() => return Ok(group),
            };
            match piece {
                Some(Piece::Message { message, .. }) if message.options.is_some() => {
                    group.end = Some(End::Rejected(Rejection::invalid(shared::late_options())));
                }
                Some(Piece::Message { message, charge }) => {
                    self.charge = charge;
                    self.received.fetch_add(message.secrets.len(), Ordering::Relaxed);
                    self.waiting = message.secrets.into_iter();
                }
                Some(Piece::Unreadable { line, sentence, charge }) => {
                    group.charges.push(charge);
                    self.received.fetch_add(1, Ordering::Relaxed);
                    if let Some(place) = self.place(line, &mut group) {
                        group.push(unreadable(place, sentence));
                    }
                }
                Some(Piece::End) => group.end = Some(End::Whole),
                None => group.end = Some(End::Broken),
            }
            if group.end.is_some() {
                return Ok(group);
            }
        }
    }

    /// The place of the next entry, or `None` if there are too many.
    fn place(&mut self, line: i32, group: &mut Group) -> Option<Place> {
        let most = self.operations.limits.stream_entries;
        if let Some(problem) = shared::stream_entries(self.taken + 1, most) {
            group.end = Some(End::Rejected(Rejection::invalid(problem)));
            return None;
        }
        let place = Place { index: self.taken, line: usize::try_from(line).unwrap_or_default() };
        self.taken += 1;
        Some(place)
    }

    /// Rejects the duplicates of entries that were rejected since the group was gathered.
    pub(crate) fn reject_duplicates(&mut self, rejected: Vec<usize>, mut group: Group) -> Group {
        rejected.into_iter().for_each(|index| self.seen.reject(index));
        for entry in &mut group.entries {
            let ParsedEntry::Duplicate { name, first } = &mut entry.parsed else { continue };
            if self.seen.is_rejected(*first) {
                let repeat = Repeat { own: entry.place, first: *first };
                let rejection = Rejection::invalid(shared::repeated(repeat));
                entry.parsed =
                    ParsedEntry::Invalid { name: std::mem::take(name), rejection, policy: Policy::default() };
            }
        }
        group
    }
}

fn unreadable(place: Place, sentence: String) -> ValidatedEntry {
    let problem = Problem { field: "secrets", code: Code::Malformed, message: sentence.into() };
    let rejection = Rejection::invalid(problem);
    ValidatedEntry {
        place,
        parsed: ParsedEntry::Invalid { name: String::new(), rejection, policy: Policy::default() },
    }
}
