//! Writes the doors: for each rpc of the contract its gRPC adapter, its REST handler and its OpenAPI description.

#![allow(
    clippy::disallowed_methods,
    reason = "cargo tells build scripts where to write through the environment"
)]
#![allow(clippy::wildcard_enum_match_arm, reason = "the kinds of protobuf are not ours")]

use std::{env, error::Error, fmt::Write, fs, path::Path};

use prost::Message;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, MethodDescriptor, ServiceDescriptor, Value,
};

const PACKAGE: &str = "strongroom.v1";

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::var("DEP_STRONGROOM_CONTRACT_DESCRIPTORS")?;
    println!("cargo::rerun-if-changed={path}");
    let set = fs::read(path)?;
    let out = env::var("OUT_DIR")?;

    let mut files = prost_types::FileDescriptorSet::decode(set.as_slice())?;
    files.file.retain(|file| file.package() == PACKAGE);
    tonic_prost_build::configure()
        .build_transport(false)
        .out_dir(&out)
        .extern_path(".strongroom.v1", "::strongroom_contract::v1")
        .compile_fds(files)?;

    let pool = DescriptorPool::decode(set.as_slice())?;
    let [mut facts, mut grpc, mut rest, mut routes, mut services] = [const { String::new() }; 5];
    for service in pool.services().filter(|service| service.package_name() == PACKAGE) {
        write_service(&service, &mut grpc, &mut services)?;
        for method in service.methods() {
            let rpc = Rpc::read(&method)?;
            rpc.write_facts(&mut facts)?;
            rpc.write_rest(&mut rest)?;
            writeln!(routes, "        .routes(utoipa_axum::routes!({}))", rpc.function)?;
        }
    }
    let names: Vec<_> = pool
        .services()
        .filter(|service| service.package_name() == PACKAGE)
        .map(|service| format!("{:?}", service.full_name()))
        .collect();
    let names = names.join(", ");
    let doors = format!(
        "{facts}\npub(crate) mod adapters {{ use super::*;\n{grpc}}}\n\
         #[allow(clippy::all, unused_variables, unused_mut, reason = \"generated\")]\npub(crate) mod handlers {{ use super::*; use axum::{{extract::Request, response::Response}}; use crate::rest::{{json, query, segment}};\n{rest}\n\
         pub(crate) fn routes() -> utoipa_axum::router::OpenApiRouter<Doors> {{\n    utoipa_axum::router::OpenApiRouter::default()\n{routes}}}\n}}\n\
         pub(crate) const SERVICES: &[&str] = &[{names}];\n\
         pub(crate) fn services(doors: &Doors, limit: usize) -> tonic::service::Routes {{\n    tonic::service::Routes::default()\n{services}}}\n"
    );
    Ok(fs::write(Path::new(&out).join("doors.rs"), doors)?)
}

fn write_service(
    service: &ServiceDescriptor,
    grpc: &mut String,
    services: &mut String,
) -> Result<(), Box<dyn Error>> {
    let (name, module) = (service.name(), snake(service.name()));
    writeln!(
        services,
        "        .add_service(grpc::{module}_server::{name}Server::new(doors.clone()).max_decoding_message_size(limit))"
    )?;
    writeln!(grpc, "#[tonic::async_trait]\nimpl grpc::{module}_server::{name} for Doors {{")?;
    for method in service.methods() {
        let (function, constant) = (snake(method.name()), snake(method.name()).to_uppercase());
        let answer = match Rpc::read(&method)?.anonymous {
            true => format!("self.operations.{function}(request.into_inner()).await.map_err(Refused::from)"),
            false => format!(
                "match visit.admit_grpc(request).await {{ Ok((call, request)) => self.operations.{function}(&call, request).await.map_err(Refused::from), Err(refused) => Err(refused) }}"
            ),
        };
        writeln!(
            grpc,
            "    async fn {function}(&self, request: tonic::Request<v1::{}>) -> Result<tonic::Response<v1::{}>, tonic::Status> {{\n\
             \x20       let visit = self.visit(&{constant}, Door::of_grpc(&request));\n\
             \x20       let answer = {answer};\n\
             \x20       visit.leave_grpc(answer)\n    }}",
            method.input().name(),
            method.output().name()
        )?;
    }
    Ok(writeln!(grpc, "}}")?)
}

/// What the contract says about one rpc.
struct Rpc {
    method: MethodDescriptor,
    function: String,
    verb: String,
    path: String,
    body: String,
    permission: String,
    audit: String,
    anonymous: bool,
    status: u64,
    keystone: bool,
}

impl Rpc {
    fn read(method: &MethodDescriptor) -> Result<Self, Box<dyn Error>> {
        let name = method.full_name();
        let http =
            option(method, "google.api.http").ok_or(format!("{name} has no google.api.http option"))?;
        let access = option(method, "strongroom.v1.access").ok_or(format!("{name} has no access option"))?;
        let rest = option(method, "strongroom.v1.rest");
        let verb =
            ["get", "put", "post", "delete", "patch"].into_iter().find(|verb| http.has_field_by_name(verb));
        let verb = verb.ok_or(format!("{name} has no HTTP path"))?;
        let status = rest.as_ref().map_or(0, |rest| number(rest, "success_status"));
        Ok(Self {
            method: method.clone(),
            function: snake(method.name()),
            verb: verb.to_owned(),
            path: text(&http, verb),
            body: text(&http, "body"),
            permission: text(&access, "permission"),
            audit: text(&access, "audit"),
            anonymous: access
                .get_field_by_name("anonymous")
                .and_then(|value| value.as_bool())
                .unwrap_or_default(),
            status: if status == 0 { 200 } else { status },
            keystone: rest.is_some_and(|rest| number(&rest, "errors") == 1),
        })
    }

    fn write_facts(&self, out: &mut String) -> Result<(), Box<dyn Error>> {
        let Self { audit, status, keystone, .. } = self;
        Ok(writeln!(
            out,
            "pub(crate) static {}: Rpc = Rpc {{ name: {:?}, audit: {audit:?}, success_status: {status}, keystone: {keystone} }};",
            self.function.to_uppercase(),
            self.method.name(),
        )?)
    }

    fn write_rest(&self, out: &mut String) -> Result<(), Box<dyn Error>> {
        let (function, input, output) = (&self.function, self.method.input(), self.method.output());
        let message = match self.body.as_str() {
            "" if self.verb == "get" => "query(&parts)?".to_owned(),
            "" => format!("v1::{}::default()", input.name()),
            "*" => "json(&parts, &body)?".to_owned(),
            field => format!(
                "v1::{} {{ {field}: Some(json(&parts, &body)?), ..Default::default() }}",
                input.name()
            ),
        };
        let in_path: Vec<_> =
            input.fields().filter(|field| self.path.contains(&format!("{{{}}}", field.name()))).collect();
        let mut fill = String::new();
        for name in in_path.iter().map(|field| field.name().to_owned()) {
            writeln!(fill, "        request.{name} = segment(&path, {name:?})?;")?;
        }
        let (admitted, arguments) = match self.anonymous {
            true => ("let (parts, body) = visit.admit_anyone(request).await?;", "request"),
            false => ("let (call, parts, body) = visit.admit_rest(request).await?;", "&call, request"),
        };
        let headers: Vec<_> =
            output.fields().filter_map(|field| Some((field.name().to_owned(), header(&field)?))).collect();
        let carried: Vec<_> =
            headers.iter().map(|(field, header)| format!("({header:?}, answer.{field}.as_str())")).collect();
        let carried = if carried.is_empty() {
            "|_| Vec::new()".to_owned()
        } else {
            format!("|answer| vec![{}]", carried.join(", "))
        };
        let empty = output.fields().len() == 0;
        writeln!(out, "{}", self.openapi(&in_path, empty, &headers))?;
        writeln!(
            out,
            "pub(crate) async fn {function}(State(doors): State<Doors>, path: RawPathParams, request: Request) -> Response {{\n\
             \x20   let visit = doors.visit(&{constant}, Door::Rest);\n\
             \x20   let answer: Result<_, Refused> = async {{\n\
             \x20       {admitted}\n\
             \x20       let mut request: v1::{input} = {message};\n{fill}\
             \x20       Ok(doors.operations.{function}({arguments}).await?)\n    }}.await;\n\
             \x20   visit.leave_rest(answer, {empty}, {carried})\n}}",
            constant = function.to_uppercase(),
            input = input.name(),
        )?;
        Ok(())
    }

    /// The rpc's comment and its `utoipa::path` attribute.
    fn openapi(&self, in_path: &[FieldDescriptor], empty: bool, headers: &[(String, String)]) -> String {
        let mut words: Vec<String> = comment(&self.method).lines().map(|line| format!("///{line}")).collect();
        if !self.permission.is_empty() {
            words.push(format!("///\n/// Permission: `{}`.", self.permission));
        }
        let mut params: Vec<_> = in_path
            .iter()
            .map(|field| {
                format!(
                    "({:?} = String, Path, description = {:?}{})",
                    field.name(),
                    field_comment(field),
                    pattern(field)
                )
            })
            .collect();
        if self.verb == "get" && self.method.input().fields().len() > in_path.len() {
            params.push(format!("v1::{}", self.method.input().name()));
        }
        let body = match self.body.as_str() {
            "" => String::new(),
            "*" => format!(", request_body = v1::{}", self.method.input().name()),
            field => {
                let inner = self
                    .method
                    .input()
                    .get_field_by_name(field)
                    .and_then(|field| field.kind().as_message().map(|inner| inner.name().to_owned()));
                format!(", request_body = v1::{}", inner.unwrap_or_default())
            }
        };
        let content =
            if empty { String::new() } else { format!(", body = v1::{}", self.method.output().name()) };
        let headers: String =
            headers.iter().map(|(_, header)| format!(", headers(({header:?} = String))")).collect();
        let errors = if self.keystone { "KeystoneErrors" } else { "FlatErrors" };
        let security =
            if self.anonymous { "security(())" } else { "security((\"token\" = []), (\"signature\" = []))" };
        format!(
            "{}\n#[utoipa::path({}, path = {:?}, tag = {:?}, operation_id = {:?}, params({}){body}, responses((status = {}, description = \"Done.\"{content}{headers}), {errors}), {security})]",
            words.join("\n"),
            self.verb,
            self.path,
            self.method.parent_service().name(),
            self.function,
            params.join(", "),
            self.status,
        )
    }
}

fn option(method: &MethodDescriptor, name: &str) -> Option<DynamicMessage> {
    let extension = method.parent_pool().get_extension_by_name(name)?;
    let options = method.options();
    options.has_extension(&extension).then(|| options.get_extension(&extension).as_message().cloned())?
}

fn header(field: &FieldDescriptor) -> Option<String> {
    let extension = field.parent_pool().get_extension_by_name("strongroom.v1.response_header")?;
    let options = field.options();
    options
        .has_extension(&extension)
        .then(|| options.get_extension(&extension).as_str().map(str::to_owned))?
}

fn pattern(field: &FieldDescriptor) -> String {
    let rules = field
        .parent_pool()
        .get_extension_by_name("buf.validate.field")
        .map(|rules| field.options().get_extension(&rules).into_owned());
    let Some(Value::Message(rules)) = rules else { return String::new() };
    let Some(Value::Message(rules)) = rules.get_field_by_name("string").map(|value| value.into_owned())
    else {
        return String::new();
    };
    let pattern = text(&rules, "pattern");
    if pattern.is_empty() { pattern } else { format!(", pattern = r\"{pattern}\"") }
}

fn text(message: &DynamicMessage, field: &str) -> String {
    message.get_field_by_name(field).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn number(message: &DynamicMessage, field: &str) -> u64 {
    let value = message.get_field_by_name(field).map(|value| value.into_owned());
    match value {
        Some(Value::U32(number)) => number.into(),
        Some(Value::EnumNumber(number)) => number.unsigned_abs().into(),
        _ => 0,
    }
}

fn comment(method: &MethodDescriptor) -> String {
    comment_at(method.parent_file().file_descriptor_proto(), method.path())
}

fn field_comment(field: &FieldDescriptor) -> String {
    comment_at(field.parent_file().file_descriptor_proto(), field.path()).trim().replace("\n ", " ")
}

fn comment_at(file: &prost_types::FileDescriptorProto, path: &[i32]) -> String {
    let locations = file.source_code_info.iter().flat_map(|info| &info.location);
    locations
        .filter(|location| location.path == path)
        .map(|location| location.leading_comments().to_owned())
        .collect()
}

fn snake(name: &str) -> String {
    let spread = name
        .chars()
        .flat_map(|letter| letter.is_uppercase().then_some('_').into_iter().chain(letter.to_lowercase()));
    spread.collect::<String>().trim_start_matches('_').to_owned()
}
