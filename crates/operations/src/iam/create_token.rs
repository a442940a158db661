//! Exchanging a name and a password, or a token, for a token.

use strongroom_access::{AccessError, ClientNetwork, IssuedToken, Scope, Unauthenticated};
use strongroom_contract::v1;
use strongroom_validation::{Code, Problem};

use crate::iam::calendar;
use crate::{Answer, OperationError, Operations, Rejection};

const PASSWORD: &str = "password";
const TOKEN: &str = "token";

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
        let scope = auth.scope.unwrap_or_default();
        let scope = requested(&scope)?;
        let now = self.clock.now();
        match identity.methods.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            [PASSWORD] => {
                let Some(user) = identity.password.and_then(|password| password.user) else {
                    return Err(wrong(
                        "auth.identity.password.user",
                        Code::Required,
                        "Give the user's name, password and domain.",
                    ));
                };
                let domain = user.domain.unwrap_or_default();
                let issued =
                    self.access.log_in(network, &domain.name, &user.name, &user.password, scope, now).await;
                Ok(answer(PASSWORD, &issued.map_err(|failure| rejected(failure, &domain.name, &user.name))?))
            }
            [TOKEN] => {
                let given = identity.token.filter(|token| !token.id.is_empty());
                let Some(given) = given else {
                    return Err(wrong("auth.identity.token.id", Code::Required, "Give a token."));
                };
                let issued = self.access.exchange_token(&given.id, scope, now).await;
                Ok(answer(TOKEN, &issued.map_err(of_token)?))
            }
            _ => Err(wrong(
                "auth.identity.methods",
                Code::NotOneOf,
                "Name one of the methods there are: `password` or `token`.",
            )),
        }
    }
}

fn requested(scope: &v1::Scope) -> Answer<Scope<'_>> {
    match (&scope.project, &scope.domain) {
        (None, None) => Ok(Scope::OwnProject),
        (Some(project), None) if !project.id.is_empty() => Ok(Scope::ProjectId(&project.id)),
        (Some(project), None) => Ok(Scope::ProjectName(&project.name)),
        (None, Some(domain)) if !domain.id.is_empty() => Ok(Scope::DomainId(&domain.id)),
        (None, Some(domain)) => Ok(Scope::DomainName(&domain.name)),
        (Some(_), Some(_)) => {
            Err(wrong("auth.scope", Code::NotOneOf, "Name a project or an account, and not both."))
        }
    }
}

fn wrong(field: &'static str, code: Code, message: &'static str) -> OperationError {
    Rejection::invalid(Problem { field, code, message: message.into() }).into()
}

pub(super) fn rejected(failure: AccessError, domain: &str, user: &str) -> OperationError {
    match failure {
        AccessError::Unauthenticated(Unauthenticated::NoSuchScope) => Rejection::UnknownScope.into(),
        AccessError::Unauthenticated(_) => {
            Rejection::WrongPassword { user: format!("{}/{}", for_log(domain), for_log(user)) }.into()
        }
        AccessError::TooManyLogIns { retry_after_seconds } => {
            Rejection::TooManyLogIns { retry_after_seconds }.into()
        }
        AccessError::Internal(fault) => OperationError::internal("logging a user in")(fault),
    }
}

fn of_token(failure: AccessError) -> OperationError {
    match failure {
        AccessError::Unauthenticated(Unauthenticated::NoSuchScope) => Rejection::UnknownScope.into(),
        AccessError::Unauthenticated(_) => Rejection::UnknownToken.into(),
        AccessError::TooManyLogIns { retry_after_seconds } => {
            Rejection::TooManyLogIns { retry_after_seconds }.into()
        }
        AccessError::Internal(fault) => OperationError::internal("exchanging a token")(fault),
    }
}

/// Of a name that anybody may send: one line, and no more than a name needs.
fn for_log(name: &str) -> String {
    const MAX_CHARACTERS: usize = 64;
    let cut: String = name.chars().take(MAX_CHARACTERS).collect();
    cut.escape_debug().to_string()
}

fn answer(method: &str, issued: &IssuedToken) -> v1::CreateTokenResponse {
    let caller = &issued.caller;
    let domain = v1::Domain { id: caller.domain_id.to_string(), name: caller.domain_name.clone() };
    let project = v1::TokenProject {
        id: caller.project_id.to_string(),
        name: caller.project_name.clone(),
        domain: Some(domain.clone()),
    };
    let token = v1::Token {
        methods: vec![method.to_owned()],
        issued_at: calendar(issued.issue_time),
        expires_at: calendar(issued.expire_time),
        project: (!caller.is_of_domain).then_some(project),
        domain: caller.is_of_domain.then(|| domain.clone()),
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
