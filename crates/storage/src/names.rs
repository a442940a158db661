//! Finds names of secrets through indexes. Reads only keys, no records.

use std::collections::BTreeSet;

use crate::engine::{Key, Span};
use crate::{Id, StorageError, Timestamp, View, keys};

/// Entries read before other tasks may run. Our choice: about 0.1 ms, even if each entry needs a seek.
const ENTRIES_PER_TURN: usize = 100;

/// An index of names, sorted by name.
#[derive(Clone, Copy, Debug)]
pub enum Names<'a> {
    /// All secrets.
    Every,
    /// Secrets with this tag and value.
    Tagged { key: &'a str, value: &'a str },
    /// Secrets subscribed to this event.
    Subscribed { event: &'a str },
}

impl Names<'_> {
    fn all(self, project: Id) -> Key {
        match self {
            Self::Every => keys::secrets(project),
            Self::Tagged { key, value } => keys::secrets_of_tag(project, key, value),
            Self::Subscribed { event } => keys::secrets_of_event(project, event),
        }
    }

    fn of(self, project: Id, name: &str) -> Key {
        match self {
            Self::Every => keys::secret(project, name),
            Self::Tagged { key, value } => keys::secret_by_tag(project, key, value, name),
            Self::Subscribed { event } => keys::secret_by_event(project, event, name),
        }
    }
}

/// A tag, and the first name that has it.
pub struct FirstOfTag {
    pub key: String,
    pub value: String,
    pub name: String,
}

impl View {
    /// The first `limit` names from `start` on, inclusive, in order.
    pub async fn names(
        &self,
        project: Id,
        names: Names<'_>,
        start: &str,
        limit: usize,
    ) -> Result<Vec<String>, StorageError> {
        let span = Span { start: names.of(project, start), ..Span::prefix(names.all(project)) };
        let found = self.range(span, limit).await?;
        // A search calls this many times, so other tasks may run here.
        tokio::task::yield_now().await;
        found.into_iter().map(|(key, _)| last_name(&key, keys::PROJECT_PREFIX_BYTES)).collect()
    }

    /// The names of secrets that have tags with all these keys, in order. `None` if more than `limit` secrets have one of them.
    /// Holds the names of one key at a time.
    pub async fn names_with_tag_keys(
        &self,
        project: Id,
        keys: &[&str],
        limit: usize,
    ) -> Result<Option<BTreeSet<String>>, StorageError> {
        let mut shared: Option<BTreeSet<String>> = None;
        for key in keys {
            let (mut left, mut with_key) = (limit, BTreeSet::new());
            let mut span = Span::prefix(keys::secrets_of_tag_key(project, key));
            loop {
                let page = self.range(span.clone(), ENTRIES_PER_TURN).await?;
                let Some(fewer) = left.checked_sub(page.len()) else { return Ok(None) };
                left = fewer;
                let next = page.get(ENTRIES_PER_TURN - 1).map(|(last, _)| last.clone());
                for (entry, _) in page {
                    let name = last_name(&entry, keys::PROJECT_PREFIX_BYTES)?;
                    let known = match &mut shared {
                        Some(shared) => shared.take(&name),
                        None => Some(name),
                    };
                    with_key.extend(known);
                }
                tokio::task::yield_now().await;
                let Some(last) = next else { break };
                span = span.after(last);
            }
            shared = Some(with_key);
        }
        Ok(Some(shared.unwrap_or_default()))
    }

    /// The names of secrets with a deletion date in the given range, in order. `None` if there are more than `limit`.
    pub async fn names_due(
        &self,
        project: Id,
        from: Option<Timestamp>,
        before: Option<Timestamp>,
        limit: usize,
    ) -> Result<Option<Vec<String>>, StorageError> {
        let mut span = Span::prefix(keys::secrets_of_project_by_due_time(project));
        if let Some(from) = from {
            span.start = keys::secrets_due_at(project, from);
        }
        if let Some(before) = before {
            span = span.until(keys::secrets_due_at(project, before));
        }
        let found = self.range(span, limit.saturating_add(1)).await?;
        if found.len() > limit {
            return Ok(None);
        }
        let names = found.into_iter().map(|(key, _)| last_name(&key, keys::TIME_PREFIX_BYTES));
        let mut names = names.collect::<Result<Vec<_>, _>>()?;
        names.sort_unstable();
        Ok(Some(names))
    }

    /// The first `limit` tags after this one, ordered by key and value, each with the first name that has it. Needs one seek per
    /// tag, independent of the number of secrets.
    pub async fn tags(
        &self,
        project: Id,
        after: Option<(&str, &str)>,
        limit: usize,
    ) -> Result<Vec<FirstOfTag>, StorageError> {
        let mut span = Span::prefix(keys::secrets_by_tag(project));
        let past = |key: &str, value: &str| Span::prefix(keys::secrets_of_tag(project, key, value)).end;
        if let Some(past) = after.and_then(|(key, value)| past(key, value)) {
            span.start = past;
        }
        let mut tags = Vec::new();
        while tags.len() < limit {
            let Some((found, _)) = self.range(span.clone(), 1).await?.into_iter().next() else { break };
            let names = keys::names(&found, keys::PROJECT_PREFIX_BYTES);
            let names = names.and_then(|names| <[_; 3]>::try_from(names).ok());
            let [key, value, name] = names.ok_or(damaged())?;
            span.start = past(&key, &value).ok_or(damaged())?;
            tags.push(FirstOfTag { key, value, name });
            if tags.len().is_multiple_of(ENTRIES_PER_TURN) {
                tokio::task::yield_now().await;
            }
        }
        Ok(tags)
    }
}

fn last_name(key: &[u8], prefix_bytes: usize) -> Result<String, StorageError> {
    keys::names(key, prefix_bytes).and_then(|names| names.into_iter().next_back()).ok_or(damaged())
}

fn damaged() -> StorageError {
    StorageError::Damaged { what: "index entry", cause: None }
}
