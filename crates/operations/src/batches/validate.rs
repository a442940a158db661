//! Holding the entries of an import against the rules: everything that is wrong with each is found at once.

use strongroom_contract::v1::NewSecret;
use strongroom_sealing::Value;
use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Id, Timestamp};
use strongroom_validation::{self as rules, Place, Repeat};
use tokio::task::coop::consume_budget;

use super::outcome::shortened;
use super::policy::Policy;
use crate::secrets::new_secret;
use crate::{Answer, Call, Operations, Rejection};

/// An entry as it was sent.
pub(crate) struct EntryInput {
    pub(crate) place: Place,
    pub(crate) new: NewSecret,
    pub(crate) repeats: Option<Repeats>,
}

/// The earlier entry that has the same name.
#[derive(Clone, Copy)]
pub(crate) enum Repeats {
    /// It says all the same.
    All(Place),
    NameOnly(Place),
}

/// An entry that has been held against the rules.
pub(crate) struct ValidatedEntry {
    pub(crate) place: Place,
    pub(crate) said: ParsedEntry,
}

#[allow(clippy::large_enum_variant, reason = "nearly all entries are of the largest")]
pub(crate) enum ParsedEntry {
    Store(New),
    /// The same as the earlier entry here, which counts.
    Again {
        name: String,
        first: Place,
    },
    /// Something that breaks the rules.
    Wrong {
        name: String,
        rejection: Rejection,
        policy: Policy,
    },
}

/// A new secret and its value, not sealed yet.
pub(crate) struct New {
    pub(crate) secret: SecretRecord,
    pub(crate) value: Value,
    pub(crate) policy: Policy,
    /// That the value is too weak to be written, where the store decides whether it would be.
    pub(crate) weak: Option<Box<Rejection>>,
}

/// What the entries of one call are held against.
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

impl ValidatedEntry {
    pub(crate) fn name(&self) -> &str {
        match &self.said {
            ParsedEntry::Store(new) => &new.secret.name,
            ParsedEntry::Again { name, .. } | ParsedEntry::Wrong { name, .. } => name,
        }
    }

    /// What it stores, if it breaks no rule.
    pub(crate) fn to_store(&self) -> Option<&New> {
        match &self.said {
            ParsedEntry::Store(new) => Some(new),
            ParsedEntry::Again { .. } | ParsedEntry::Wrong { .. } => None,
        }
    }
}

impl New {
    /// Whether the value was given as bytes.
    pub(crate) fn binary(&self) -> bool {
        self.secret.versions.first().is_some_and(|version| version.binary)
    }
}

/// Entries that follow each other, of which the first stands at `start`. Of those with one name the first counts.
pub(crate) fn asked(start: usize, secrets: Vec<NewSecret>) -> Vec<EntryInput> {
    let place = |index: usize, new: &NewSecret| Place {
        index: start + index,
        line: usize::try_from(new.line).unwrap_or_default(),
    };
    let mut repeats = vec![None; secrets.len()];
    for (index, first) in rules::repeated_names(secrets.iter().map(|new| new.name.as_str())) {
        let (Some(own), Some(earlier)) = (secrets.get(index), secrets.get(first)) else { continue };
        let kind = match new_secret::meant(own) == new_secret::meant(earlier) {
            true => Repeats::All,
            false => Repeats::NameOnly,
        };
        repeats.get_mut(index).into_iter().for_each(|repeat| *repeat = Some(kind(place(first, earlier))));
    }
    let entries = secrets.into_iter().zip(repeats).enumerate();
    entries.map(|(index, (new, repeats))| EntryInput { place: place(index, &new), new, repeats }).collect()
}

impl Operations {
    /// The rules as they are for this call, with the policy of entries that have none.
    pub(crate) async fn rules(&self, call: &Call, project: Id, policy: Policy) -> Answer<Rules> {
        Ok(Rules { now: call.now, policy, rejects_weak: self.rejects_weak(project).await? })
    }

    pub(crate) async fn judge(&self, rules: Rules, entries: Vec<EntryInput>) -> Answer<Vec<ValidatedEntry>> {
        let mut judged = Vec::with_capacity(entries.len());
        for entry in entries {
            // Thousands of entries must not keep everybody else from this thread.
            consume_budget().await;
            judged.push(self.judge_entry(rules, entry).await?);
        }
        Ok(judged)
    }

    pub(crate) async fn judge_entry(&self, rules: Rules, entry: EntryInput) -> Answer<ValidatedEntry> {
        let weak = match entry.repeats {
            // It writes nothing.
            Some(Repeats::All(_)) => None,
            Some(Repeats::NameOnly(_)) | None => self.weak(rules, &entry.new).await?,
        };
        Ok(judged(rules, entry, weak, self.limits.value_bytes))
    }

    /// That a value is weak, where the project cares. Judging takes long, so what is no value anyway is spared it.
    async fn weak(&self, rules: Rules, new: &NewSecret) -> Answer<Option<Rejection>> {
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

fn judged(rules: Rules, entry: EntryInput, weak: Option<Rejection>, value_bytes: usize) -> ValidatedEntry {
    let EntryInput { place, new, repeats } = entry;
    let repeat = match repeats {
        Some(Repeats::NameOnly(first)) => Some(Repeat { own: place, first }),
        Some(Repeats::All(_)) | None => None,
    };
    let mut problems = rules::entry_of_batch(&new_secret::entry(&new), repeat, value_bytes);
    problems.extend(rules::entry_line(new.line));
    let names_event = problems.iter().all(|problem| problem.field != "event_subscriptions");
    let unknown_event = names_event.then(|| new_secret::unknown_event(&new)).flatten();
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
        return ValidatedEntry { place, said: ParsedEntry::Wrong { name, rejection, policy } };
    }
    if let Some(Repeats::All(first)) = repeats {
        return ValidatedEntry { place, said: ParsedEntry::Again { name: new.name, first } };
    }
    let said = match new_secret::read(new, policy, rules.now) {
        Ok(new) => ParsedEntry::Store(New { weak: weak_if_written.map(Box::new), ..new }),
        Err((name, rejection)) => ParsedEntry::Wrong { name, rejection, policy },
    };
    ValidatedEntry { place, said }
}
