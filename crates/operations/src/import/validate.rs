//! Checking the entries of an import against the rules. All problems of an entry are found at once.

use strongroom_contract::v1;
use strongroom_storage::Timestamp;
use strongroom_validation::{self as rules, Place, Repeat};
use tokio::task::coop::consume_budget;

use super::entry::{Duplicate, EntryInput, NewSecret, ParsedEntry, ValidatedEntry};
use super::parse;
use super::policy::Policy;
use crate::journal::outcome::shortened;
use crate::{Answer, Call, Operations, Rejection};

/// The rules for the entries of one call.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    now: Timestamp,
    policy: Policy,
    rejects_weak: bool,
}

impl Rules {
    /// The same at a later time.
    pub(crate) fn at(self, now: Timestamp) -> Self {
        Self { now, ..self }
    }
}

/// The entries of a request. Of those with one name the first counts.
pub(crate) fn inputs(secrets: Vec<v1::NewSecret>) -> Vec<EntryInput> {
    let place = |index: usize, new: &v1::NewSecret| Place {
        index,
        line: usize::try_from(new.line).unwrap_or_default(),
    };
    let mut duplicates = vec![None; secrets.len()];
    for (index, first) in rules::repeated_names(secrets.iter().map(|new| new.name.as_str())) {
        let (Some(own), Some(earlier)) = (secrets.get(index), secrets.get(first)) else { continue };
        let kind = match parse::normalised(own) == parse::normalised(earlier) {
            true => Duplicate::Identical,
            false => Duplicate::SameName,
        };
        let duplicate = kind(place(first, earlier));
        duplicates.get_mut(index).into_iter().for_each(|own| *own = Some(duplicate));
    }
    let entries = secrets.into_iter().zip(duplicates).enumerate();
    entries
        .map(|(index, (new, duplicate))| EntryInput { place: place(index, &new), new, duplicate })
        .collect()
}

impl Operations {
    /// The rules for a call. `policy` is for entries that have none of their own.
    pub(crate) async fn rules(&self, call: &Call, policy: Policy) -> Answer<Rules> {
        Ok(Rules { now: call.now, policy, rejects_weak: self.rejects_weak(call.project()).await? })
    }

    pub(crate) async fn validate(
        &self,
        rules: Rules,
        entries: Vec<EntryInput>,
    ) -> Answer<Vec<ValidatedEntry>> {
        let mut validated = Vec::with_capacity(entries.len());
        for entry in entries {
            // Thousands of entries must not keep everybody else from this thread.
            consume_budget().await;
            validated.push(self.validate_entry(rules, entry).await?);
        }
        Ok(validated)
    }

    pub(crate) async fn validate_entry(&self, rules: Rules, entry: EntryInput) -> Answer<ValidatedEntry> {
        let weak = match entry.duplicate {
            // It writes nothing.
            Some(Duplicate::Identical(_)) => None,
            Some(Duplicate::SameName(_)) | None => self.weak(rules, &entry.new).await?,
        };
        Ok(validated(rules, entry, weak, self.limits.value_bytes))
    }

    /// Why a value is too weak, in a project that rejects weak values. This takes long, so only valid values are judged.
    async fn weak(&self, rules: Rules, new: &v1::NewSecret) -> Answer<Option<Rejection>> {
        let text = new.secret_string.as_deref().filter(|_| rules.rejects_weak);
        let passes = |text: &&str| {
            let most = self.limits.value_bytes;
            rules::value(Some(text), new.secret_binary.as_deref(), most).is_empty()
        };
        match text.filter(passes) {
            Some(text) => self.weakness(text).await,
            None => Ok(None),
        }
    }
}

fn validated(rules: Rules, entry: EntryInput, weak: Option<Rejection>, value_bytes: usize) -> ValidatedEntry {
    let EntryInput { place, new, duplicate } = entry;
    let repeat = match duplicate {
        Some(Duplicate::SameName(first)) => Some(Repeat { own: place, first }),
        Some(Duplicate::Identical(_)) | None => None,
    };
    let mut problems = rules::entry_of_batch(&parse::entry(&new), repeat, value_bytes);
    problems.extend(rules::entry_line(new.line));
    let names_event = problems.iter().all(|problem| problem.field != "event_subscriptions");
    let unknown_event = names_event.then(|| parse::unknown_event(&new)).flatten();
    let invalid = (!problems.is_empty()).then_some(Rejection::Invalid(problems));
    let policy = rules.policy.of_entry(&new);
    let is_sound = invalid.is_none() && unknown_event.is_none();
    let (weak, weak_if_written) = match is_sound && !policy.only_rejects() {
        true => (None, weak),
        false => (weak, None),
    };
    let rejections = invalid.into_iter().chain(weak).chain(unknown_event);
    if let Some(rejection) = Rejection::all(rejections) {
        // Many of these may be held at a time, and what was sent in place of a name may have any length.
        let name = shortened(&new.name).to_owned();
        return ValidatedEntry { place, parsed: ParsedEntry::Invalid { name, rejection, policy } };
    }
    if let Some(Duplicate::Identical(first)) = duplicate {
        return ValidatedEntry { place, parsed: ParsedEntry::Duplicate { name: new.name, first } };
    }
    let parsed = match parse::parse(new, policy, rules.now) {
        Ok(new) => ParsedEntry::Store(NewSecret { weak: weak_if_written.map(Box::new), ..new }),
        Err((name, rejection)) => ParsedEntry::Invalid { name, rejection, policy },
    };
    ValidatedEntry { place, parsed }
}
