//! Streams: a request that arrives in pieces, and answers that are sent while it does.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendTimeoutError;

/// The memory that a message is charged for, until this is dropped.
pub type Charge = Option<Arc<dyn Any + Send + Sync>>;

/// A piece of a request. If the sender is cut off, the channel ends without `End`.
pub enum Piece<T> {
    Message {
        message: T,
        charge: Charge,
    },
    /// An element that cannot be decoded, and why.
    Unreadable {
        line: i32,
        sentence: String,
        charge: Charge,
    },
    End,
}

impl<T> Piece<T> {
    /// A message without a charge.
    pub fn message(message: T) -> Self {
        Self::Message { message, charge: None }
    }
}

/// Why an answer did not go out.
pub(crate) enum NotSent {
    /// The caller has closed the connection.
    Closed,
    /// The caller may still read, and must get an error rather than a clean end.
    Slow { patience: Duration },
}

/// Sends the answers of a stream.
pub struct Answers<T> {
    sender: mpsc::Sender<T>,
    patience: Duration,
}

impl<T> Answers<T> {
    /// A caller that reads nothing for as long as `patience` is given up.
    pub fn new(sender: mpsc::Sender<T>, patience: Duration) -> Self {
        Self { sender, patience }
    }

    /// Waits until the caller reads more.
    pub(crate) async fn tell(&self, answer: T) -> Result<(), NotSent> {
        self.sender.send_timeout(answer, self.patience).await.map_err(|not_sent| match not_sent {
            SendTimeoutError::Closed(_) => NotSent::Closed,
            SendTimeoutError::Timeout(_) => NotSent::Slow { patience: self.patience },
        })
    }
}
