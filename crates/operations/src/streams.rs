//! What long calls are made of: a request that arrives in pieces, and answers that go out while it does.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendTimeoutError;

/// What a message is charged for its place in memory. It ends when it is dropped.
pub type Charge = Option<Arc<dyn Any + Send + Sync>>;

/// A piece of a request. When the sender breaks off, the channel ends without `End`.
pub enum Piece<T> {
    Message {
        message: T,
        charge: Charge,
    },
    /// An element that is none; the sentence says why.
    Unreadable {
        line: i32,
        sentence: String,
        charge: Charge,
    },
    End,
}

impl<T> Piece<T> {
    /// A message that nobody is charged for.
    pub fn message(message: T) -> Self {
        Self::Message { message, charge: None }
    }
}

/// Why an answer did not go out.
pub(crate) enum Untold {
    /// Nobody listens any more.
    Gone,
    /// Somebody may still listen, and must not take what was told for all.
    Slow { patience: Duration },
}

/// The way out of a long call.
pub struct Answers<T> {
    sender: mpsc::Sender<T>,
    patience: Duration,
}

impl<T> Answers<T> {
    /// A listener who takes nothing for as long as `patience` counts as gone.
    pub fn new(sender: mpsc::Sender<T>, patience: Duration) -> Self {
        Self { sender, patience }
    }

    /// Waits until the listener takes more.
    pub(crate) async fn tell(&self, answer: T) -> Result<(), Untold> {
        self.sender.send_timeout(answer, self.patience).await.map_err(|untold| match untold {
            SendTimeoutError::Closed(_) => Untold::Gone,
            SendTimeoutError::Timeout(_) => Untold::Slow { patience: self.patience },
        })
    }
}
