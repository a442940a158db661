//! Entries of a stream on their way into a group, held against the rules as they come.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::vec::IntoIter;

use strongroom_contract::v1::{ImportSecretsStreamRequest, NewSecret};
use strongroom_validation::{self as shared, Code, Place, Problem, Repeat};
use tokio::sync::{Notify, mpsc};
use tokio::task::coop::consume_budget;

use super::duplicates::DuplicateIndex;
use super::import::BYTES_BESIDE;
use super::policy::Policy;
use super::validate::{EntryInput, ParsedEntry, Rules, ValidatedEntry};
use crate::streams::Charge;
use crate::{Answer, Operations, Piece, Rejection};

/// Most entries of a group. Chosen by us: what a commit costs by itself is small beside them, and a caller hears often.
const MOST_ENTRIES: usize = 1_000;

/// Most bytes of values and metadata of a group, some hundred of the largest. Chosen by us: two groups are held at a time.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// What is stored and told together.
#[derive(Default)]
pub(super) struct Group {
    entries: Vec<ValidatedEntry>,
    bytes: usize,
    /// Of the messages that the entries came in.
    charges: Vec<Charge>,
    /// Why nothing comes after it.
    pub(super) end: Option<End>,
}

pub(super) enum End {
    Whole,
    /// The sender is gone.
    Broken,
    Rejected(Rejection),
}

impl Group {
    pub(super) fn entries(&self) -> &[ValidatedEntry] {
        &self.entries
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn push(&mut self, entry: ValidatedEntry) {
        self.bytes += entry.bytes().saturating_sub(BYTES_BESIDE);
        self.entries.push(entry);
    }
}

pub(super) struct Gathering<'a> {
    operations: &'a Operations,
    rules: Rules,
    pieces: mpsc::Receiver<Piece<ImportSecretsStreamRequest>>,
    /// Those of a message that no group has taken, and its charge.
    waiting: IntoIter<NewSecret>,
    charge: Charge,
    /// Those in all messages, for others to see.
    received: &'a AtomicUsize,
    taken: usize,
    seen: DuplicateIndex,
}

impl<'a> Gathering<'a> {
    pub(super) fn of(
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

    /// The next group: as much as comes until `idle` says that it can be stored, or until it is full.
    pub(super) async fn next(&mut self, idle: &Notify) -> Answer<Group> {
        let mut group = Group::default();
        let most = MOST_ENTRIES.min(self.operations.step_entries());
        loop {
            if self.waiting.len() > 0 {
                group.charges.push(self.charge.clone());
            }
            // A stream may take long, and a secret is of the time when its message comes.
            let rules = self.rules.at(self.operations.clock.now());
            while group.entries.len() < most && group.bytes < MOST_BYTES {
                let Some(new) = self.waiting.next() else { break };
                consume_budget().await;
                let Some(place) = self.place(new.line, &mut group) else { return Ok(group) };
                let repeats = self.seen.look(place, &new);
                group.push(self.operations.judge_entry(rules, EntryInput { place, new, repeats }).await?);
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

    /// The place of the next entry, or none when there were too many.
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

    /// The group as it is to be stored, once it is known which of the entries before were rejected: what says the same as
    /// one of those has nothing that counts.
    pub(super) fn held_against(&mut self, rejected: Vec<usize>, mut group: Group) -> Group {
        rejected.into_iter().for_each(|index| self.seen.reject(index));
        for entry in &mut group.entries {
            let ParsedEntry::Again { name, first } = &mut entry.said else { continue };
            if self.seen.is_rejected(*first) {
                let repeat = Repeat { own: entry.place, first: *first };
                let rejection = Rejection::invalid(shared::repeated(repeat));
                entry.said =
                    ParsedEntry::Wrong { name: std::mem::take(name), rejection, policy: Policy::default() };
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
        said: ParsedEntry::Wrong { name: String::new(), rejection, policy: Policy::default() },
    }
}
