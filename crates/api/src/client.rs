//! The client of a request, as far as the network tells.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use strongroom_access::ClientNetwork;

/// The listener puts it among the extensions of each request.
#[derive(Debug, Clone)]
pub struct Client {
    /// Of the other end of the connection, or what a trusted proxy says about who is behind it.
    pub address: IpAddr,
    /// True once a request with good credentials has come over the connection.
    pub is_authenticated: Arc<AtomicBool>,
}

impl Client {
    pub fn network(&self) -> ClientNetwork {
        ClientNetwork::of(self.address)
    }

    pub(crate) fn set_authenticated(&self) {
        self.is_authenticated.store(true, Ordering::Relaxed);
    }
}
