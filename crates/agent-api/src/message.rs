//! The messages of the control connection.

use std::collections::BTreeMap;

use model::spec::HiddenBridge;
use model::status::LabStatus;
use model::{Generation, HostId, InstanceId, LabId, NodeId};
use serde::{Deserialize, Serialize};

use crate::drift::{Discovery, Repair};
use crate::figures::HostFigures;
use crate::image::{ImageAnswer, ImageAsk};
use crate::protocol::Speaks;
use crate::request_id::RequestId;
use crate::spec::{ApplyOutcome, ControllerId, HostSpec, HostStatus};
use crate::stream::{Opening, Ticket};

/// The first frame of a connection, from the client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "hello", rename_all = "snake_case")]
pub enum Hello {
    Control {
        protocol: u32,
        controller: ControllerId,
    },
    /// The connection becomes this stream.
    Stream { protocol: u32, ticket: Ticket },
}

/// The agent's answer to the first frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "hello", rename_all = "snake_case")]
pub enum HelloReply {
    Welcome {
        /// The one that this connection speaks: the hello's.
        protocol: u32,
        instance: InstanceId,
        host: HostId,
        capabilities: Capabilities,
    },
    /// The stream begins with the next frame.
    StreamOpen,
    Refused {
        why: String,
        /// Told when it is the protocol that is refused, since 3.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        speaks: Option<Speaks>,
    },
}

/// What this host can do; decides what the server offers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Capabilities {
    /// `netns`, later `docker`, `qemu`: kind → why it cannot run, or empty.
    pub kinds: BTreeMap<String, String>,
    pub hidden_bridge: HiddenBridge,
    /// In a user namespace, without root.
    pub rootless: bool,
    /// It takes `Discovery` and `Repair`; agents from before do not.
    #[serde(default)]
    pub drift: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    pub id: u64,
    /// For whose request the server asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<RequestId>,
    pub body: RequestBody,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "request", content = "with", rename_all = "snake_case")]
pub enum RequestBody {
    /// Validate, write to the ledger, wake the reconciler; answers before the host is changed.
    Apply(HostSpec),
    Status,
    /// From now on `Event`s come on this connection, first one `LabStatus` of every lab.
    Subscribe,
    /// Ask for a stream; the ticket is good once, for 10 s, for this controller.
    Open(Opening),
    Ping,
    /// What the agent counts of itself.
    Figures,
    Discovery(Discovery),
    /// Answers before the host is changed; what came of it is told by the lab's status.
    Repair(Repair),
    /// Since 3.
    Images(ImageAsk),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    pub id: u64,
    pub body: ReplyBody,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reply", content = "with", rename_all = "snake_case")]
pub enum ReplyBody {
    Applied(BTreeMap<LabId, ApplyOutcome>),
    Status(HostStatus),
    Subscribed,
    Ticket(Ticket),
    Pong,
    Taken,
    Error(ErrorBody),
    Figures(Box<HostFigures>),
    Images(ImageAnswer),
}

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// `unknown_controller`, `unknown_lab`, `unknown_node`, `not_running`, `unknown_console`, `forbidden`, `internal`.
    pub code: String,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The whole status of one lab, sent when it changed (at most ten a second a lab).
    Lab { lab: LabId, status: LabStatus },
    /// A tombstone is fulfilled.
    LabRemoved { lab: LabId, generation: Generation },
    /// Something that happened to a node, told once: `zebra ended with signal 6, started again`.
    Notice {
        lab: LabId,
        node: Option<NodeId>,
        message: String,
        /// The request whose wish the lab was at work for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_id: Option<RequestId>,
    },
}

/// What an agent sends on the control connection after the hello.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FromAgent {
    Reply(Reply),
    Event(Event),
}
