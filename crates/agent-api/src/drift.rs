//! What a server asks beside wishes: how often everything is walked, and that drift is mended.

use std::collections::BTreeSet;

use model::LabId;
use serde::{Deserialize, Serialize};

/// How an agent looks for drift. It goes by the kernel's events too; the walk trusts none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discovery {
    /// Seconds from one walk over everything to the next, in [`CADENCE_RANGE`].
    pub cadence_s: u16,
}

/// The contract's bounds, in seconds.
pub const CADENCE_RANGE: std::ops::RangeInclusive<u16> = 5..=300;

impl Default for Discovery {
    /// The contract's, until a server says another.
    fn default() -> Self {
        Self { cadence_s: 30 }
    }
}

/// Plumb what is declared, where somebody else changed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repair {
    pub lab: LabId,
    /// The drifts' ids; absent: all that can be mended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<BTreeSet<String>>,
}
