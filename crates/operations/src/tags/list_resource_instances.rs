//! Finding secrets by their tags and their names.
//!
//! Reads the indexes of the tags asked for, the names of what is overdue, and the secrets of the page; nothing else.

use strongroom_contract::v1::{
    InstanceAction, ListResourceInstancesRequest, ListResourceInstancesResponse, ResourceInstance,
    ResourceInstances, TagValues,
};
use strongroom_storage::{Id, Names, View};
use strongroom_validation::SoughtTag;

use crate::names::{Next, Shared, Stream, after};
use crate::{Answer, Call, OperationError, Operations, Rejection, describe};

/// Names looked at before others get their turn. Chosen by us: takes about a tenth of a millisecond.
const PAGE_RECORDS: usize = 1_000;

/// The part of all that are found which is answered; none of it when they are only counted.
struct Page {
    offset: usize,
    limit: usize,
}

impl Operations {
    pub async fn list_resource_instances(
        &self,
        call: &Call,
        request: ListResourceInstancesRequest,
    ) -> Answer<ListResourceInstancesResponse> {
        let page = page(&request)?;
        let parts_of_name: Vec<_> =
            request.matches.iter().map(|part| part.value.to_ascii_lowercase()).collect();

        let view = self.view().await?;
        let mut total = 0;
        let mut names = Vec::new();
        // An empty part is documented to match nothing.
        if !parts_of_name.iter().any(String::is_empty) {
            let overdue = self.overdue_names(&view, call).await?;
            let mut shared = sought(&view, call.project(), &request.tags).await?;
            // All there are have to be counted, however many.
            let (mut start, mut left, mut looked_at) = (String::new(), usize::MAX, 0_usize);
            while let Next::Name(name) = shared.next(start, &mut left).await? {
                start = after(&name);
                looked_at += 1;
                if looked_at.is_multiple_of(PAGE_RECORDS) {
                    tokio::task::yield_now().await;
                }
                if !has_all(&name, &parts_of_name) || overdue.contains(&name) {
                    continue;
                }
                if page.as_ref().is_some_and(|page| total >= page.offset && names.len() < page.limit) {
                    names.push(name);
                }
                total += 1;
            }
        }

        let found = view
            .secrets_named(call.project(), &names)
            .await
            .map_err(OperationError::internal("reading secrets"))?;
        let tags: Vec<_> = found.iter().map(|secret| describe::tags(&secret.tags)).collect();
        let described = self.described_each(&view, call, found).await?;
        let resources: Vec<_> = described
            .into_iter()
            .zip(tags)
            .map(|(secret, tags)| ResourceInstance {
                resource_id: secret.id.clone(),
                resource_name: secret.name.clone(),
                tags,
                resource_detail: Some(secret),
                sys_tags: None,
            })
            .collect();
        Ok(ListResourceInstancesResponse {
            resources: page.map(|_| ResourceInstances { resources }),
            total_count: describe::count(total),
        })
    }
}

fn page(request: &ListResourceInstancesRequest) -> Result<Option<Page>, Rejection> {
    let tags: Vec<_> =
        request.tags.iter().map(|tag| SoughtTag { key: &tag.key, values: &tag.values }).collect();
    let matches: Vec<_> =
        request.matches.iter().map(|part| (part.key.as_str(), part.value.as_str())).collect();
    let mut problems = strongroom_validation::tag_search(&tags);
    problems.extend(strongroom_validation::name_matches(&matches));

    let page = match InstanceAction::try_from(request.action).unwrap_or_default() {
        InstanceAction::Count => None,
        InstanceAction::Filter => {
            let limit = strongroom_validation::instance_limit(&request.limit);
            let offset = strongroom_validation::instance_offset(&request.offset);
            let page = Page {
                limit: limit.as_ref().copied().unwrap_or_default(),
                offset: offset.as_ref().copied().unwrap_or_default(),
            };
            problems.extend(limit.err().into_iter().chain(offset.err()));
            Some(page)
        }
        InstanceAction::Unspecified => {
            problems.insert(0, strongroom_validation::unknown_action(["filter", "count"]));
            None
        }
    };
    if problems.is_empty() { Ok(page) } else { Err(Rejection::Invalid(problems)) }
}

/// Whether the name holds all these parts, given in lower case. Names are ASCII.
fn has_all(name: &str, parts: &[String]) -> bool {
    let name = name.to_ascii_lowercase();
    parts.iter().all(|part| name.contains(part))
}

/// The names with all the tags asked for. The values of one key are read side by side; a key without values may have too
/// many of them for that, so the names with all such keys are read as a whole.
pub(crate) async fn sought<'a>(view: &'a View, project: Id, tags: &'a [TagValues]) -> Answer<Shared<'a>> {
    let (of_any, of_some): (Vec<_>, Vec<_>) = tags.iter().partition(|tag| tag.values.is_empty());
    let values_of = |tag: &'a TagValues| {
        let values = tag.values.iter();
        values.map(|value| Stream::of(Names::Tagged { key: &tag.key, value })).collect()
    };
    let mut groups: Vec<_> = of_some.into_iter().map(values_of).collect();
    if !of_any.is_empty() {
        let keys: Vec<_> = of_any.iter().map(|tag| tag.key.as_str()).collect();
        let names = view.names_with_tag_keys(project, &keys, usize::MAX).await;
        let names = names.map_err(OperationError::internal("looking for a tag"))?;
        groups.push(vec![Stream::known(names.unwrap_or_default())]);
    }
    if groups.is_empty() {
        groups.push(vec![Stream::of(Names::Every)]);
    }
    Ok(Shared { view, project, groups })
}
