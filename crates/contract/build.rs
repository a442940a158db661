//! Compiles `proto/` into Rust types that are also the REST bodies and the OpenAPI schemas.

#![allow(
    clippy::disallowed_methods,
    reason = "cargo tells build scripts where to write through the environment"
)]
#![allow(clippy::wildcard_enum_match_arm, reason = "the kinds of protobuf are not ours")]

use std::{collections::BTreeSet, env, error::Error, fmt::Write, fs, path::Path};

use prost::Message;
use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, Value,
};

const PROTO: &str = "../../proto";
const PACKAGE: &str = "strongroom.v1";
/// Read by build scripts only, so no Rust types are made of it.
const OPTIONS: &str = "/options.proto";

/// The published options that ours stand beside, as far as we use them.
const PUBLISHED: &str = "published";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={PROTO}");
    println!("cargo::rerun-if-changed={PUBLISHED}");
    let out = env::var("OUT_DIR")?;

    let set = compile()?;
    let path = Path::new(&out).join("descriptors.binpb");
    fs::write(&path, &set)?;
    println!("cargo::metadata=descriptors={}", path.display());

    let pool = DescriptorPool::decode(set.as_slice())?;
    let mut config = prost_build::Config::new();
    config.out_dir(&out);
    let mut beside = String::new();
    let mut silent = Vec::new();
    let contract = Contract::read(&pool);
    let files =
        || pool.files().filter(|file| file.package_name() == PACKAGE && !file.name().ends_with(OPTIONS));
    for message in files().flat_map(|file| file.messages().collect::<Vec<_>>()) {
        contract.decorate(&message, &mut config);
        if message.fields().any(|field| redacted(&field)) {
            silent.push(format!(".{}", message.full_name()));
            write!(beside, "{}", debug_without_values(&message))?;
        }
        write!(beside, "{}", safeguards(&message))?;
        write!(beside, "{}", contract.lines(&message))?;
        if contract.sent.contains(message.full_name()) {
            write!(beside, "{}", contract.shape(&message)?)?;
        }
    }
    for spelled in files().flat_map(|file| file.enums().collect::<Vec<_>>()) {
        write!(beside, "{}", spellings(&spelled)?)?;
    }
    config.skip_debug(silent);
    fs::write(Path::new(&out).join("beside.rs"), beside)?;

    let mut compiled = prost_types::FileDescriptorSet::decode(set.as_slice())?;
    compiled.file.retain(|file| file.package() == PACKAGE && !file.name().ends_with(OPTIONS));
    config.compile_fds(compiled)?;
    Ok(())
}

/// Every file of `proto/` with all it imports, options and comments kept.
fn compile() -> Result<Vec<u8>, Box<dyn Error>> {
    let mut compiler = protox::Compiler::new([PROTO, PUBLISHED])?;
    compiler.include_imports(true).include_source_info(true);
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(Path::new(PROTO).join("strongroom/v1"))? {
        names.insert(entry?.file_name().into_string().map_err(|_| "a file name in proto/ is not text")?);
    }
    for name in names {
        compiler.open_file(format!("strongroom/v1/{name}"))?;
    }
    Ok(compiler.encode_file_descriptor_set())
}

/// What the services say about the messages: which are sent in, and how their fields travel.
struct Contract {
    sent: BTreeSet<String>,
    /// Messages of our own that say how all elements of a stream are treated: what they do not know must not be passed
    /// over.
    strict: BTreeSet<String>,
    in_path: BTreeSet<String>,
    /// Fields that are the body by themselves.
    bodies: BTreeSet<String>,
    in_query: BTreeSet<String>,
}

impl Contract {
    fn read(pool: &DescriptorPool) -> Self {
        let mut contract = Self {
            sent: BTreeSet::new(),
            strict: BTreeSet::new(),
            in_path: BTreeSet::new(),
            bodies: BTreeSet::new(),
            in_query: BTreeSet::new(),
        };
        for method in pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
            let rule = extension(pool, "google.api.http", &method.options());
            let rule = rule.as_ref().and_then(Value::as_message);
            let paths: String = ["get", "put", "post", "delete", "patch"]
                .into_iter()
                .filter_map(|verb| Some(rule?.get_field_by_name(verb)?.as_str()?.to_owned()))
                .collect();
            contract.send(&method.input());
            if let Some(list) = one_a_line(&method.input()) {
                contract.strict.insert(method.input().full_name().to_owned());
                for field in method.input().fields().filter(|field| *field != list) {
                    contract.strict.extend(field.kind().as_message().map(|held| held.full_name().to_owned()));
                }
            }
            for field in method.input().fields() {
                if paths.contains(&format!("{{{}}}", field.name())) {
                    contract.in_path.insert(field.full_name().to_owned());
                }
            }
            // As google.api.http has it: what stands neither in the path nor in the body stands in the query.
            let body = rule.and_then(|rule| Some(rule.get_field_by_name("body")?.as_str()?.to_owned()));
            let body = body.unwrap_or_default();
            let in_query = |field: &FieldDescriptor| {
                field.name() != body
                    && !contract.in_path.contains(field.full_name())
                    && !is_header(field, "request_header")
            };
            if body != "*" && method.input().fields().any(|field| in_query(&field)) {
                contract.in_query.insert(method.input().full_name().to_owned());
                let field = method.input().get_field_by_name(&body);
                contract.bodies.extend(field.map(|field| field.full_name().to_owned()));
            }
        }
        contract
    }

    fn send(&mut self, message: &MessageDescriptor) {
        if self.sent.insert(message.full_name().to_owned()) {
            message
                .fields()
                .filter_map(|field| field.kind().as_message().cloned())
                .for_each(|inner| self.send(&inner));
        }
    }

    fn decorate(&self, message: &MessageDescriptor, config: &mut prost_build::Config) {
        let path = format!(".{}", message.full_name());
        config.message_attribute(&path, "#[derive(serde::Serialize, serde::Deserialize)]");
        let form =
            if is_json_list(message) { "#[serde(transparent)]" } else { "#[derive(utoipa::ToSchema)]" };
        config.message_attribute(&path, form);
        if let Some(name) = schema_name(message) {
            config.message_attribute(&path, format!("#[schema(as = {name})]"));
        }
        if self.strict.contains(message.full_name()) {
            config.message_attribute(&path, "#[serde(deny_unknown_fields)]");
        }
        if self.in_query.contains(message.full_name()) {
            config.message_attribute(
                &path,
                "#[derive(utoipa::IntoParams)] #[into_params(parameter_in = Query)]",
            );
        }
        for field in message.fields() {
            for attribute in self.attributes(message, &field) {
                config.field_attribute(format!(".{}", field.full_name()), attribute);
            }
        }
    }

    fn attributes(&self, message: &MessageDescriptor, field: &FieldDescriptor) -> Vec<String> {
        let header = is_header(field, "response_header") || is_header(field, "request_header");
        if header || self.in_path.contains(field.full_name()) {
            let ignored = self.in_query.contains(message.full_name()).then(|| "#[param(ignore)]".to_owned());
            return ["#[serde(skip)]".to_owned()].into_iter().chain(ignored).collect();
        }
        if self.bodies.contains(field.full_name()) {
            return vec!["#[serde(skip_deserializing)]".to_owned(), "#[param(ignore)]".to_owned()];
        }
        let sent = self.sent.contains(message.full_name());
        if is_json_list(message) {
            return sent.then(|| counted_list(field, "")).into_iter().collect();
        }
        let listed = field
            .kind()
            .as_message()
            .filter(|inner| is_json_list(inner))
            .and_then(|inner| inner.fields().next());
        let rules = rules(listed.as_ref().unwrap_or(field));
        let required = rules.iter().any(|rule| rule == "required");
        let mut schema: Vec<String> = rules.into_iter().filter(|rule| rule != "required").collect();
        let mut attributes = Vec::new();
        if sent && !required {
            attributes.push("#[serde(default)]".to_owned());
            if is_number_or_text(field) {
                attributes
                    .push("#[serde(deserialize_with = \"crate::number_or_text::deserialize\")]".to_owned());
            // Some clients write null for what they leave out.
            } else if !field.is_list()
                && !field.supports_presence()
                && !matches!(field.kind(), Kind::Enum(_) | Kind::Message(_))
            {
                attributes.push("#[serde(deserialize_with = \"crate::absent::or_null\")]".to_owned());
            }
        }
        if required
            || (!sent && !field.supports_presence())
            || schema.iter().any(|rule| rule.starts_with("min_length"))
        {
            schema.push("required = true".to_owned());
        }
        match (sent, field.is_list(), &listed, field.kind()) {
            (true, true, ..) => {
                attributes.push(counted_list(field, if required { "" } else { "_or_null" }));
            }
            (true, false, None, Kind::Message(_)) => {
                attributes.push("#[serde(deserialize_with = \"crate::object::optional\")]".to_owned());
            }
            _ => {}
        }
        match (field.kind(), &listed) {
            (Kind::Message(_), Some(listed)) => {
                let item =
                    listed.kind().as_message().map_or("String".to_owned(), |item| item.name().to_owned());
                schema.push(format!("value_type = Option<Vec<{item}>>"));
            }
            (Kind::Enum(spelled), _) => {
                let name = spelled.name();
                attributes.push(format!(
                    "#[serde(serialize_with = \"crate::spelling::serialize::<{name}, _>\", deserialize_with = \"crate::spelling::deserialize::<{name}, _>\")]"
                ));
                schema.push(format!("value_type = {name}"));
            }
            (Kind::Message(inner), None)
                if !field.is_list() && !field.field_descriptor_proto().proto3_optional() =>
            {
                schema.push(format!("value_type = {}, required = {}", inner.name(), !sent));
            }
            _ => {}
        }
        if !schema.is_empty() {
            let place = if self.in_query.contains(message.full_name()) { "param" } else { "schema" };
            attributes.push(format!("#[{place}({})]", schema.join(", ")));
        }
        attributes
    }

    fn shape(&self, message: &MessageDescriptor) -> Result<String, String> {
        let members: String = message.fields().map(|field| self.member(message, &field)).collect();
        shape(message, &members)
    }

    /// What a field is called, and where REST has it.
    fn member(&self, message: &MessageDescriptor, field: &FieldDescriptor) -> String {
        let place = match field {
            _ if is_header(field, "request_header") => "Header",
            _ if self.in_path.contains(field.full_name()) => "Path",
            _ if self.bodies.contains(field.full_name()) => "WholeBody",
            _ if self.in_query.contains(message.full_name()) => "Query",
            _ => "Body",
        };
        let shape = |message: Option<&MessageDescriptor>| match message {
            Some(message) => format!("Some(<{} as crate::shape::Shaped>::SHAPE)", message.name()),
            None => "None".to_owned(),
        };
        let kind = field.kind();
        let inner = kind.as_message();
        let listed = inner.filter(|inner| is_json_list(inner)).and_then(|inner| inner.fields().next());
        let in_json = match &listed {
            Some(listed) => shape(listed.kind().as_message()),
            None => shape(inner),
        };
        let (number, name) = (field.number(), field.name());
        format!(
            "crate::shape::Member {{ number: {number}, name: {name:?}, place: crate::shape::Place::{place}, in_json: {in_json} }},"
        )
    }

    /// A streamed request can be put together from lines.
    fn lines(&self, message: &MessageDescriptor) -> String {
        let Some(list) = one_a_line(message) else { return String::new() };
        let in_body = message.fields().filter(|field| !self.in_path.contains(field.full_name()));
        let members: Vec<_> = in_body.map(|field| field.name().to_owned()).collect();
        let (name, list, line) = (message.name(), list.name().to_owned(), list.kind());
        let line = line.as_message().map_or("String", |line| line.name()).to_owned();
        format!(
            "impl crate::lines::Lines for {name} {{ type Line = {line}; const MEMBERS: &'static [&'static str] = &{members:?}; fn is_named(line: &{line}) -> bool {{ !line.name.is_empty() }} fn push(&mut self, number: i32, mut line: {line}) {{ if line.line == 0 {{ line.line = number; }} self.{list}.push(line); }} }}\n"
        )
    }
}

/// The name of a schema where that of its message would not do: generators for Go call the constructor of `Secret`
/// `NewSecret`.
fn schema_name(message: &MessageDescriptor) -> Option<String> {
    let made = message.name().strip_prefix("New")?;
    let is_taken = message.parent_pool().get_message_by_name(&format!("{PACKAGE}.{made}")).is_some();
    is_taken.then(|| format!("{made}ToCreate"))
}

/// The `buf.validate` rules of a field in the words of OpenAPI.
fn rules(field: &FieldDescriptor) -> Vec<String> {
    let Some(extension) = field.parent_pool().get_extension_by_name("buf.validate.field") else {
        return Vec::new();
    };
    let options = field.options();
    let Value::Message(rules) = options.get_extension(&extension).into_owned() else { return Vec::new() };
    in_openapi(&rules)
}

fn in_openapi(rules: &DynamicMessage) -> Vec<String> {
    let mut words = Vec::new();
    if rules.get_field_by_name("required").and_then(|value| value.as_bool()) == Some(true) {
        words.push("required".to_owned());
    }
    for (kind, rule, word) in [
        ("string", "min_len", "min_length"),
        ("string", "max_len", "max_length"),
        // A character takes at least one byte, so the bound on bytes bounds the characters.
        ("string", "max_bytes", "max_length"),
        ("string", "pattern", "pattern"),
        ("int32", "gte", "minimum"),
        ("int32", "lte", "maximum"),
        ("int64", "gte", "minimum"),
        ("int64", "lte", "maximum"),
        ("repeated", "min_items", "min_items"),
        ("repeated", "max_items", "max_items"),
        ("repeated", "items", ""),
    ] {
        let of_kind = rules.get_field_by_name(kind).and_then(|value| value.as_message().cloned());
        match of_kind
            .filter(|rules| rules.has_field_by_name(rule))
            .and_then(|rules| rules.get_field_by_name(rule).map(|value| value.into_owned()))
        {
            Some(Value::String(text)) => words.push(format!("{word} = r\"{text}\"")),
            Some(Value::U64(number)) => words.push(format!("{word} = {number}")),
            Some(Value::I32(number)) => words.push(format!("{word} = {number}")),
            Some(Value::I64(number)) => words.push(format!("{word} = {number}_i64")),
            // What stands on a list and is no rule of lists holds for each of its items.
            Some(Value::Message(items)) => words.extend(in_openapi(&items)),
            _ => {}
        }
    }
    words
}

/// Whether a field travels in an HTTP header over REST.
fn is_header(field: &FieldDescriptor, option: &str) -> bool {
    extension(field.parent_pool(), &format!("strongroom.v1.{option}"), &field.options()).is_some()
}

/// An option, or nothing when it is not set.
fn extension(pool: &DescriptorPool, name: &str, options: &DynamicMessage) -> Option<Value> {
    let extension = pool.get_extension_by_name(name)?;
    options.has_extension(&extension).then(|| options.get_extension(&extension).into_owned())
}

/// Whether JSON spells the message as the list that is its only field.
fn is_json_list(message: &MessageDescriptor) -> bool {
    is_true(message, "strongroom.v1.json_list")
}

fn is_true(message: &MessageDescriptor, option: &str) -> bool {
    let option = extension(message.parent_pool(), option, &message.options());
    option.and_then(|value| value.as_bool()) == Some(true)
}

fn is_number_or_text(field: &FieldDescriptor) -> bool {
    let option = extension(field.parent_pool(), "strongroom.v1.number_or_text", &field.options());
    option.and_then(|value| value.as_bool()) == Some(true)
}

fn redacted(field: &FieldDescriptor) -> bool {
    field.options().get_field_by_name("debug_redact").and_then(|value| value.as_bool()) == Some(true)
}

/// prost's own `Debug` would print every field, values included.
fn debug_without_values(message: &MessageDescriptor) -> String {
    let name = message.name();
    format!(
        "impl std::fmt::Debug for {name} {{ fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{ f.debug_struct({name:?}).finish_non_exhaustive() }} }}\n"
    )
}

/// A request with the three fields of a change can give them away, and its answer can take the token of a dry run.
fn safeguards(message: &MessageDescriptor) -> String {
    let name = message.name();
    let has = |field| message.get_field_by_name(field).is_some();
    let project = if has("project_id") { "self.project_id.clear();" } else { "" };
    let outcome = match has("outcomes") {
        true => "crate::safeguards::outcome(&self.outcomes)",
        false => "Vec::new()",
    };
    match (has("request_id") && has("dry_run"), has("dry_run_token")) {
        (true, true) => format!(
            "impl crate::safeguards::Change for {name} {{ fn take_safeguards(&mut self) -> crate::safeguards::Safeguards {{ crate::safeguards::Safeguards {{ dry_run: std::mem::take(&mut self.dry_run), dry_run_token: std::mem::take(&mut self.dry_run_token), request_id: std::mem::take(&mut self.request_id) }} }} fn give_safeguards(&mut self, safeguards: crate::safeguards::Safeguards) {{ self.dry_run = safeguards.dry_run; self.dry_run_token = safeguards.dry_run_token; self.request_id = safeguards.request_id; }} fn clear_project(&mut self) {{ {project} }} }}\n"
        ),
        (false, true) => format!(
            "impl crate::safeguards::Changed for {name} {{ fn set_dry_run_token(&mut self, token: String) {{ self.dry_run_token = token; }} fn outcome(&self) -> Vec<u8> {{ {outcome} }} }}\n"
        ),
        (_, false) => String::new(),
    }
}

/// How many elements a list of a request may have: 0 stands for as many as an import may have entries.
fn list_limit(field: &FieldDescriptor) -> String {
    let max_items = rules(field).iter().find_map(|rule| rule.strip_prefix("max_items = ").map(str::to_owned));
    let is_line = extension(field.parent_pool(), "strongroom.v1.one_a_line", &field.options()).is_some();
    match (max_items, is_line) {
        (Some(max_items), _) => max_items,
        (None, true) => "crate::shape::MAX_LINES".to_owned(),
        (None, false) => "0".to_owned(),
    }
}

/// Has serde count the elements of a list of a request.
fn counted_list(field: &FieldDescriptor, or_null: &str) -> String {
    let limit = format!("{{ {} }}", list_limit(field));
    let form = match field.kind() {
        Kind::Message(_) => format!("objects{or_null}::<{limit}, _, _>"),
        _ => format!("texts{or_null}::<{limit}, _>"),
    };
    format!("#[serde(deserialize_with = \"crate::lists::{form}\")]")
}

/// The lists and messages of a message, for those who count elements before they decode.
fn shape(message: &MessageDescriptor, members: &str) -> Result<String, String> {
    let mut fields = String::new();
    for field in message.fields().filter(|field| field.is_list() || matches!(field.kind(), Kind::Message(_)))
    {
        let (element, shape) = match field.kind() {
            Kind::Message(inner) => {
                (inner.name().to_owned(), format!("Some(<{} as crate::shape::Shaped>::SHAPE)", inner.name()))
            }
            Kind::String => ("String".to_owned(), "None".to_owned()),
            _ => return Err(format!("{} is a list of a kind that cannot be counted yet", field.full_name())),
        };
        let list = match (field.is_map(), field.is_list(), list_limit(&field).as_str()) {
            (true, ..) => return Err(format!("{} is a map, which cannot be counted yet", field.full_name())),
            (false, false, _) => "None".to_owned(),
            (false, true, limit) => {
                let limit = match limit {
                    "0" => "crate::shape::Limit::ImportEntries".to_owned(),
                    items => format!("crate::shape::Limit::Items({items})"),
                };
                format!(
                    "Some(crate::shape::List {{ limit: {limit}, element_bytes: size_of::<{element}>() }})"
                )
            }
        };
        let (number, name) = (field.number(), field.name());
        fields.push_str(&format!(
            "crate::shape::Field {{ number: {number}, name: {name:?}, list: {list}, message: {shape} }},"
        ));
    }
    let name = message.name();
    Ok(format!(
        "impl crate::shape::Shaped for {name} {{ const SHAPE: &'static crate::shape::Shape = &crate::shape::Shape {{ fields: &[{fields}], members: &[{members}] }}; }}\n"
    ))
}

/// The list whose elements stand one a line.
fn one_a_line(message: &MessageDescriptor) -> Option<FieldDescriptor> {
    let pool = message.parent_pool();
    message.fields().find(|field| extension(pool, "strongroom.v1.one_a_line", &field.options()).is_some())
}

/// How JSON spells the values of an enum, and its schema.
fn spellings(spelled: &EnumDescriptor) -> Result<String, Box<dyn Error>> {
    let name = spelled.name();
    let prefix = spelled.values().next().ok_or("an enum without values")?.name().replace("UNSPECIFIED", "");
    let table: Vec<_> = spelled
        .values()
        .filter(|value| value.number() != 0)
        .map(|value| {
            let own = extension(spelled.parent_pool(), "strongroom.v1.spelling", &value.options());
            let own = own.and_then(|own| own.as_str().map(str::to_owned));
            let plain = value.name().strip_prefix(&prefix).unwrap_or(value.name());
            let spelling = own.unwrap_or(plain.to_owned());
            format!("({}, {spelling:?})", value.number())
        })
        .collect();
    Ok(format!(
        "impl crate::spelling::Spelled for {name} {{ const SPELLINGS: &'static [(i32, &'static str)] = &[{}]; }}\n\
         impl utoipa::PartialSchema for {name} {{ fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {{ crate::spelling::schema::<{name}>() }} }}\n\
         impl utoipa::ToSchema for {name} {{}}\n",
        table.join(", ")
    ))
}
