//! What an agent counts of itself and its host. It listens on no port, so its server tells it on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use telemetry::{Durations, ProcessFigures};

/// Counters go up from the agent's start; the others are as things stand.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostFigures {
    pub version: String,
    /// Unix milliseconds.
    pub started_ms: u64,
    pub process: ProcessFigures,
    /// Nodes that have a supervisor now.
    pub supervisors: u64,
    pub passes: Durations,
    /// Looks at everything that trust no event, how long they took and the agent's time of processors
    /// meanwhile.
    pub walks: Durations,
    pub walks_cpu: Durations,
    /// By the step's kind: `ensure_port`. There are as many kinds as the planner has words.
    pub steps: BTreeMap<String, StepFigures>,
    /// Bridges that wait to be deleted.
    pub reaper_queue: u64,
    /// How often everything was looked at because the kernel had dropped events.
    pub mirror_resyncs: u64,
    pub netlink_requests: u64,
    pub netlink_refusals: u64,
    /// Of the disk that holds the data folder.
    pub disk_free_bytes: u64,
    pub disk_bytes: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct StepFigures {
    pub took: Durations,
    pub failures: u64,
}
