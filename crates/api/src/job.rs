//! Long work. `GET /jobs/{id}?wait_s=30` waits for the end; `DELETE /jobs/{id}` cancels.

use model::{LabId, NodeId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobAct {
    Start,
    Stop,
    Restart,
    Wipe,
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
