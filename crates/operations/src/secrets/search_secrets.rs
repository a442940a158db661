//! Finding secrets by a query.
//!
//! An index that a term names decides what is looked at; without one every secret is, in order of names. One call looks at
//! a bounded number of them, and the page then says where to go on.

use strongroom_contract::v1::{PageInfo, SearchSecretsRequest, SearchSecretsResponse};
use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Id, Names, PAGE, Timestamp, View};
use strongroom_validation::search::{Bound, Filter, Query, Term};

use crate::names::{Next, Shared, Stream, after};
use crate::search::Search;
use crate::{Answer, Call, OperationError, Operations, Rejection, describe, lifecycle};

/// Most secrets, and most index entries, that one call looks at. Chosen by us: takes 10 to 25 milliseconds, and 120 with as
/// many texts as a query may have on descriptions as long as they may be. The contract names it.
const LOOKED_AT: usize = 10_000;

/// Most entries of an index that is read as a whole. Chosen by us: when there are more, the call was a quarter in vain.
const READ_WHOLE: usize = LOOKED_AT / 4;

/// Secrets held against the query before others get their turn. Chosen by us: takes a millisecond at worst.
const PAGE_RECORDS: usize = 100;

impl Operations {
    pub async fn search_secrets(
        &self,
        call: &Call,
        request: SearchSecretsRequest,
    ) -> Answer<SearchSecretsResponse> {
        let query = strongroom_validation::search_query(&request.query);
        let limit = strongroom_validation::list_limit(request.limit);
        let (query, limit) = match (query, limit, strongroom_validation::marker(&request.marker)) {
            (Ok(query), Ok(limit), None) => (query, limit as usize),
            (query, limit, marker) => {
                let problems = query.err().unwrap_or_default().into_iter();
                return Err(Rejection::Invalid(problems.chain(limit.err()).chain(marker).collect()).into());
            }
        };

        let view = self.view().await?;
        let mut walk = Walk::start(&view, call.project(), &query, &request.marker, call.now).await?;
        let search = Search::of(&query);
        let mut found: Vec<SecretRecord> = Vec::new();
        // One more than the page, to know whether another follows.
        let mut wanted = limit + 1;
        while found.len() <= limit && !walk.is_over() {
            let secrets = walk.on(wanted).await?;
            let uses = self.uses(&walk, &query, &secrets).await?;
            for (looked_at, (secret, used)) in (1_usize..).zip(secrets.into_iter().zip(uses)) {
                if !lifecycle::is_gone(&secret, call.now) && search.holds(&secret, used) {
                    found.push(secret);
                }
                if looked_at.is_multiple_of(PAGE_RECORDS) {
                    tokio::task::yield_now().await;
                }
            }
            wanted = (wanted * 2).min(PAGE);
        }

        let next_marker = if found.len() > limit {
            found.truncate(limit);
            found.last().map(|secret| secret.name.clone())
        } else {
            walk.done_up_to
        };
        let page_info = PageInfo {
            next_marker,
            previous_marker: found.first().map(|secret| secret.name.clone()),
            current_count: describe::count(found.len()),
        };
        let secrets = self.described_each(&view, call, found).await?;
        Ok(SearchSecretsResponse { secrets, page_info: Some(page_info) })
    }

    /// When the value of each was last read, as far as the query asks.
    async fn uses(
        &self,
        walk: &Walk<'_>,
        query: &Query,
        secrets: &[SecretRecord],
    ) -> Answer<Vec<Option<Timestamp>>> {
        let asks = |term: &Term| matches!(term.filter, Filter::Used(_) | Filter::UsedNever);
        if !query.terms.iter().any(asks) {
            return Ok(vec![None; secrets.len()]);
        }
        if walk.shared.is_none() {
            return self.last_uses(walk.view, walk.project, secrets).await;
        }
        self.last_uses_by_name(walk.view, walk.project, secrets).await
    }
}

/// A walk over the secrets a query may be about, in order of their names.
struct Walk<'a> {
    view: &'a View,
    project: Id,
    /// How all of the names begin.
    prefix: &'a str,
    /// What leads to the names; none when nothing does, and every secret has to be looked at.
    shared: Option<Shared<'a>>,
    /// From where on nothing has been looked at.
    start: String,
    /// The last name that has been looked at; none when there are no more.
    done_up_to: Option<String>,
    /// How much more may be looked at.
    left: usize,
}

impl<'a> Walk<'a> {
    async fn start(
        view: &'a View,
        project: Id,
        query: &'a Query,
        marker: &str,
        now: Timestamp,
    ) -> Answer<Self> {
        let prefixes = wanted(query).filter_map(|filter| {
            let Filter::NamePrefix(prefix) = filter else { return None };
            Some(prefix.as_str())
        });
        let prefix = prefixes.max_by_key(|prefix| prefix.len()).unwrap_or_default();
        let mut left = LOOKED_AT;
        let groups = leads(view, project, query, now, &mut left).await?;
        let shared = (!groups.is_empty()).then_some(Shared { view, project, groups });
        let start = if marker.is_empty() { String::new() } else { after(marker) };
        let start = start.max(prefix.to_owned());
        Ok(Self { view, project, prefix, shared, start, done_up_to: Some(marker.to_owned()), left })
    }

    fn is_over(&self) -> bool {
        self.left == 0 || self.done_up_to.is_none()
    }

    /// The next secrets, `most` of them at most.
    async fn on(&mut self, most: usize) -> Answer<Vec<SecretRecord>> {
        let most = most.min(self.left);
        let mut secrets = match self.shared.is_some() {
            true => self.on_by_names(most).await?,
            false => {
                let found = self.view.secrets(self.project, &self.start, most).await;
                let found = found.map_err(OperationError::internal("searching secrets"))?;
                self.left -= found.len();
                self.done_up_to = found.last().filter(|_| found.len() == most).map(|last| last.name.clone());
                found
            }
        };
        let own = secrets.iter().take_while(|secret| secret.name.starts_with(self.prefix)).count();
        if own < secrets.len() {
            secrets.truncate(own);
            self.done_up_to = None;
        }
        if let Some(name) = &self.done_up_to {
            self.start = after(name);
        }
        Ok(secrets)
    }

    async fn on_by_names(&mut self, most: usize) -> Answer<Vec<SecretRecord>> {
        let Some(shared) = &mut self.shared else { return Ok(Vec::new()) };
        let (mut names, mut start) = (Vec::new(), std::mem::take(&mut self.start));
        while names.len() < most {
            match shared.next(start, &mut self.left).await? {
                Next::Name(name) => {
                    start = after(&name);
                    self.done_up_to = Some(name.clone());
                    names.push(name);
                }
                Next::Tired(name) => {
                    self.done_up_to = Some(name.trim_end_matches('\0').to_owned());
                    break;
                }
                Next::End => {
                    self.done_up_to = None;
                    break;
                }
            }
        }
        let found = self.view.secrets_named(self.project, &names).await;
        found.map_err(OperationError::internal("searching secrets"))
    }
}

/// The filters that have to hold.
fn wanted(query: &Query) -> impl Iterator<Item = &Filter> {
    query.terms.iter().filter(|term| !term.negated).map(|term| &term.filter)
}

/// What leads to the names a query can find; nothing when no term does. Values of tags and events are read as far as they
/// are needed. Dates and tags of any value do not give their names in order, so one of them is read as a whole, and only
/// when nothing else leads on and they are not too many. What is read is taken from `left`.
async fn leads<'a>(
    view: &'a View,
    project: Id,
    query: &'a Query,
    now: Timestamp,
    left: &mut usize,
) -> Answer<Vec<Vec<Stream<'a>>>> {
    let exact = wanted(query).filter_map(|filter| match filter {
        Filter::Name(name) => Some(Stream::known(vec![name.clone()])),
        Filter::Tag { key, value: Some(value) } => Some(Stream::of(Names::Tagged { key, value })),
        Filter::Event(event) => Some(Stream::of(Names::Subscribed { event })),
        Filter::Tag { value: None, .. }
        | Filter::Text(_)
        | Filter::NamePrefix(_)
        | Filter::State(_)
        | Filter::Type(_)
        | Filter::Due(_)
        | Filter::Used(_)
        | Filter::UsedNever => None,
    });
    let groups: Vec<_> = exact.map(|stream| vec![stream]).collect();
    if !groups.is_empty() {
        return Ok(groups);
    }
    let names = if let Some((from, before)) = window(query, now) {
        view.names_due(project, Some(from), before, READ_WHOLE).await.map(|names| names.map(Stream::known))
    } else if let Some(key) = tag_key(query) {
        view.names_with_tag_keys(project, &[key], READ_WHOLE).await.map(|names| names.map(Stream::known))
    } else {
        return Ok(Vec::new());
    };
    let names = names.map_err(OperationError::internal("searching secrets"))?;
    *left -= names.as_ref().map_or(READ_WHOLE, Stream::ahead);
    Ok(names.map(|names| vec![vec![names]]).unwrap_or_default())
}

/// The first key of a tag that has to be there with any value.
fn tag_key(query: &Query) -> Option<&str> {
    wanted(query).find_map(|filter| {
        let Filter::Tag { key, value: None } = filter else { return None };
        Some(key.as_str())
    })
}

/// The time in which what is looked for is due; none when it need not be pending deletion.
fn window(query: &Query, now: Timestamp) -> Option<(Timestamp, Option<Timestamp>)> {
    let (mut waits, mut from, mut end) = (false, now.milliseconds().saturating_add(1), None);
    for filter in wanted(query) {
        waits |= matches!(filter, Filter::State("PENDING_DELETE") | Filter::Due(_));
        if let Filter::Due(Bound::From(moment)) = filter {
            from = from.max(*moment);
        }
        if let Filter::Due(Bound::Before(moment)) = filter {
            end = Some(end.map_or(*moment, |end: i64| end.min(*moment)));
        }
    }
    waits.then(|| (Timestamp::from_milliseconds(from), end.map(Timestamp::from_milliseconds)))
}
