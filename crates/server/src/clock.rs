//! The time as a parameter: the system's, or one that a test moves.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Where the time comes from.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    #[default]
    System,
    /// Unix milliseconds, set by a test.
    Manual(Arc<AtomicU64>),
    /// Unix milliseconds of a clock that a test sets; the one that nobody sets is the system's.
    Wall(Arc<AtomicU64>),
}

impl Clock {
    /// Unix milliseconds.
    pub fn now_ms(&self) -> u64 {
        match self {
            Self::System => u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0),
            Self::Manual(now_ms) | Self::Wall(now_ms) => now_ms.load(Ordering::Relaxed),
        }
    }

    /// Milliseconds by the clock that nobody sets, from some beginning: for pauses and limits, which
    /// a jump of the other one shall neither end nor prolong.
    pub fn monotonic_ms(&self) -> u64 {
        match self {
            Self::System | Self::Wall(_) => {
                u64::try_from(BEGAN.elapsed().as_millis()).unwrap_or(u64::MAX)
            }
            Self::Manual(now_ms) => now_ms.load(Ordering::Relaxed),
        }
    }
}
