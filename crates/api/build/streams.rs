//! The doors of rpcs that stream.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::contract::{Rpc, Travels};
use crate::doors::{constant, function};

/// The method of a streamed rpc in its gRPC service.
pub fn adapter(rpc: &Rpc) -> TokenStream {
    let (function, constant) = (function(rpc), constant(rpc));
    let (input, output) = (format_ident!("{}", rpc.input), format_ident!("{}", rpc.output));
    let kind = format_ident!("{}Stream", rpc.name);
    let (request, sent) = match rpc.travels {
        Travels::BothWays(_) => (
            quote! { tonic::Streaming<v1::#input> },
            quote! { visit.messages().and_then(|messages| Ok(stream::messages(self, messages, visit.charge()?))) },
        ),
        Travels::Once | Travels::Answers => {
            (quote! { v1::#input }, quote! { visit.message().await.map(stream::Sent::<v1::#input>::whole) })
        }
    };
    quote! {
        type #kind = stream::Answers<v1::#output>;

        async fn #function(
            &self,
            request: tonic::Request<#request>,
        ) -> Result<tonic::Response<Self::#kind>, tonic::Status> {
            let visit = self.visit(&#constant, self.grpc_arrival(request.extensions()));
            let sent: Result<_, Refused> = async { Ok((visit.call_grpc()?, #sent?)) }.await;
            let (call, sent) = match sent {
                Ok(sent) => sent,
                Err(refused) => return visit.leave_grpc(Err(refused)),
            };
            let operations = self.operations.clone();
            visit.stream_grpc(sent, |request, answers| async move {
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
    let once = rpc.once.then(|| quote! { doors.operations.reject_repeated(&call).await?; });
    let sent = match rpc.travels {
        Travels::BothWays(_) => quote! {
            safeguards::none(request.uri(), &[])?;
            let (call, body) = visit.admit_rest_lines(request).await?;
            #once
            #(let #segments = segment(&path, #names)?;)*
            let first = move |request: &mut v1::#input| { #(request.#segments = #segments;)* };
            Ok((call, lines(&doors, body, visit.charge()?, first)))
        },
        Travels::Once | Travels::Answers => quote! {
            let (call, parts, body) = visit.admit_rest(request).await?;
            #once
            safeguards::none(&parts.uri, &body)?;
            let mut request: v1::#input = #message;
            drop(body);
            #(request.#segments = segment(&path, #names)?;)*
            Ok((call, stream::Sent::whole(request)))
        },
    };
    quote! {
        let sent: Result<_, Refused> = async { #sent }.await;
        let (call, sent) = match sent {
            Ok(sent) => sent,
            Err(refused) => return visit.refuse(refused),
        };
        let operations = doors.operations.clone();
        visit.stream_rest(sent, |request, answers| async move {
            operations.#function(&call, request, answers).await
        })
        .await
    }
}
