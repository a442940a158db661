//! Finding secrets by their tags and their names.
//!
//! Reads the indexes of the tags asked for, the names of what is overdue, and the secrets of the page; nothing else.

use strongroom_contract::v1::{
    InstanceAction, ListResourceInstancesRequest, ListResourceInstancesResponse, ResourceInstance,
    ResourceInstances,
};
use strongroom_storage::{Id, Names, View};
use strongroom_validation::{Code, Problem, SoughtTag};

use crate::names::{Next, Shared, Stream, after};
use crate::{Answer, Call, Denial, Operations, Refusal, describe};

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
        let project = self.project(call, &request.project_id)?;
        let page = page(&request)?;
        let part_of_name = request.matches.first().map(|part| part.value.to_lowercase());

        let view = self.view().await?;
        let mut total = 0;
        let mut names = Vec::new();
        // An empty part is documented to match nothing.
        if part_of_name.as_deref() != Some("") {
            let overdue = self.overdue_names(&view, call, project).await?;
            let mut shared = sought(&view, project, &request).await?;
            let (mut start, mut leaps) = (String::new(), usize::MAX);
            while let Next::Name(name) = shared.next(start, &mut leaps).await? {
                start = after(&name);
                let has_part =
                    part_of_name.as_ref().is_none_or(|part| name.to_lowercase().contains(part.as_str()));
                if !has_part || overdue.contains(&name) {
                    continue;
                }
                if page.as_ref().is_some_and(|page| total >= page.offset && names.len() < page.limit) {
                    names.push(name);
                }
                total += 1;
            }
        }

        let found = view.secrets_named(project, &names).await.map_err(Denial::fault("reading secrets"))?;
        let mut resources = Vec::with_capacity(found.len());
        for secret in found {
            resources.push(ResourceInstance {
                resource_id: describe::id(&secret),
                resource_name: secret.name.clone(),
                tags: describe::tags(&secret.tags),
                resource_detail: Some(self.described_in(&view, call, project, secret).await?),
                sys_tags: None,
            });
        }
        Ok(ListResourceInstancesResponse {
            resources: page.map(|_| ResourceInstances { resources }),
            total_count: i32::try_from(total).unwrap_or(i32::MAX),
        })
    }
}

fn page(request: &ListResourceInstancesRequest) -> Result<Option<Page>, Refusal> {
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
            let message = "The action is missing, or not one that is known. Use filter or count.".into();
            problems.insert(0, Problem { field: "action", code: Code::NotOneOf, message });
            None
        }
    };
    if problems.is_empty() { Ok(page) } else { Err(Refusal::Invalid(problems)) }
}

/// The names with all the tags asked for. The values of one key are read side by side; a key without values has too many
/// of them for that, so its names are read as a whole.
async fn sought<'a>(
    view: &'a View,
    project: Id,
    request: &'a ListResourceInstancesRequest,
) -> Answer<Shared<'a>> {
    let mut groups = Vec::new();
    for tag in &request.tags {
        let key = tag.key.as_str();
        groups.push(if tag.values.is_empty() {
            let names = view.names_with_tag_key(project, key, usize::MAX).await;
            let names = names.map_err(Denial::fault("looking for a tag"))?;
            vec![Stream::known(names.unwrap_or_default())]
        } else {
            let values = tag.values.iter();
            values.map(|value| Stream::of(Names::Tagged { key, value })).collect()
        });
    }
    if groups.is_empty() {
        groups.push(vec![Stream::of(Names::Every)]);
    }
    Ok(Shared { view, project, groups })
}
