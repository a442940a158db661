//! The transports of rpcs that stream.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::api::{constant, function};
use crate::contract::{Rpc, Travels};

/// The method of a streamed rpc in its gRPC service.
pub fn adapter(rpc: &Rpc) -> TokenStream {
    let (function, constant) = (function(rpc), constant(rpc));
    let (input, output) = (format_ident!("{}", rpc.input), format_ident!("{}", rpc.output));
    let kind = format_ident!("{}Stream", rpc.name);
    let (request, sent) = match rpc.travels {
        Travels::BothWays(_) => (
            quote! { tonic::Streaming<v1::#input> },
            quote! { context.messages().and_then(|messages| Ok(stream::messages(self, messages, context.charge()?))) },
        ),
        Travels::Once | Travels::Answers => {
            (quote! { v1::#input }, quote! { context.message().await.map(stream::Sent::<v1::#input>::whole) })
        }
    };
    quote! {
        type #kind = stream::Answers<v1::#output>;

        async fn #function(
            &self,
            request: tonic::Request<#request>,
        ) -> Result<tonic::Response<Self::#kind>, tonic::Status> {
            let context = self.context(&#constant, self.grpc_head(request.extensions()));
            let sent: Result<_, ApiError> = async { Ok((context.call_grpc()?, #sent?)) }.await;
            let (call, sent) = match sent {
                Ok(sent) => sent,
                Err(rejected) => return context.finish_grpc(Err(rejected)),
            };
            let operations = self.operations.clone();
            context.stream_grpc(sent, |request, answers| async move {
                operations.#function(&call, request, answers).await
            })
        }
    }
}

/// What the REST handler of one does with its request. `message` is the body as a message, where it is one.
pub fn handled(rpc: &Rpc, message: &TokenStream) -> TokenStream {
    let (function, input) = (function(rpc), format_ident!("{}", rpc.input));
    let (names, segments): (Vec<_>, Vec<_>) =
        rpc.in_path.iter().map(|field| (&field.name, format_ident!("{}", field.name))).unzip();
    let once = rpc.once.then(|| quote! { api.operations.reject_repeated(&call).await?; });
    let sent = match rpc.travels {
        Travels::BothWays(_) => quote! {
            safeguards::none(request.uri(), &[])?;
            strict::check_query(context.rpc, &[], request.uri().query().unwrap_or_default())?;
            let (call, body) = context.admit_rest_lines(request).await?;
            #once
            #(let #segments = segment(&path, #names)?;)*
            let first = move |request: &mut v1::#input| { #(request.#segments = #segments;)* };
            Ok((call, lines(context.rpc, &api, body, context.charge()?, first)))
        },
        Travels::Once | Travels::Answers => quote! {
            let (call, parts, body) = context.admit_rest(request).await?;
            #once
            safeguards::none(&parts.uri, &body)?;
            let mut request: v1::#input = #message;
            strict::check(context.rpc, parts.uri.query().unwrap_or_default(), &body)?;
            drop(body);
            #(request.#segments = segment(&path, #names)?;)*
            Ok((call, stream::Sent::whole(request)))
        },
    };
    quote! {
        let sent: Result<_, ApiError> = async { #sent }.await;
        let (call, sent) = match sent {
            Ok(sent) => sent,
            Err(rejected) => return context.reject(rejected),
        };
        let operations = api.operations.clone();
        context.stream_rest(sent, |request, answers| async move {
            operations.#function(&call, request, answers).await
        })
        .await
    }
}
