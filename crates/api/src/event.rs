//! `WS /events?epoch=&after=&lab=`: what changes, as it changes.
//!
//! The first frame is `hello`. With the epoch and last sequence it had, a client gets what it
//! missed, or `reload` when that is no more kept: then it fetches anew what it shows.

use model::access::LabRight;
use model::drift::Drift;
use model::edit::Edit;
use model::status::{LabStatus, LinkStatus, NodeStatus};
use model::{LabId, LinkId, NodeId, Revision};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::job::Job;
use crate::lab::FileState;

/// Query of `WS /events`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WatchEvents {
    /// `epoch` of the last `hello`; with `after`, what was missed since is sent first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<String>,
    /// The last sequence that was seen in that epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// Only what concerns this lab or everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lab: Option<LabId>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Frame {
    Hello { epoch: String, sequence: u64 },
    Reload,
    Event(Box<Envelope>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Envelope {
    pub sequence: u64,
    /// Unix milliseconds.
    pub at_ms: u64,
    /// Absent: concerns everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lab: Option<LabId>,
    pub event: Event,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    LabCreated {
        name: String,
    },
    LabRemoved,
    /// What you may do in this lab is another thing now; absent: nothing any more, and no event of
    /// this lab comes after this one.
    MyRight {
        right: Option<LabRight>,
    },
    LabEdited {
        revision: Revision,
        author: String,
        edit: Box<Edit>,
    },
    /// The file was changed by hand into another valid lab: fetch it anew.
    LabReplaced {
        revision: Revision,
    },
    LabFile {
        file: FileState,
    },
    /// The whole status, after a (re)connection of the agent.
    LabStatus {
        status: LabStatus,
    },
    NodeStatus {
        node: NodeId,
        status: NodeStatus,
    },
    LinkStatus {
        link: LinkId,
        status: LinkStatus,
    },
    /// Something is on the host that the lab does not declare. Told once, and once more with `gone`
    /// when it is so no longer; `GET /labs/{lab}/drift` has those that last.
    DiscoveredLink {
        drift: Drift,
        gone: bool,
    },
    /// A declared link that is not there any more, though its node runs. As `discovered_link`.
    LostLink {
        drift: Drift,
        gone: bool,
    },
    /// A declared link of which something is elsewhere: in another bridge or network namespace, or
    /// under another name. As `discovered_link`.
    MovedLink {
        drift: Drift,
        gone: bool,
    },
    Job {
        job: Job,
    },
    /// Something that happened to a node, told once.
    Notice {
        node: Option<NodeId>,
        message: String,
        /// The request whose wish the host was at work for, where it was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_id: Option<String>,
    },
    /// The agent came or went.
    Agent {
        reachable: bool,
        why: String,
    },
}
