//! An authenticated connection that can call any rpc.

use prost::Message;
use strongroom_contract::v1;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;
use tonic::{Request, Streaming};
use tonic_prost::ProstCodec;

use crate::failure::CommandError;

/// Most bytes of an answer. The largest are the outcomes of a batch of 100,000 entries, the highest limit: about 30 MB.
const MAX_ANSWER_BYTES: usize = 256 * 1024 * 1024;

pub struct Session {
    client: Grpc<Channel>,
    token: Option<MetadataValue<Ascii>>,
}

impl Session {
    pub fn new(channel: Channel) -> Self {
        Self { client: Grpc::new(channel).max_decoding_message_size(MAX_ANSWER_BYTES), token: None }
    }

    /// Authenticates the calls from now on with this token.
    pub fn use_token(&mut self, token: &str) -> Result<(), CommandError> {
        let mut token: MetadataValue<Ascii> = token.parse().map_err(|_| {
            CommandError::NotSignedIn(
                "the token has characters that a token cannot have. Check where it comes from.".to_owned(),
            )
        })?;
        token.set_sensitive(true);
        self.token = Some(token);
        Ok(())
    }

    pub async fn call<Q, A>(&mut self, path: &'static str, request: Q) -> Result<A, CommandError>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.wait_until_ready().await?;
        let request = self.with_token(request);
        let codec = ProstCodec::<Q, A>::default();
        let answer = self.client.unary(request, PathAndQuery::from_static(path), codec).await?;
        Ok(answer.into_inner())
    }

    pub async fn stream<Q, A>(
        &mut self,
        path: &'static str,
        requests: impl Iterator<Item = Q> + Send + 'static,
    ) -> Result<Streaming<A>, CommandError>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        self.wait_until_ready().await?;
        let request = self.with_token(tokio_stream::iter(requests));
        let codec = ProstCodec::<Q, A>::default();
        let answers = self.client.streaming(request, PathAndQuery::from_static(path), codec).await?;
        Ok(answers.into_inner())
    }

    pub async fn limits(&mut self) -> Result<v1::ShowLimitsResponse, CommandError> {
        self.call("/strongroom.v1.Limits/ShowLimits", v1::ShowLimitsRequest::default()).await
    }

    async fn wait_until_ready(&mut self) -> Result<(), CommandError> {
        let ready = self.client.ready().await;
        ready.map_err(|error| tonic::Status::from_error(Box::new(error)).into())
    }

    fn with_token<Q>(&self, request: Q) -> Request<Q> {
        let mut request = Request::new(request);
        if let Some(token) = &self.token {
            request.metadata_mut().insert("x-auth-token", token.clone());
        }
        request
    }
}
