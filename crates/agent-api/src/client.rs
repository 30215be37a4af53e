//! How the server speaks to an agent: one trait, two implementations.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream};
use model::LabId;
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::PollSender;

use crate::drift::{Discovery, Repair};
use crate::figures::HostFigures;
use crate::image::{ImageAnswer, ImageAsk};
use crate::message::{Event, HelloReply};
use crate::spec::{ApplyOutcome, HostSpec, HostStatus};
use crate::stream::{Opening, StreamFrame};

/// Why a call failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AgentError {
    /// Not connected; the client tries again by itself.
    #[error("the agent is not reachable: {0}")]
    Unreachable(String),
    /// The agent refused the connection: wrong protocol, unknown controller, wrong user.
    #[error("the agent refuses this server: {0}")]
    Refused(String),
    /// The agent answered with an error.
    #[error("{message}")]
    Failed { code: String, message: String },
}

pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Both directions of an open stream.
pub struct AgentStream {
    pub output: Pin<Box<dyn Stream<Item = Result<StreamFrame, AgentError>> + Send>>,
    pub input: Pin<Box<dyn Sink<StreamFrame, Error = AgentError> + Send>>,
}

/// The node's side of an [`AgentStream`] made by [`pair`].
pub struct NodeEnd {
    /// What the client sends; ends when the client is gone.
    pub input: mpsc::Receiver<StreamFrame>,
    /// What the client gets; its stream ends when this is dropped.
    pub output: mpsc::Sender<StreamFrame>,
}

/// A stream whose other side is in this process; at most `depth` frames wait in each direction.
pub fn pair(depth: usize) -> (AgentStream, NodeEnd) {
    let (to_node, input) = mpsc::channel(depth);
    let (output, from_node) = mpsc::channel(depth);
    let frames = futures_util::stream::unfold(from_node, |mut from_node| async {
        let frame: StreamFrame = from_node.recv().await?;
        Some((Ok(frame), from_node))
    });
    let input_end = PollSender::new(to_node)
        .sink_map_err(|_| AgentError::Unreachable("the node takes no more input".into()));
    let stream = AgentStream {
        output: Box::pin(frames),
        input: Box::pin(input_end),
    };
    (stream, NodeEnd { input, output })
}

/// An agent, near or simulated. Object-safe: the server holds an `Arc<dyn AgentClient>`.
pub trait AgentClient: Send + Sync + 'static {
    /// What the agent said at the last hello; fails while it is not reachable.
    fn hello(&self) -> Result<HelloReply, AgentError>;

    fn apply(
        &self,
        spec: HostSpec,
    ) -> BoxFuture<'_, Result<BTreeMap<LabId, ApplyOutcome>, AgentError>>;

    fn status(&self) -> BoxFuture<'_, Result<HostStatus, AgentError>>;

    fn figures(&self) -> BoxFuture<'_, Result<HostFigures, AgentError>>;

    /// How the agent looks for drift from now on; asked anew after each connection.
    fn set_discovery(&self, discovery: Discovery) -> BoxFuture<'_, Result<(), AgentError>>;

    fn repair(&self, repair: Repair) -> BoxFuture<'_, Result<(), AgentError>>;

    /// What the host's container engine keeps.
    fn images(&self, ask: ImageAsk) -> BoxFuture<'_, Result<ImageAnswer, AgentError>>;

    /// Events as they come, across reconnections; after each (re)connection first `Connected`.
    fn events(&self) -> broadcast::Receiver<ClientEvent>;

    fn open(&self, opening: Opening) -> BoxFuture<'_, Result<AgentStream, AgentError>>;
}

#[derive(Debug, Clone, PartialEq)]
pub enum ClientEvent {
    Connected,
    Disconnected { why: String },
    Agent(Event),
}

/// Data as a frame.
impl From<Bytes> for StreamFrame {
    fn from(bytes: Bytes) -> Self {
        Self::Data(bytes)
    }
}
