//! What server and agent say to each other, and nothing else.
//!
//! One control connection carries `Request`s and their `Reply`s by number, and `Event`s as they
//! come. Every stream (console, exec, logs, file) is opened by a request that answers a `Ticket`,
//! and then has a connection of its own to the same socket. Frames are length-prefixed (`codec`).
//! `AgentClient` is how the server speaks; `unix` is the real one, `sim` (feature) one without a host.
//! `serve` is the agent's side of the protocol, over anything that can be asked like an agent. Either
//! side may be one version older than the other (`protocol`, `older`).

pub mod client;
pub mod codec;
pub mod drift;
pub mod figures;
pub mod image;
pub mod instance;
pub mod message;
pub mod older;
pub mod protocol;
pub mod request_id;
pub mod reserve;
pub mod serve;
#[cfg(feature = "sim")]
pub mod sim;
pub mod spec;
pub mod stream;
pub mod unix;

pub use client::{AgentClient, AgentError, AgentStream};
pub use drift::{CADENCE_RANGE, Discovery, Repair};
pub use figures::{HostFigures, StepFigures};
pub use image::{
    HostImage, HostRoom, ImageAnswer, ImageAsk, ImageList, ImageProgress, ImageTransfer,
    ImagesRemoved,
};
pub use message::{Capabilities, Event, Hello, HelloReply, Reply, ReplyBody, Request, RequestBody};
pub use protocol::{OLDEST_PROTOCOL, PROTOCOL, Speaks};
pub use request_id::RequestId;
pub use spec::{ApplyOutcome, ControllerId, HostSpec, HostStatus, LabEntry};
pub use stream::{Opening, StreamFrame, Ticket, WindowSize};
