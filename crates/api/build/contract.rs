//! What the contract says about its services and rpcs, read from their descriptors.

use std::error::Error;

use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, ServiceDescriptor, Value,
};
use prost_types::FileDescriptorProto;

/// Where the comment above `package` stands: the number of that field in a described file.
const PACKAGE_STATEMENT: i32 = 2;

/// Characters of the largest value.
const SMALL_TEXT: u64 = 65_536;

pub struct Service {
    pub name: String,
    pub full_name: String,
    /// What its file says of itself.
    pub comment: String,
    pub rpcs: Vec<Rpc>,
}

pub struct Rpc {
    pub name: String,
    pub service: String,
    pub comment: String,
    pub input: String,
    pub output: String,
    /// An answer without members has no body.
    pub empty: bool,
    pub verb: String,
    pub path: String,
    pub in_path: Vec<PathField>,
    pub in_query: bool,
    /// It takes the safeguards of a change.
    pub change: bool,
    pub travels: Travels,
    pub answer_size: AnswerSize,
    pub body: Body,
    pub request_headers: Vec<HeaderField>,
    pub response_headers: Vec<(String, String)>,
    /// The permission that its caller needs.
    pub permission: String,
    pub audit: String,
    /// Its request names a project, which must be the caller's.
    pub has_project: bool,
    pub strict: Strict,
    pub anonymous: bool,
    /// It changes something, and so must not be done again when a signed request is sent again.
    pub once: bool,
    pub success_status: u16,
    /// The variant of `ErrorForm`.
    pub errors: &'static str,
}

pub struct PathField {
    pub name: String,
    pub comment: String,
    pub pattern: Option<String>,
}

/// A field that REST carries in a request header.
pub struct HeaderField {
    pub name: String,
    pub header: String,
    pub comment: String,
}

/// Whether a request may have unknown members.
pub enum Strict {
    No,
    Always,
    /// Not with one of these members.
    With(Vec<String>),
}

/// What bounds the size of an answer.
pub enum AnswerSize {
    /// It has no list of messages and no text longer than a value, or comes in parts.
    Small,
    /// The number of items that the request asks for in its field `limit`.
    Limit,
    /// The number of elements of this list of the request, each answered with a value or an outcome.
    List(String),
    /// Nothing in the request.
    Unknown,
}

/// How messages go to and fro.
#[derive(PartialEq, Eq)]
pub enum Travels {
    Once,
    /// One message in, many out.
    Answers,
    /// Many in, many out. Over REST each line is a message of this name.
    BothWays(String),
}

/// What the HTTP body is made of.
pub enum Body {
    Nothing,
    Request,
    /// One field of the request, with the name of its message.
    Field(String, String),
}

impl AnswerSize {
    fn of(input: &MessageDescriptor, output: &MessageDescriptor) -> Self {
        if !output.fields().any(|field| may_be_large(&field)) {
            return Self::Small;
        }
        if input.get_field_by_name("limit").is_some_and(|field| field.kind() == Kind::Int32) {
            return Self::Limit;
        }
        let mut lists = input.fields().filter(|field| field.is_list());
        match (lists.next(), lists.next()) {
            (Some(only), None) => Self::List(only.name().to_owned()),
            _ => Self::Unknown,
        }
    }
}

impl Service {
    pub fn read(service: &ServiceDescriptor) -> Result<Self, Box<dyn Error>> {
        let rpcs = service.methods().map(|method| Rpc::read(&method)).collect::<Result<_, _>>()?;
        let comment = comment(service.parent_file().file_descriptor_proto(), &[PACKAGE_STATEMENT]);
        Ok(Self { name: service.name().to_owned(), full_name: service.full_name().to_owned(), comment, rpcs })
    }
}

impl Rpc {
    fn read(method: &MethodDescriptor) -> Result<Self, Box<dyn Error>> {
        let missing = |what: &str| format!("{} has no {what}", method.full_name());
        let http = option(method, "google.api.http").ok_or(missing("google.api.http option"))?;
        let access = option(method, "strongroom.v1.access").ok_or(missing("access option"))?;
        let rest = option(method, "strongroom.v1.rest");
        let verbs = ["get", "put", "post", "delete", "patch"];
        let verb = verbs.into_iter().find(|verb| http.has_field_by_name(verb)).ok_or(missing("HTTP path"))?;
        let path = text(&http, verb);
        let (input, output) = (method.input(), method.output());
        let in_path: Vec<_> = input
            .fields()
            .filter(|field| path.contains(&format!("{{{}}}", field.name())))
            .map(|field| PathField {
                name: field.name().to_owned(),
                comment: field_comment(&field),
                pattern: pattern(&field),
            })
            .collect();
        let request_headers: Vec<_> = input
            .fields()
            .filter_map(|field| {
                let header = header(&field, "request_header")?;
                Some(HeaderField { name: field.name().to_owned(), header, comment: field_comment(&field) })
            })
            .collect();
        let elsewhere = in_path.len() + request_headers.len();
        let body = match text(&http, "body").as_str() {
            "" => Body::Nothing,
            "*" => Body::Request,
            field => {
                let kind = input.get_field_by_name(field).ok_or(missing("field of its body"))?.kind();
                let message = kind.as_message().ok_or(missing("message in its body"))?.name().to_owned();
                Body::Field(field.to_owned(), message)
            }
        };
        let anonymous = matches!(value(&access, "anonymous"), Some(Value::Bool(true)));
        Ok(Self {
            name: method.name().to_owned(),
            service: method.parent_service().name().to_owned(),
            comment: comment(method.parent_file().file_descriptor_proto(), method.path()),
            input: input.name().to_owned(),
            output: output.name().to_owned(),
            empty: output.fields().all(|field| header(&field, "response_header").is_some()),
            in_query: match &body {
                Body::Nothing => input.fields().len() > elsewhere,
                Body::Field(..) => input.fields().len() > elsewhere + 1,
                Body::Request => false,
            },
            change: ["dry_run", "dry_run_token", "request_id"]
                .iter()
                .all(|field| input.get_field_by_name(field).is_some()),
            travels: match (method.is_client_streaming(), method.is_server_streaming()) {
                (false, false) => Travels::Once,
                (false, true) => Travels::Answers,
                (true, true) => {
                    Travels::BothWays(line(&input).ok_or(missing("list of the option one_a_line"))?)
                }
                (true, false) => {
                    return Err(missing("stream of answers, which a stream of requests needs").into());
                }
            },
            answer_size: match anonymous || method.is_server_streaming() {
                true => AnswerSize::Small,
                false => AnswerSize::of(&input, &output),
            },
            verb: verb.to_owned(),
            path,
            in_path,
            body,
            request_headers,
            response_headers: output
                .fields()
                .filter_map(|field| Some((field.name().to_owned(), header(&field, "response_header")?)))
                .collect(),
            once: !text(&access, "audit").is_empty()
                && !matches!(value(&access, "read_only"), Some(Value::Bool(true))),
            permission: text(&access, "permission"),
            audit: text(&access, "audit"),
            has_project: input.get_field_by_name("project_id").is_some(),
            strict: strict(&access),
            anonymous,
            success_status: match rest.as_ref().and_then(|rest| value(rest, "success_status")) {
                Some(Value::U32(status)) if status != 0 => u16::try_from(status)?,
                _ => 200,
            },
            errors: match rest.as_ref().and_then(|rest| value(rest, "errors")) {
                Some(Value::EnumNumber(1)) => "Keystone",
                Some(Value::EnumNumber(2)) => "Nested",
                _ => "Flat",
            },
        })
    }
}

fn strict(access: &DynamicMessage) -> Strict {
    let names: Vec<_> = match value(access, "strict_with") {
        Some(Value::List(names)) => {
            names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    };
    match value(access, "strict") {
        Some(Value::Bool(true)) => Strict::Always,
        _ if names.is_empty() => Strict::No,
        _ => Strict::With(names),
    }
}

fn option(method: &MethodDescriptor, name: &str) -> Option<DynamicMessage> {
    let extension = method.parent_pool().get_extension_by_name(name)?;
    let options = method.options();
    options.has_extension(&extension).then(|| options.get_extension(&extension).as_message().cloned())?
}

fn field_option(field: &FieldDescriptor, name: &str) -> Option<Value> {
    let extension = field.parent_pool().get_extension_by_name(name)?;
    let options = field.options();
    options.has_extension(&extension).then(|| options.get_extension(&extension).into_owned())
}

/// What REST takes one a line of a streamed request.
fn line(input: &MessageDescriptor) -> Option<String> {
    let list = input.fields().find(|field| field_option(field, "strongroom.v1.one_a_line").is_some())?;
    Some(list.kind().as_message()?.name().to_owned())
}

/// The header of the option `request_header` or `response_header`.
fn header(field: &FieldDescriptor, option: &str) -> Option<String> {
    field_option(field, &format!("strongroom.v1.{option}"))?.as_str().map(str::to_owned)
}

fn field_comment(field: &FieldDescriptor) -> String {
    comment(field.parent_file().file_descriptor_proto(), field.path()).replace("\n ", " ")
}

/// Answers without such a field take some kilobytes, and a value.
fn may_be_large(field: &FieldDescriptor) -> bool {
    let longest = field_option(field, "buf.validate.field")
        .and_then(|rules| value(value(rules.as_message()?, "string")?.as_message()?, "max_len"))
        .and_then(|longest| longest.as_u64())
        .unwrap_or_default();
    longest > SMALL_TEXT || field.is_list() && field.kind().as_message().is_some()
}

fn pattern(field: &FieldDescriptor) -> Option<String> {
    let rules = field_option(field, "buf.validate.field")?;
    let rules = value(rules.as_message()?, "string")?;
    Some(text(rules.as_message()?, "pattern")).filter(|pattern| !pattern.is_empty())
}

fn value(message: &DynamicMessage, field: &str) -> Option<Value> {
    message.get_field_by_name(field).map(|value| value.into_owned())
}

fn text(message: &DynamicMessage, field: &str) -> String {
    value(message, field).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn comment(file: &FileDescriptorProto, path: &[i32]) -> String {
    let mut locations = file.source_code_info.iter().flat_map(|info| &info.location);
    let found = locations.find(|location| location.path == path);
    found.map(|location| location.leading_comments().trim_end().to_owned()).unwrap_or_default()
}
