//! Long work. `GET /jobs/{id}?wait_s=30` waits for the end; `DELETE /jobs/{id}` cancels.

use model::{LabId, NodeId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Job {
    pub id: Uuid,
    pub lab: LabId,
    pub act: JobAct,
    pub state: JobState,
    /// Nodes of the job, each with where it is.
    pub nodes: Vec<JobNode>,
    pub done: u32,
    pub total: u32,
    pub started_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_ms: Option<u64>,
    /// Who asked.
    pub by: String,
    /// With which request, as the logs of server and agent have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobAct {
    Start,
    Stop,
    Restart,
    Wipe,
}

/// The last part of the operation's path.
impl std::fmt::Display for JobAct {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Wipe => "wipe",
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum JobState {
    Running,
    Succeeded,
    /// Some node failed; the sentences say which and why.
    Failed {
        why: String,
    },
    Cancelled,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobNode {
    pub node: NodeId,
    pub name: String,
    /// The node's state word, and what it waits for or why it failed.
    pub state: String,
    pub detail: String,
    pub done: bool,
}

/// `GET /jobs`: a page, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct JobPage {
    pub items: Vec<Job>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// `GET /jobs/{id}?wait_s=`
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WaitForJob {
    /// Answer when the job has ended, or after so many seconds; 60 at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[param(minimum = 0, maximum = 60)]
    pub wait_s: Option<u64>,
}
