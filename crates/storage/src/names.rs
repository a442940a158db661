//! Names of secrets, found by what leads to them and read from keys alone: no record is touched.

use crate::engine::{Key, Span};
use crate::{Fault, Id, Timestamp, View, keys};

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
    ) -> Result<Vec<String>, Fault> {
        let span = Span { start: names.of(project, start), ..Span::prefix(names.all(project)) };
        let found = self.range(span, limit).await?;
        // Whoever searches calls this many times, so others get their turn here.
        tokio::task::yield_now().await;
        found.into_iter().map(|(key, _)| last_name(&key, keys::BEHIND_PROJECT)).collect()
    }

    /// The names of secrets that have a tag of this key, by name. None when there are more than `limit`.
    pub async fn names_with_tag_key(
        &self,
        project: Id,
        key: &str,
        limit: usize,
    ) -> Result<Option<Vec<String>>, Fault> {
        let span = Span::prefix(keys::secrets_of_tag_key(project, key));
        let found = self.range(span, limit.saturating_add(1)).await?;
        if found.len() > limit {
            return Ok(None);
        }
        let names = found.into_iter().map(|(key, _)| last_name(&key, keys::BEHIND_PROJECT));
        sorted(names.collect::<Result<_, _>>()?)
    }

    /// The names of secrets that are due from one moment on and before another, by name. None when more than `limit` are
    /// due then, those of other projects included.
    pub async fn names_due(
        &self,
        project: Id,
        from: Option<Timestamp>,
        before: Option<Timestamp>,
        limit: usize,
    ) -> Result<Option<Vec<String>>, Fault> {
        let mut span = Span::prefix(keys::secrets_by_due_time());
        if let Some(from) = from {
            span.start = keys::secrets_due_at(from);
        }
        if let Some(before) = before {
            span = span.until(keys::secrets_due_at(before));
        }
        let found = self.range(span, limit.saturating_add(1)).await?;
        if found.len() > limit {
            return Ok(None);
        }
        let own = found.into_iter().filter(|(key, _)| {
            key.get(..keys::BEHIND_TIME).is_some_and(|head| head.ends_with(project.as_bytes()))
        });
        sorted(own.map(|(key, _)| last_name(&key, keys::BEHIND_TIME)).collect::<Result<_, _>>()?)
    }

    /// The first `limit` tags after this one, by key and value, each with the first name that has it. Takes one seek for each
    /// tag, however many have it.
    pub async fn tags(
        &self,
        project: Id,
        after: Option<(&str, &str)>,
        limit: usize,
    ) -> Result<Vec<FirstOfTag>, Fault> {
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
        }
        tokio::task::yield_now().await;
        Ok(tags)
    }
}

fn last_name(key: &[u8], behind: usize) -> Result<String, Fault> {
    keys::names(key, behind).and_then(|names| names.into_iter().next_back()).ok_or(damaged())
}

fn sorted(mut names: Vec<String>) -> Result<Option<Vec<String>>, Fault> {
    names.sort_unstable();
    Ok(Some(names))
}

fn damaged() -> Fault {
    Fault::Damaged { what: "index entry", cause: None }
}
