//! Looking a project up by its name, as SDKs do before their first call.

use strongroom_contract::v1::{Links, ListProjectsRequest, ListProjectsResponse, Project};

use crate::{Answer, Call, Operations};

impl Operations {
    pub async fn list_projects(
        &self,
        call: &Call,
        request: ListProjectsRequest,
    ) -> Answer<ListProjectsResponse> {
        let projects = call.caller.projects(&request.name).into_iter().map(|project| Project {
            id: project.id.to_string(),
            name: project.name,
            domain_id: project.domain_id.to_string(),
            parent_id: project.domain_id.to_string(),
            enabled: true,
            is_domain: false,
            description: String::new(),
            links: Some(Links {}),
        });
        Ok(ListProjectsResponse { projects: projects.collect(), links: Some(Links {}) })
    }
}
