//! The transports as Rust code.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::contract::{AnswerSize, Body, Rpc, Service, Strict, Travels};
use crate::streams;

/// Everything of `api.rs`.
pub fn all(services: &[Service]) -> TokenStream {
    let rpcs = || services.iter().flat_map(|service| &service.rpcs);
    let facts = rpcs().map(facts);
    let adapters = services.iter().map(grpc_adapter);
    let handlers = rpcs().map(rest_handler);
    let functions = rpcs().map(function);
    let paths = services.iter().flat_map(|service| {
        service.rpcs.iter().map(|rpc| format!("/{}/{}", service.full_name, rpc.name)).collect::<Vec<_>>()
    });
    let constants = rpcs().map(constant);
    let names = services.iter().map(|service| &service.full_name);
    let tags = services.iter().map(|service| {
        let (name, comment) = (&service.name, service.comment.trim().replace("\n ", " "));
        quote! { (#name, #comment) }
    });
    let servers = services.iter().map(|service| {
        let (module, server) = (module(service), format_ident!("{}Server", service.name));
        // Messages are decoded before they come to tonic, which gets an empty one.
        quote! { grpc::#module::#server::new(api.clone()).max_decoding_message_size(0) }
    });
    quote! {
        #(#facts)*

        /// The services behind the gRPC transport.
        pub(crate) const SERVICES: &[&str] = &[#(#names),*];

        /// The same as the API description groups them, each with what it is about.
        pub(crate) const TAGS: &[(&str, &str)] = &[#(#tags),*];

        pub(crate) fn services(api: &Api) -> tonic::service::Routes {
            tonic::service::Routes::default()#(.add_service(#servers))*
        }

        /// The rpc behind a gRPC path.
        pub(crate) fn rpc_at(path: &str) -> Option<&'static Rpc> {
            match path {
                #(#paths => Some(&#constants),)*
                _ => None,
            }
        }

        mod adapters {
            use super::*;
            use crate::stream;

            #(#adapters)*
        }

        #[allow(clippy::all, unused_variables, unused_mut, reason = "generated")]
        pub(crate) mod handlers {
            use axum::{extract::Request, response::Response};

            use super::*;
            use crate::rest::{Segments, encoded, header, query, segment};
            use crate::{safeguards, strict};
            use crate::stream::{self, lines};

            pub(crate) fn routes() -> utoipa_axum::router::OpenApiRouter<Api> {
                utoipa_axum::router::OpenApiRouter::default()#(.routes(utoipa_axum::routes!(#functions)))*
            }

            #(#handlers)*
        }
    }
}

fn facts(rpc: &Rpc) -> TokenStream {
    let Rpc { name, permission, audit, anonymous, once, success_status, errors, .. } = rpc;
    let (constant, errors) = (constant(rpc), format_ident!("{errors}"));
    let input = format_ident!("{}", rpc.input);
    let needs_project = rpc.service != "Iam";
    let strict = match &rpc.strict {
        Strict::No => quote! { No },
        Strict::Always => quote! { Always },
        Strict::With(names) => quote! { With(&[#(#names),*]) },
    };
    let is_change = rpc.change;
    let (streams_requests, streams_answers) = match rpc.travels {
        Travels::Once => (false, false),
        Travels::Answers => (false, true),
        Travels::BothWays(_) => (true, true),
    };
    quote! {
        pub(crate) static #constant: Rpc = Rpc {
            name: #name,
            permission: #permission,
            audit: #audit,
            anonymous: #anonymous,
            needs_project: #needs_project,
            is_change: #is_change,
            strict: Strict::#strict,
            once: #once,
            success_status: #success_status,
            errors: ErrorForm::#errors,
            shape: <v1::#input as Shaped>::SHAPE,
            streams_requests: #streams_requests,
            streams_answers: #streams_answers,
        };
    }
}

fn grpc_adapter(service: &Service) -> TokenStream {
    let (module, name) = (module(service), format_ident!("{}", service.name));
    let methods = service.rpcs.iter().map(|rpc| {
        if rpc.travels != Travels::Once {
            return streams::adapter(rpc);
        }
        let (function, constant) = (function(rpc), constant(rpc));
        let (input, output) = (format_ident!("{}", rpc.input), format_ident!("{}", rpc.output));
        let (size, project) = (answer_size(rpc), verified_project(rpc));
        let answer = if rpc.anonymous {
            quote! { Ok(self.operations.#function(context.network(), context.message().await?).await?) }
        } else if rpc.change {
            let operation = operation(rpc);
            quote! {
                let (call, request): (_, v1::#input) = context.admit_grpc().await?;
                #project
                let size = context.expect_answer(#size).await?;
                let operations = self.operations.clone();
                self.run(size, async move { Ok(operations.execute(&call, request, #operation).await?) }).await
            }
        } else {
            quote! {
                let (call, request): (_, v1::#input) = context.admit_grpc().await?;
                #project
                let size = context.expect_answer(#size).await?;
                let operations = self.operations.clone();
                self.run(size, async move { Ok(operations.#function(&call, request).await?) }).await
            }
        };
        quote! {
            async fn #function(
                &self,
                request: tonic::Request<v1::#input>,
            ) -> Result<tonic::Response<v1::#output>, tonic::Status> {
                let context = self.context(&#constant, self.grpc_head(request.extensions()));
                let answer: Result<_, ApiError> = async { #answer }.await;
                context.finish_grpc(answer)
            }
        }
    });
    quote! {
        #[tonic::async_trait]
        impl grpc::#module::#name for Api { #(#methods)* }
    }
}

fn rest_handler(rpc: &Rpc) -> TokenStream {
    let (function, constant) = (function(rpc), constant(rpc));
    let input = format_ident!("{}", rpc.input);
    let beside = match rpc.in_query {
        true => quote! { query::<v1::#input>(&parts)? },
        false => quote! { v1::#input::default() },
    };
    let message = match &rpc.body {
        Body::Nothing => quote! { #beside },
        Body::Request => quote! { context.json(&parts, &body).await? },
        Body::Field(field, _) => {
            let field = format_ident!("{field}");
            quote! { v1::#input { #field: Some(context.json(&parts, &body).await?), ..#beside } }
        }
    };
    let (names, segments): (Vec<_>, Vec<_>) =
        rpc.in_path.iter().map(|field| (&field.name, format_ident!("{}", field.name))).unzip();
    let (fields, headers): (Vec<_>, Vec<_>) = rpc
        .request_headers
        .iter()
        .map(|field| (format_ident!("{}", field.name), field.header.as_str()))
        .unzip();
    let (admitted, arguments) = match rpc.anonymous {
        true => (
            quote! { let (parts, body) = context.admit_anyone(request).await?; },
            quote! { context.network(), request },
        ),
        false => (
            quote! { let (call, parts, body) = context.admit_rest(request).await?; },
            quote! { &call, request },
        ),
    };
    let empty = rpc.empty;
    let answer = match rpc.change {
        true => {
            let operation = operation(rpc);
            quote! { operations.execute(&call, request, #operation).await? }
        }
        false if rpc.once && !rpc.anonymous => quote! {{
            operations.reject_repeated(&call).await?;
            operations.#function(#arguments).await?
        }},
        false => quote! { operations.#function(#arguments).await? },
    };
    let answer = match rpc.anonymous {
        true => quote! {
            let operations = &api.operations;
            encoded(#answer, #empty)
        },
        false => {
            let size = answer_size(rpc);
            quote! {
                let size = context.expect_answer(#size).await?;
                let operations = api.operations.clone();
                api.run(size, async move { encoded(#answer, #empty) }).await
            }
        }
    };
    let safeguards = match (rpc.change, rpc.audit.is_empty()) {
        (true, _) => quote! { request = safeguards::given(&parts.uri, &body, request)?; },
        (false, false) => quote! { safeguards::none(&parts.uri, &body)?; },
        (false, true) => quote! {},
    };
    let project = verified_project(rpc);
    let carried = rpc.response_headers.iter().map(|(field, header)| {
        let field = format_ident!("{field}");
        quote! { (#header, answer.#field.as_str()) }
    });
    let openapi = openapi(rpc);
    let answered = match rpc.travels {
        Travels::Once => quote! {
            let answer: Result<_, ApiError> = async {
                #admitted
                let mut request: v1::#input = #message;
                strict::check(&#constant, parts.uri.query().unwrap_or_default(), &body)?;
                #safeguards
                drop(body);
                #(request.#segments = segment(&path, #names)?;)*
                #(request.#fields = header(&parts, #headers)?;)*
                #project
                #answer
            }
            .await;
            context.finish_rest(answer, |answer| vec![#(#carried),*])
        },
        Travels::Answers | Travels::BothWays(_) => streams::handled(rpc, &message),
    };
    quote! {
        #openapi
        pub(crate) async fn #function(
            State(api): State<Api>,
            path: Segments,
            request: Request,
        ) -> Response {
            let context = api.context(&#constant, api.head(Transport::Rest, request.extensions()));
            #answered
        }
    }
}

/// The comment of an rpc and its `utoipa::path` attribute.
fn openapi(rpc: &Rpc) -> TokenStream {
    let words = rpc.comment.lines();
    let (input, output) = (format_ident!("{}", rpc.input), format_ident!("{}", rpc.output));
    let verb = format_ident!("{}", rpc.verb);
    let (path, tag, id, status) = (&rpc.path, &rpc.service, function(rpc).to_string(), rpc.success_status);
    let mut params: Vec<_> = rpc
        .in_path
        .iter()
        .map(|field| {
            let (name, comment) = (&field.name, field.comment.trim());
            let pattern = field.pattern.iter().map(|pattern| quote! { , pattern = #pattern });
            quote! { (#name = String, Path, description = #comment #(#pattern)*) }
        })
        .collect();
    for field in &rpc.request_headers {
        let (header, comment) = (&field.header, field.comment.trim());
        params.push(quote! { (#header = Option<String>, Header, description = #comment) });
    }
    if rpc.in_query {
        params.push(quote! { v1::#input });
    }
    let body = match (&rpc.travels, &rpc.body) {
        (Travels::BothWays(line), _) => {
            let line = format_ident!("{line}");
            quote! { request_body(content = v1::#line, content_type = "application/x-ndjson", description = "One a line."), }
        }
        (Travels::Once | Travels::Answers, Body::Nothing) => quote! {},
        (Travels::Once | Travels::Answers, Body::Request) => quote! { request_body = v1::#input, },
        (Travels::Once | Travels::Answers, Body::Field(_, message)) => {
            let message = format_ident!("{message}");
            quote! { request_body = v1::#message, }
        }
    };
    let content_type = match rpc.travels {
        Travels::Once => quote! {},
        Travels::Answers | Travels::BothWays(_) => quote! { , content_type = "application/x-ndjson" },
    };
    let content = (!rpc.empty).then(|| quote! { , body = v1::#output #content_type });
    let headers = rpc.response_headers.iter().map(|(_, header)| quote! { , headers((#header = String)) });
    let errors = format_ident!("{}Errors", rpc.errors);
    let security = match rpc.anonymous {
        true => quote! { security(()) },
        false => quote! { security(("token" = []), ("signature" = [])) },
    };
    quote! {
        #(#[doc = #words])*
        #[utoipa::path(
            #verb,
            path = #path,
            tag = #tag,
            operation_id = #id,
            params(#(#params),*),
            #body
            responses((status = #status, description = "Done." #content #(#headers)*), #errors),
            #security
        )]
    }
}

/// How large the answer to `request` may be.
fn answer_size(rpc: &Rpc) -> TokenStream {
    match &rpc.answer_size {
        AnswerSize::Small => quote! { AnswerSize::Small },
        AnswerSize::Limit => quote! { AnswerSize::of_limit(request.limit) },
        AnswerSize::List(field) => {
            let field = format_ident!("{field}");
            quote! { AnswerSize::of_list(request.#field.len()) }
        }
        AnswerSize::Unknown => quote! { AnswerSize::Large },
    }
}

/// Rejects a request that names another project than the caller's, before its operation runs.
fn verified_project(rpc: &Rpc) -> TokenStream {
    match rpc.has_project && !rpc.anonymous {
        true => quote! { call.verify_project(&request.project_id)?; },
        false => quote! {},
    }
}

/// The method of an rpc as a function that runs with request options.
fn operation(rpc: &Rpc) -> TokenStream {
    let function = function(rpc);
    quote! {
        |operations, call, request| Box::pin(async move { operations.#function(&call, request).await })
    }
}

fn module(service: &Service) -> Ident {
    format_ident!("{}_server", snake(&service.name))
}

pub fn function(rpc: &Rpc) -> Ident {
    format_ident!("{}", snake(&rpc.name))
}

pub fn constant(rpc: &Rpc) -> Ident {
    format_ident!("{}", snake(&rpc.name).to_uppercase())
}

fn snake(name: &str) -> String {
    let letters = name.chars();
    let spread = letters
        .flat_map(|letter| letter.is_uppercase().then_some('_').into_iter().chain(letter.to_lowercase()));
    spread.collect::<String>().trim_start_matches('_').to_owned()
}
