//! The wish for a host: a map lab → (generation, spec). Absence is never a deletion.

use std::collections::BTreeMap;

use crate::request_id::RequestId;
use model::spec::LabSpec;
use model::status::LabStatus;
use model::{Generation, HostId, LabId};
use serde::{Deserialize, Serialize};

/// Who sends wishes: drawn once by a server's store. An agent takes the first it meets and refuses
/// others until the host's administrator accepts them (`nova-ve-agent accept ID`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ControllerId(pub String);

/// Every lab is validated, applied and reported alone. Labs that are not named stay as they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostSpec {
    pub controller: ControllerId,
    pub host: HostId,
    pub labs: BTreeMap<LabId, LabEntry>,
    /// The requests that changed these labs' wishes since they were told last, oldest first: for
    /// logs and notices. No part of a wish, so that the same wish is the same whoever asked for it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub causes: BTreeMap<LabId, Vec<RequestId>>,
}

/// Tag and contents stand beside each other, so that a large lab is read as it comes and not first
/// into a buffer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "entry",
    content = "wish",
    rename_all = "snake_case",
    deny_unknown_fields
)]
pub enum LabEntry {
    Present {
        generation: Generation,
        spec: LabSpec,
    },
    /// The only way to remove a lab from a host; kept in the ledger so that an older wish cannot bring it back.
    Tombstone { generation: Generation },
}

impl LabEntry {
    pub fn generation(&self) -> Generation {
        match self {
            Self::Present { generation, .. } | Self::Tombstone { generation } => *generation,
        }
    }
}

/// What became of one lab's entry, before anything on the host is touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ApplyOutcome {
    /// Written to the ledger; the reconciler is awake.
    Accepted,
    /// The same as before.
    Unchanged,
    /// The ledger has a newer one.
    StaleGeneration { have: Generation },
    /// Same generation, other contents.
    Conflict { have: Generation },
    /// Not a spec that this host can take, with everything wrong.
    Invalid { problems: Vec<String> },
    /// `agent.toml` does not allow it.
    Forbidden { problems: Vec<String> },
    /// Another lab on this host has the same hash (and so the same kernel names).
    HashTaken { by: LabId },
}

/// What the agent sees of everything in its ledger, and of labs of ours that it finds without an entry.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HostStatus {
    pub labs: BTreeMap<LabId, LabStatus>,
    /// Removed to the last object; the server may forget their tombstones' labs.
    pub removed: BTreeMap<LabId, Generation>,
}

/// What becomes of an entry beside the one that is already known, by generation and contents alone.
///
/// Agents of every kind keep this rule: an older wish is refused, and so are other contents under
/// the same generation; a newer one, and the first one, are taken.
pub fn compare(have: Option<&LabEntry>, new: &LabEntry) -> ApplyOutcome {
    let Some(have) = have else {
        return ApplyOutcome::Accepted;
    };
    match new.generation().cmp(&have.generation()) {
        std::cmp::Ordering::Greater => ApplyOutcome::Accepted,
        std::cmp::Ordering::Equal if have == new => ApplyOutcome::Unchanged,
        std::cmp::Ordering::Equal => ApplyOutcome::Conflict {
            have: have.generation(),
        },
        std::cmp::Ordering::Less => ApplyOutcome::StaleGeneration {
            have: have.generation(),
        },
    }
}
