//! Logging in, and what a token is good for.

use strongroom_access::{Access, AccessError, ClientNetwork, Scope, Unauthenticated};
use strongroom_storage::Timestamp;

use crate::store::{MINUTE, NOW, later, started};

const DAY: i64 = 24 * 60 * MINUTE;

fn reason(failure: AccessError) -> Unauthenticated {
    match failure {
        AccessError::Unauthenticated(reason) => reason,
        other @ (AccessError::TooManyLogIns { .. } | AccessError::Internal(_)) => panic!("{other}"),
    }
}

async fn bearer(access: &Access, token: &str, now: Timestamp) -> Result<(), Unauthenticated> {
    access.bearer(token, now).await.map(drop).map_err(reason)
}

#[tokio::test]
async fn a_token_is_good_for_a_day() {
    let (storage, access, credentials) = started().await;
    let issued = access
        .log_in(ClientNetwork::UNKNOWN, "home", "admin", &credentials.password, Scope::OwnProject, NOW)
        .await
        .unwrap();
    assert_eq!((issued.issue_time, issued.expire_time), (NOW, later(DAY)));

    let caller = access.bearer(&issued.token, NOW).await.unwrap();
    assert_eq!(caller, issued.caller);
    assert_eq!(caller.access_key, None);
    assert_eq!((caller.project_id, caller.domain_id), (credentials.project_id, credentials.domain_id));
    assert_eq!((caller.project_name.as_str(), caller.user_name.as_str()), ("local", "admin"));

    assert!(bearer(&access, &issued.token, later(DAY - 1)).await.is_ok());
    assert_eq!(bearer(&access, &issued.token, later(DAY)).await, Err(Unauthenticated::UnknownToken));

    let stored = storage.view().await.unwrap().expired_tokens(later(DAY), 10).await.unwrap();
    assert_eq!(stored.len(), 1);
    assert!(!format!("{stored:?}").contains(issued.token.as_str()));
}

#[tokio::test]
async fn what_was_never_issued_is_unknown() {
    let (_, access, credentials) = started().await;
    let issued = access
        .log_in(ClientNetwork::UNKNOWN, "home", "admin", &credentials.password, Scope::OwnProject, NOW)
        .await
        .unwrap();
    let changed =
        issued.token.replace(&issued.token[..1], if issued.token.starts_with('x') { "y" } else { "x" });
    let long = "A".repeat(2_000_000);
    for token in ["", "abc", &changed, &long, "\u{0}", &credentials.password] {
        assert_eq!(bearer(&access, token, NOW).await, Err(Unauthenticated::UnknownToken));
    }
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_read_alike() {
    let (_, access, credentials) = started().await;
    let password = credentials.password.as_str();
    let cases = [
        ("home", "admin", "wrong"),
        ("home", "admin", ""),
        ("home", "other", password),
        ("other", "admin", password),
        ("", "", ""),
    ];
    for (domain, user, password) in cases {
        let failure = access
            .log_in(ClientNetwork::UNKNOWN, domain, user, password, Scope::OwnProject, NOW)
            .await
            .err()
            .unwrap();
        assert_eq!(reason(failure), Unauthenticated::WrongPassword, "{domain} {user}");
    }
}

#[tokio::test]
async fn a_scope_is_a_project_of_the_user() {
    let (_, access, credentials) = started().await;
    let (password, id) = (credentials.password.as_str(), credentials.project_id.to_string());
    for scope in [Scope::ProjectId(&id), Scope::ProjectName("local"), Scope::OwnProject] {
        assert!(access.log_in(ClientNetwork::UNKNOWN, "home", "admin", password, scope, NOW).await.is_ok());
    }
    let other = "0123456789abcdef0123456789abcdef";
    for scope in [
        Scope::ProjectId(other),
        Scope::ProjectId(""),
        Scope::ProjectName("other"),
        Scope::ProjectName(""),
        Scope::DomainId(other),
        Scope::DomainId(&id),
        Scope::DomainName("local"),
    ] {
        let failure =
            access.log_in(ClientNetwork::UNKNOWN, "home", "admin", password, scope, NOW).await.err().unwrap();
        assert_eq!(reason(failure), Unauthenticated::NoSuchScope, "{scope:?}");
        // The scope says something only to those who know the password.
        let failure =
            access.log_in(ClientNetwork::UNKNOWN, "home", "admin", "wrong", scope, NOW).await.err().unwrap();
        assert_eq!(reason(failure), Unauthenticated::WrongPassword, "{scope:?}");
    }
}

#[tokio::test]
async fn a_token_is_exchanged_for_one_of_another_scope_that_ends_with_it() {
    let (_, access, credentials) = started().await;
    let password = credentials.password.as_str();
    let id = credentials.domain_id.to_string();
    let of_project = access
        .log_in(ClientNetwork::UNKNOWN, "home", "admin", password, Scope::OwnProject, NOW)
        .await
        .unwrap();
    assert!(!access.bearer(&of_project.token, NOW).await.unwrap().is_of_domain);
    let now = later(MINUTE);
    for scope in [Scope::DomainId(&id), Scope::DomainName("home")] {
        let of_domain = access.exchange_token(&of_project.token, scope, now).await.unwrap();
        assert_eq!((of_domain.issue_time, of_domain.expire_time), (now, later(DAY)));
        assert!(access.bearer(&of_domain.token, now).await.unwrap().is_of_domain);
        assert!(of_domain.caller.is_of_domain);
        let back = access.exchange_token(&of_domain.token, Scope::OwnProject, now).await.unwrap();
        assert!(!access.bearer(&back.token, now).await.unwrap().is_of_domain);
        assert_eq!(bearer(&access, &back.token, later(DAY)).await, Err(Unauthenticated::UnknownToken));
    }
    for (token, scope, expected) in [
        (of_project.token.as_str(), Scope::DomainName("other"), Unauthenticated::NoSuchScope),
        ("", Scope::OwnProject, Unauthenticated::UnknownToken),
        (password, Scope::OwnProject, Unauthenticated::UnknownToken),
    ] {
        assert_eq!(reason(access.exchange_token(token, scope, now).await.err().unwrap()), expected);
    }
    let late = access.exchange_token(&of_project.token, Scope::OwnProject, later(DAY)).await;
    assert_eq!(reason(late.err().unwrap()), Unauthenticated::UnknownToken);
}

#[tokio::test]
async fn expired_tokens_are_removed_and_others_stay() {
    let (storage, access, credentials) = started().await;
    let log_in = |now| {
        access.log_in(ClientNetwork::UNKNOWN, "home", "admin", &credentials.password, Scope::OwnProject, now)
    };
    let old = log_in(NOW).await.unwrap();
    let _also_old = log_in(later(MINUTE)).await.unwrap();
    let young = log_in(later(2 * MINUTE)).await.unwrap();
    assert!(bearer(&access, &old.token, NOW).await.is_ok(), "it is known from here on");

    assert_eq!(access.remove_expired_tokens(later(DAY - 1)).await.unwrap(), 0);
    assert_eq!(access.remove_expired_tokens(later(DAY + MINUTE)).await.unwrap(), 2);
    assert_eq!(access.remove_expired_tokens(later(DAY + MINUTE)).await.unwrap(), 0);
    assert!(bearer(&access, &young.token, later(DAY + MINUTE)).await.is_ok());
    assert!(bearer(&access, &old.token, NOW).await.is_err(), "it is gone, not only expired");
    let left = storage.view().await.unwrap().expired_tokens(later(9 * DAY), 10).await.unwrap();
    assert_eq!(left.len(), 1);
}

#[tokio::test]
async fn a_token_issued_in_the_future_is_rejected() {
    let (_, access, credentials) = started().await;
    let ahead = later(31 * DAY);
    let issued = access
        .log_in(ClientNetwork::UNKNOWN, "home", "admin", &credentials.password, Scope::OwnProject, ahead)
        .await
        .unwrap();
    assert!(bearer(&access, &issued.token, ahead).await.is_ok());
    for (now, is_accepted) in [(later(31 * DAY - 60 * MINUTE), true), (later(30 * DAY), false), (NOW, false)]
    {
        assert_eq!(bearer(&access, &issued.token, now).await.is_ok(), is_accepted, "{now:?}");
    }
}

#[tokio::test]
async fn the_projects_of_a_caller_are_its_own() {
    let (_, access, credentials) = started().await;
    let caller = access.basic(&credentials.access_key, &credentials.secret_key).await.unwrap();
    for name in ["", "local"] {
        let projects = caller.projects(name);
        assert_eq!(projects.len(), 1, "an SDK needs exactly one");
        assert_eq!((projects[0].id, projects[0].domain_id), (credentials.project_id, credentials.domain_id));
        assert_eq!(projects[0].name, "local");
    }
    assert!(caller.projects("other").is_empty());
}

#[test]
fn a_request_can_be_judged_on_any_thread() {
    fn is_send<T: Send>(_: T) {}
    fn is_shared<T: Send + Sync + 'static>() {}
    is_shared::<Access>();
    #[allow(dead_code, reason = "only its type matters")]
    fn futures(access: &Access, head: &strongroom_access::Head<'_>) {
        is_send(access.begin(head, NOW));
        is_send(access.bearer("", NOW));
        is_send(access.basic("", ""));
        is_send(access.log_in(ClientNetwork::UNKNOWN, "", "", "", Scope::OwnProject, NOW));
        is_send(access.remove_expired_tokens(NOW));
    }
}
