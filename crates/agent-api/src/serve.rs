//! The agent's side of the protocol, over any [`Service`]: the real agent and the simulated one.
//!
//! ```text
//! accept ─peer's user─▶ hello ─┬─ Control ─▶ requests, replies, events, until either side ends it
//!                              └─ Stream  ─▶ the stream that the ticket was given for
//! ```
//! Every connection and every request is a task of its own, so that none can delay another. A
//! stream is opened when its ticket is asked for, so that the reason of a refusal is an answer to
//! that request; a ticket that nobody uses in 10 s drops it.

mod connection;
mod story;
mod stream;
mod tickets;

use std::sync::Arc;

use tokio::net::{UnixListener, UnixStream};

use crate::client::AgentClient;
use crate::spec::ControllerId;

/// What can be served: asked like an agent, and with a say in who may ask.
pub trait Service: AgentClient {
    /// Whether this controller may speak here; the error says what to do.
    fn admit(&self, controller: &ControllerId) -> Result<(), String>;
}

/// Which users may connect, told by the kernel (`SO_PEERCRED`).
#[derive(Debug, Clone)]
pub struct Peers {
    /// The agent's own user, and the server's where that is another.
    pub allowed_uids: Vec<u32>,
}

impl Peers {
    fn check(&self, stream: &UnixStream) -> Result<(), String> {
        let peer = stream
            .peer_cred()
            .map_err(|error| format!("the kernel does not say who connects: {error}"))?;
        if self.allowed_uids.contains(&peer.uid()) {
            return Ok(());
        }
        Err(format!(
            "user {} may not use this socket; `server_user` in agent.toml names the user who may",
            peer.uid()
        ))
    }
}

/// Serves until the future is dropped; connections that are open then end with it.
pub async fn serve(listener: UnixListener, service: Arc<dyn Service>, peers: Peers) {
    let tickets = Arc::new(tickets::Tickets::default());
    let mut connections = tokio::task::JoinSet::new();
    loop {
        // Both arms are cancel-safe: a connection not yet accepted stays in the listener's queue.
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let (service, tickets) = (service.clone(), tickets.clone());
                    let peer = peers.check(&stream);
                    connections.spawn(async move {
                        if let Err(error) = connection::run(stream, peer, service, tickets).await {
                            connection::tell_end(&error);
                        }
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "cannot take a connection, trying again");
                    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}
