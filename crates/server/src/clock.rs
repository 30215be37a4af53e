//! The time as a parameter: the system's, or one that a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where the time comes from.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    #[default]
    System,
    /// Unix milliseconds, set by a test.
    Manual(Arc<AtomicU64>),
}

impl Clock {
    /// Unix milliseconds.
    pub fn now_ms(&self) -> u64 {
        match self {
            Self::System => u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0),
            Self::Manual(now_ms) => now_ms.load(Ordering::Relaxed),
        }
    }
}
