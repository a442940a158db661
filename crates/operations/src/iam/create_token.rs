//! Exchanging a name and a password for a token.

use strongroom_access::{AccessError, ClientNetwork, IssuedToken, Scope, Unauthenticated};
use strongroom_contract::v1;
use strongroom_validation::{Code, Problem};

use crate::iam::calendar;
use crate::{Answer, OperationError, Operations, Rejection};

/// The only way to prove who one is, so far.
const METHOD: &str = "password";

/// The role that existing clients expect of someone who may do everything in the project.
const ROLE: &str = "te_admin";

impl Operations {
    pub async fn create_token(
        &self,
        network: ClientNetwork,
        request: v1::CreateTokenRequest,
    ) -> Answer<v1::CreateTokenResponse> {
        let auth = request.auth.unwrap_or_default();
        let identity = auth.identity.unwrap_or_default();
        if identity.methods != [METHOD] {
            return Err(wrong(
                "auth.identity.methods",
                Code::NotOneOf,
                "Name the one method there is: `password`.",
            ));
        }
        let Some(user) = identity.password.and_then(|password| password.user) else {
            return Err(wrong(
                "auth.identity.password.user",
                Code::Required,
                "Give the user's name, password and domain.",
            ));
        };
        let scope = auth.scope.unwrap_or_default();
        if scope.domain.is_some() {
            return Err(wrong(
                "auth.scope.domain",
                Code::NotOneOf,
                "Everything here belongs to a project. Scope the token to one.",
            ));
        }
        let scope = match &scope.project {
            None => Scope::OwnProject,
            Some(project) if !project.id.is_empty() => Scope::ProjectId(&project.id),
            Some(project) => Scope::ProjectName(&project.name),
        };
        let domain = user.domain.unwrap_or_default();
        let now = self.clock.now();
        let issued = self.access.log_in(network, &domain.name, &user.name, &user.password, scope, now).await;
        Ok(answer(&issued.map_err(|failure| rejected(failure, &domain.name, &user.name))?))
    }
}

fn wrong(field: &'static str, code: Code, message: &'static str) -> OperationError {
    Rejection::invalid(Problem { field, code, message: message.into() }).into()
}

pub(super) fn rejected(failure: AccessError, domain: &str, user: &str) -> OperationError {
    match failure {
        AccessError::Unauthenticated(Unauthenticated::NoSuchProject) => Rejection::UnknownScope.into(),
        AccessError::Unauthenticated(_) => {
            Rejection::WrongPassword { user: format!("{}/{}", for_log(domain), for_log(user)) }.into()
        }
        AccessError::TooManyLogIns { retry_after_seconds } => {
            Rejection::TooManyLogIns { retry_after_seconds }.into()
        }
        AccessError::Internal(fault) => OperationError::internal("logging a user in")(fault),
    }
}

/// Of a name that anybody may send: one line, and no more than a name needs.
fn for_log(name: &str) -> String {
    const MAX_CHARACTERS: usize = 64;
    let cut: String = name.chars().take(MAX_CHARACTERS).collect();
    cut.escape_debug().to_string()
}

fn answer(issued: &IssuedToken) -> v1::CreateTokenResponse {
    let caller = &issued.caller;
    let domain = v1::Domain { id: caller.domain_id.to_string(), name: caller.domain_name.clone() };
    let token = v1::Token {
        methods: vec![METHOD.to_owned()],
        issued_at: calendar(issued.issue_time),
        expires_at: calendar(issued.expire_time),
        project: Some(v1::TokenProject {
            id: caller.project_id.to_string(),
            name: caller.project_name.clone(),
            domain: Some(domain.clone()),
        }),
        roles: vec![v1::Role { id: "0".to_owned(), name: ROLE.to_owned() }],
        user: Some(v1::TokenUser {
            id: caller.user_id.to_string(),
            name: caller.user_name.clone(),
            password_expires_at: String::new(),
            domain: Some(domain),
        }),
        catalog: Vec::new(),
    };
    v1::CreateTokenResponse { token: Some(token), subject_token: issued.token.to_string() }
}
