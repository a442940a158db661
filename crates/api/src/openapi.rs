//! The API description: what the handlers say of themselves, with the errors and the ways to prove who one is.

use serde::Serialize;
use strongroom_contract::v1::Problem;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::openapi::tag::{Tag, TagBuilder};
use utoipa::openapi::{HeaderBuilder, ObjectBuilder, OpenApi as OpenApiDocument, Ref, RefOr, Type};
use utoipa::{Modify, OpenApi, ToSchema};

use crate::{TAGS, handlers};

/// Why there is no answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct ErrorBody {
    /// Documented code, for programs. Those of this server begin with `STRONGROOM`: 0001, the store cannot be written and
    /// nothing was changed (503); 0002, the disk failed while the change was made durable, so its outcome is not known
    /// (500); 0003, a part of the store that this needs is damaged (500); 0004, the clock of the server is in doubt (503);
    /// 0005, other requests changed the same records again and again, so nothing was changed (409).
    pub(crate) error_code: String,
    /// Documented text of the code.
    #[schema(max_length = 512)]
    pub(crate) error_msg: String,
    /// What is, and what to do.
    pub(crate) detail: String,
    /// What is wrong, field by field; empty when no field is to blame.
    pub(crate) problems: Vec<Problem>,
    /// Identifier of the request, 32 hexadecimal digits; also in the header `X-Request-Id`.
    pub(crate) request_id: String,
}

/// Why there is no answer, as some families of paths say it.
#[derive(Serialize, ToSchema)]
pub(crate) struct NestedBody {
    pub(crate) error: ErrorBody,
}

/// Who calls is not known, in a family of paths whose errors are nested: once as a gateway in front says it, at the top, and
/// once as the family does.
#[derive(Serialize, ToSchema)]
pub(crate) struct NestedUnauthorizedBody {
    /// Documented code, for programs.
    pub(crate) error_code: String,
    /// Documented text of the code.
    #[schema(max_length = 512)]
    pub(crate) error_msg: String,
    /// What is, and what to do.
    pub(crate) detail: String,
    /// Identifier of the request, 32 hexadecimal digits; also in the header `X-Request-Id`.
    pub(crate) request_id: String,
    pub(crate) error: ErrorBody,
}

/// Why there is no answer, as identity services say it.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeystoneBody {
    pub(crate) error: KeystoneError,
}

#[derive(Serialize, ToSchema)]
pub(crate) struct KeystoneError {
    /// The HTTP status.
    pub(crate) code: u16,
    /// What is, and what to do.
    pub(crate) message: String,
    /// Name of the HTTP status.
    pub(crate) title: String,
}

#[derive(utoipa::IntoResponses)]
#[allow(dead_code, reason = "describes answers; the table in `error` makes them")]
pub(crate) enum FlatErrors {
    /// The request is not as it should be, or the state of the secret does not allow it.
    #[response(status = 400)]
    BadRequest(ErrorBody),
    /// No credentials, or wrong ones.
    #[response(status = 401)]
    Unauthorized(ErrorBody),
    /// The credentials are for another project.
    #[response(status = 403)]
    Forbidden(ErrorBody),
    /// There is no such thing.
    #[response(status = 404)]
    NotFound(ErrorBody),
    /// Other requests changed the same records again and again, so nothing was changed. Send the request again.
    #[response(status = 409)]
    Conflict(ErrorBody),
    /// Too much at the same time, of this caller or of all. The header Retry-After says how many seconds to wait.
    #[response(status = 429)]
    TooManyRequests(ErrorBody),
    /// The server failed; the request id leads to its log.
    #[response(status = 500)]
    Internal(ErrorBody),
    /// A gateway in front of the server cannot reach it. The server itself never answers this.
    #[response(status = 502)]
    BadGateway(ErrorBody),
    /// The store cannot be written at the moment, or the clock is in doubt and what was asked for destroys something.
    #[response(status = 503)]
    Unavailable(ErrorBody),
    /// A gateway in front of the server waited too long for it. The server itself never answers this.
    #[response(status = 504)]
    GatewayTimeout(ErrorBody),
}

#[derive(utoipa::IntoResponses)]
#[allow(dead_code, reason = "describes answers; the table in `error` makes them")]
pub(crate) enum NestedErrors {
    /// The request is not as it should be, or the state of the secret does not allow it.
    #[response(status = 400)]
    BadRequest(NestedBody),
    /// No credentials, or wrong ones: told at the top, as everywhere, and inside `error`.
    #[response(status = 401)]
    Unauthorized(NestedUnauthorizedBody),
    /// The credentials are for another project.
    #[response(status = 403)]
    Forbidden(NestedBody),
    /// There is no such thing.
    #[response(status = 404)]
    NotFound(NestedBody),
    /// Other requests changed the same records again and again, so nothing was changed. Send the request again.
    #[response(status = 409)]
    Conflict(NestedBody),
    /// Too much at the same time, of this caller or of all. The header Retry-After says how many seconds to wait.
    #[response(status = 429)]
    TooManyRequests(NestedBody),
    /// The server failed; the request id leads to its log.
    #[response(status = 500)]
    Internal(NestedBody),
    /// A gateway in front of the server cannot reach it. The server itself never answers this.
    #[response(status = 502)]
    BadGateway(NestedBody),
    /// The store cannot be written at the moment, or the clock is in doubt and what was asked for destroys something.
    #[response(status = 503)]
    Unavailable(NestedBody),
    /// A gateway in front of the server waited too long for it. The server itself never answers this.
    #[response(status = 504)]
    GatewayTimeout(NestedBody),
}

#[derive(utoipa::IntoResponses)]
#[allow(dead_code, reason = "describes answers; the table in `error` makes them")]
pub(crate) enum KeystoneErrors {
    /// The request is not as it should be.
    #[response(status = 400)]
    BadRequest(KeystoneBody),
    /// No credentials, or wrong ones.
    #[response(status = 401)]
    Unauthorized(KeystoneBody),
    /// The credentials are for another project or another user.
    #[response(status = 403)]
    Forbidden(KeystoneBody),
    /// There is no such thing.
    #[response(status = 404)]
    NotFound(KeystoneBody),
    /// Other requests changed the same records again and again, so nothing was changed. Send the request again.
    #[response(status = 409)]
    Conflict(KeystoneBody),
    /// Too many log-ins wait, or had a wrong password. The header Retry-After says how many seconds to wait.
    #[response(status = 429)]
    TooManyRequests(KeystoneBody),
    /// The server failed; the request id leads to its log.
    #[response(status = 500)]
    Internal(KeystoneBody),
    /// The store cannot be written at the moment, or the clock is in doubt and what was asked for destroys something.
    #[response(status = 503)]
    Unavailable(KeystoneBody),
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Strongroom",
        version = env!("CARGO_PKG_VERSION"),
        description = "A self-hosted secret manager. Speaks the API of Huawei Cloud's Cloud Secret Management Service.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
        contact(name = "The operator of this server"),
    ),
    servers((url = "/", description = "The server that this description came from.")),
    components(schemas(ErrorBody, NestedBody, NestedUnauthorizedBody, KeystoneBody, KeystoneError)),
    modifiers(&Credentials, &Identifier)
)]
struct Description;

struct Identifier;

impl Modify for Identifier {
    fn modify(&self, description: &mut OpenApiDocument) {
        let digits = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9a-f]{32}$"));
        let header = HeaderBuilder::new()
            .schema(Some(digits))
            .description(Some("Identifier of the request, for the operator; 32 hexadecimal digits."));
        let components = description.components.get_or_insert_default();
        components.headers.insert("RequestId".to_owned(), RefOr::T(header.build()));
    }
}

struct Credentials;

impl Modify for Credentials {
    fn modify(&self, description: &mut OpenApiDocument) {
        let header = |name, text: &str| {
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(name, text)))
        };
        let components = description.components.get_or_insert_default();
        components.add_security_scheme("token", header("X-Auth-Token", "A token of POST /v3/auth/tokens."));
        components.add_security_scheme(
            "signature",
            header(
                "Authorization",
                "A signature made with an access key and its secret key, algorithm SDK-HMAC-SHA256. A signed change is carried \
                 out once: the same signature sent again gets the first answer, or the reason ALREADY_DONE where that is not \
                 kept. To make the same change again, sign it anew with another second in X-Sdk-Date.",
            ),
        );
    }
}

/// The whole description, as it is committed at the root of the repository.
pub fn document() -> OpenApiDocument {
    let description = utoipa_axum::router::OpenApiRouter::with_openapi(Description::openapi());
    let mut document = description.merge(handlers::routes()).into_openapi();
    document.tags = Some(TAGS.iter().map(|(name, about)| tag(name, about)).collect());
    for path in document.paths.paths.values_mut() {
        for operation in [&mut path.get, &mut path.put, &mut path.post, &mut path.delete, &mut path.patch] {
            operation.iter_mut().for_each(identified);
        }
    }
    document
}

fn tag(name: &str, about: &str) -> Tag {
    TagBuilder::new().name(name).description(Some(about)).build()
}

/// Every answer of an operation carries an identifier.
fn identified(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            let header = Ref::new("#/components/headers/RequestId");
            response.headers.insert("X-Request-Id".to_owned(), RefOr::Ref(header));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// What generators make of the name of a schema beside the type itself: constructors in Go, unions in others.
    #[test]
    fn no_schema_is_named_like_what_generators_make_of_another() {
        let components = document().components.unwrap();
        let names: BTreeSet<_> = components.schemas.keys().cloned().collect();
        assert!(names.contains("SecretToCreate") && names.contains("AccessKeyToCreate"), "{names:?}");
        let lower: BTreeSet<_> = names.iter().map(|name| name.to_lowercase()).collect();
        assert_eq!(lower.len(), names.len(), "two names differ by case only");
        for name in &names {
            for made in [
                format!("New{name}"),
                format!("New{name}WithDefaults"),
                format!("Nullable{name}"),
                format!("NewNullable{name}"),
                format!("Api{name}Request"),
                format!("{name}OneOf"),
                format!("{name}Inner"),
                format!("{name}Builder"),
            ] {
                assert!(!names.contains(&made), "{made} is what a generator makes of {name}");
            }
        }
        // Every operation has a description, and its name is a name in any language.
        let mut operations = BTreeSet::new();
        for item in document().paths.paths.values() {
            for operation in [&item.get, &item.put, &item.post, &item.delete].into_iter().flatten() {
                let id = operation.operation_id.clone().unwrap();
                assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{id}");
                assert!(operation.summary.is_some() || operation.description.is_some(), "{id}");
                assert!(operations.insert(id));
            }
        }
    }
}
