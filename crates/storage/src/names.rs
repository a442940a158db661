//! Names of secrets, found by what leads to them and read from keys alone: no record is touched.

use std::collections::BTreeSet;

use crate::engine::{Key, Span};
use crate::{Id, StorageError, Timestamp, View, keys};

/// Entries read at once, after which others get their turn. Chosen by us: a tenth of a millisecond, seeks of single entries
/// included.
const AT_ONCE: usize = 100;

/// What leads to names of secrets, each time sorted by name.
#[derive(Clone, Copy, Debug)]
pub enum Names<'a> {
    /// All there are.
    Every,
    /// Those with this value of a tag.
    Tagged { key: &'a str, value: &'a str },
    /// Those subscribed to this event.
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

/// A tag, and the first of the names that have it.
pub struct FirstOfTag {
    pub key: String,
    pub value: String,
    pub name: String,
}

impl View {
    /// The first `limit` of these names from `start` on, that one included, by name.
    pub async fn names(
        &self,
        project: Id,
        names: Names<'_>,
        start: &str,
        limit: usize,
    ) -> Result<Vec<String>, StorageError> {
        let span = Span { start: names.of(project, start), ..Span::prefix(names.all(project)) };
        let found = self.range(span, limit).await?;
        // Whoever searches calls this many times, so others get their turn here.
        tokio::task::yield_now().await;
        found.into_iter().map(|(key, _)| last_name(&key, keys::BEHIND_PROJECT)).collect()
    }

    /// The names of secrets that have tags of all these keys, by name. None when more than `limit` have one of them. Holds
    /// the names of one key, however many keys there are.
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
                let page = self.range(span.clone(), AT_ONCE).await?;
                let Some(fewer) = left.checked_sub(page.len()) else { return Ok(None) };
                left = fewer;
                let next = page.get(AT_ONCE - 1).map(|(last, _)| last.clone());
                for (entry, _) in page {
                    let name = last_name(&entry, keys::BEHIND_PROJECT)?;
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

    /// The names of secrets that are due from one moment on and before another, by name. None when more than `limit` are
    /// due then.
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
        let names = found.into_iter().map(|(key, _)| last_name(&key, keys::BEHIND_TIME));
        let mut names = names.collect::<Result<Vec<_>, _>>()?;
        names.sort_unstable();
        Ok(Some(names))
    }

    /// The first `limit` tags after this one, by key and value, each with the first name that has it. Takes one seek for each
    /// tag, however many have it.
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
            let names = keys::names(&found, keys::BEHIND_PROJECT);
            let names = names.and_then(|names| <[_; 3]>::try_from(names).ok());
            let [key, value, name] = names.ok_or(damaged())?;
            span.start = past(&key, &value).ok_or(damaged())?;
            tags.push(FirstOfTag { key, value, name });
            if tags.len().is_multiple_of(AT_ONCE) {
                tokio::task::yield_now().await;
            }
        }
        Ok(tags)
    }
}

fn last_name(key: &[u8], behind: usize) -> Result<String, StorageError> {
    keys::names(key, behind).and_then(|names| names.into_iter().next_back()).ok_or(damaged())
}

fn damaged() -> StorageError {
    StorageError::Damaged { what: "index entry", cause: None }
}
