//! A caller that the server knows, and a way to call any rpc.

use prost::Message;
use strongroom_contract::v1;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;
use tonic::{Request, Streaming};
use tonic_prost::ProstCodec;

use crate::failure::CommandError;

/// Most bytes of an answer. The largest is what became of a batch of 100,000, the most an operator can allow: about 30 MB.
const MAX_ANSWER_BYTES: usize = 256 * 1024 * 1024;

pub struct Session {
    client: Grpc<Channel>,
    token: Option<MetadataValue<Ascii>>,
}

impl Session {
    pub fn new(channel: Channel) -> Self {
        Self { client: Grpc::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES), token: None }
    }

    /// Calls from now on are those of the holder of this token.
    pub fn enter(&mut self, token: &str) -> Result<(), CommandError> {
        let mut token: MetadataValue<Ascii> = token.parse().map_err(|_| {
            CommandError::NotSignedIn(
                "the token is not one that can be sent. Check where it comes from.".to_owned(),
            )
        })?;
        token.set_sensitive(true);
        self.token = Some(token);
        Ok(())
    }

    /// Calls the rpc of this path.
    pub async fn call<Q, A>(&mut self, path: &'static str, request: Q) -> Result<A, CommandError>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.is_ready().await?;
        let request = self.signed(request);
        let codec = ProstCodec::<Q, A>::default();
        let answer = self.client.unary(request, PathAndQuery::from_static(path), codec).await?;
        Ok(answer.into_inner())
    }

    /// Calls the streaming rpc of this path.
    pub async fn stream<Q, A>(
        &mut self,
        path: &'static str,
        requests: impl Iterator<Item = Q> + Send + 'static,
    ) -> Result<Streaming<A>, CommandError>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.is_ready().await?;
        let request = self.signed(tokio_stream::iter(requests));
        let codec = ProstCodec::<Q, A>::default();
        let answers = self.client.streaming(request, PathAndQuery::from_static(path), codec).await?;
        Ok(answers.into_inner())
    }

    pub async fn limits(&mut self) -> Result<v1::ShowLimitsResponse, CommandError> {
        self.call("/strongroom.v1.Limits/ShowLimits", v1::ShowLimitsRequest::default()).await
    }

    async fn is_ready(&mut self) -> Result<(), CommandError> {
        let ready = self.client.ready().await;
        ready.map_err(|error| tonic::Status::from_error(Box::new(error)).into())
    }

    fn signed<Q>(&self, request: Q) -> Request<Q> {
        let mut request = Request::new(request);
        if let Some(token) = &self.token {
            request.metadata_mut().insert("x-auth-token", token.clone());
        }
        request
    }
}
