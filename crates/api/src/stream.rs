//! Long calls: messages come in while answers go out.
//!
//! The operation runs in a task of its own. When the connection breaks it finds out at the ends of its channels, and ends
//! where nothing it has reported is lost.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use prost::Message;
use serde::Serialize;
use strongroom_operations::{Answer, Piece};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_stream::{Stream, StreamExt};
use tonic::{Response, Status};

use crate::budget::{Charge, charged};
use crate::context::RequestContext;
use crate::error::ApiError;
use crate::incoming::{BODY_READ_TIMEOUT, Messages};
use crate::rest::{self, NDJSON};
use crate::{Api, grpc};

pub(crate) use crate::lines::lines;

/// Answers of a stream on their way through the gRPC transport.
pub(crate) type Answers<A> = Pin<Box<dyn Stream<Item = Result<A, Status>> + Send>>;

/// Messages or answers between a transport and an operation. Chosen by us: the one waits while the other works on the first.
const AHEAD: usize = 2;

/// What was sent, and what goes on fetching the rest of it.
pub(crate) struct Sent<T> {
    request: T,
    fetching: Option<JoinHandle<Result<(), ApiError>>>,
}

impl<T> Sent<T> {
    pub(crate) fn whole(request: T) -> Self {
        Self { request, fetching: None }
    }
}

impl<T: Send + 'static> Sent<mpsc::Receiver<Piece<T>>> {
    /// Fetches pieces in a task of its own, so that the next are read while the last ones are worked on.
    pub(crate) fn fetched<W>(api: &Api, fetch: impl FnOnce(mpsc::Sender<Piece<T>>) -> W) -> Self
    where
        W: Future<Output = Result<(), ApiError>> + Send + 'static,
    {
        let (sender, request) = mpsc::channel(AHEAD);
        Self { request, fetching: Some(api.bulk.spawn(fetch(sender))) }
    }
}

/// The messages of a gRPC stream, each charged until its operation is done with it. A stream without any is one empty message.
pub(crate) fn messages<T: Message + Default + 'static>(
    api: &Api,
    mut messages: Messages,
    payer: &Charge,
) -> Sent<mpsc::Receiver<Piece<T>>> {
    let (bulk, api, payer) = (api, api.clone(), payer.empty());
    Sent::fetched(bulk, move |pieces| async move {
        let mut any = false;
        loop {
            let charge = payer.empty();
            let received = messages.next(&charge, true).await?;
            let ended = received.is_none();
            let message = match received {
                Some(message) => Some(api.decode(message).await?),
                None => (!any).then(T::default),
            };
            any = true;
            let message = message.map(|message| Piece::Message { message, charge: Some(Arc::new(charge)) });
            for piece in message.into_iter().chain(ended.then_some(Piece::End)) {
                // Nobody takes more once the operation has ended.
                if pieces.send(piece).await.is_err() {
                    return Ok(());
                }
            }
            if ended {
                return Ok(());
            }
        }
    })
}

/// A call under way: its answers, and then how it ended.
struct Underway<A> {
    answers: mpsc::Receiver<A>,
    end: Option<JoinHandle<Result<(), ApiError>>>,
}

impl<A> Stream for Underway<A> {
    type Item = Result<A, ApiError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(answer) = ready!(self.answers.poll_recv(context)) {
            return Poll::Ready(Some(Ok(answer)));
        }
        let Some(end) = &mut self.end else { return Poll::Ready(None) };
        let ended = ready!(Pin::new(end).poll(context));
        self.end = None;
        Poll::Ready(flat(ended).err().map(Err))
    }
}

fn flat(ended: Result<Result<(), ApiError>, tokio::task::JoinError>) -> Result<(), ApiError> {
    ended.unwrap_or_else(|_| Err(ApiError::Internal("a long call panicked".to_owned())))
}

impl RequestContext<'_> {
    fn set_out<T, A, W>(
        self,
        sent: Sent<T>,
        work: impl FnOnce(T, strongroom_operations::Answers<A>) -> W,
    ) -> Underway<A>
    where
        A: Send + 'static,
        W: Future<Output = Answer<()>> + Send + 'static,
    {
        let (sender, answers) = mpsc::channel(AHEAD);
        let work = work(sent.request, strongroom_operations::Answers::new(sender, BODY_READ_TIMEOUT));
        let (api, rpc, head) = (self.api.clone(), self.rpc, self.head);
        let bulk = api.bulk.clone();
        let end = bulk.spawn(async move {
            let mut ended = work.await.map_err(ApiError::from);
            // What was wrong with the sending is the answer, unless the operation had a better one.
            if let (Ok(()), Some(fetching)) = (&ended, sent.fetching) {
                ended = flat(fetching.await);
            }
            api.context(rpc, head).end(ended.as_ref().err());
            ended
        });
        Underway { answers, end: Some(end) }
    }

    /// Answers at once: some clients wait for the head of the answer before they send.
    pub(crate) fn stream_grpc<T, A, W>(
        self,
        sent: Sent<T>,
        work: impl FnOnce(T, strongroom_operations::Answers<A>) -> W,
    ) -> Result<Response<Answers<A>>, Status>
    where
        A: Send + 'static,
        W: Future<Output = Answer<()>> + Send + 'static,
    {
        let id = self.id();
        let underway = self.set_out(sent, work);
        let told = id.clone();
        let answers = underway.map(move |answer| answer.map_err(|rejected| grpc::status(&rejected, &told)));
        let mut response: Response<Answers<A>> = Response::new(Box::pin(answers));
        grpc::identify(response.metadata_mut(), &id);
        Ok(response)
    }

    /// Waits for the first answer, because until then an error has a status of its own.
    pub(crate) async fn stream_rest<T, A, W>(
        self,
        sent: Sent<T>,
        work: impl FnOnce(T, strongroom_operations::Answers<A>) -> W,
    ) -> axum::response::Response
    where
        A: Serialize + Send + 'static,
        W: Future<Output = Answer<()>> + Send + 'static,
    {
        let (id, form) = (self.id(), self.rpc.errors);
        let charge = self.head.charge.get().cloned();
        let mut underway = self.set_out(sent, work);
        let first = match underway.next().await {
            Some(Err(rejected)) => return rest::identified(rest::failure(&rejected, &id, form), &id),
            first => tokio_stream::iter(first),
        };
        let told = id.clone();
        let lines = first.chain(underway).map(move |answer| {
            let line = answer.and_then(|answer| {
                serde_json::to_vec(&answer).map_err(|error| ApiError::Internal(error.to_string()))
            });
            let mut line = line.unwrap_or_else(|rejected| rest::error(&rejected, &told, form));
            line.push(b'\n');
            Ok::<_, Infallible>(match &charge {
                Some(charge) => charged(line, charge),
                None => Bytes::from(line),
            })
        });
        let mut response = axum::response::Response::new(Body::from_stream(lines));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(NDJSON));
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        rest::identified(response, &id)
    }
}
