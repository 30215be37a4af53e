//! How much was said to the kernel, over the life of this process and in every namespace.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counted where a request is sent and its answer read; a refusal may be one that was expected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NetlinkFigures {
    pub requests: u64,
    pub refusals: u64,
}

static REQUESTS: AtomicU64 = AtomicU64::new(0);
static REFUSALS: AtomicU64 = AtomicU64::new(0);

impl NetlinkFigures {
    pub fn now() -> Self {
        Self {
            requests: REQUESTS.load(Ordering::Relaxed),
            refusals: REFUSALS.load(Ordering::Relaxed),
        }
    }
}

pub(crate) fn requested(count: u64) {
    REQUESTS.fetch_add(count, Ordering::Relaxed);
}

pub(crate) fn refused() {
    REFUSALS.fetch_add(1, Ordering::Relaxed);
}
