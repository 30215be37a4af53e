//! How long things took: counts in fixed buckets, from a tenth of a millisecond to a minute.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Upper bounds of the buckets; what takes longer than the last is counted in one of its own.
pub const BOUNDS_US: [u64; 17] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 5_000_000, 15_000_000, 60_000_000,
];

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Durations {
    /// One more than there are bounds.
    counts: [u64; BOUNDS_US.len() + 1],
    sum_us: u64,
}

impl Durations {
    pub fn record(&mut self, took: Duration) {
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS_US.partition_point(|bound| *bound < took_us);
        self.counts[bucket] += 1;
        self.sum_us = self.sum_us.saturating_add(took_us);
    }

    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    pub fn sum(&self) -> Duration {
        Duration::from_micros(self.sum_us)
    }

    /// Each bucket's upper bound, infinity last, with how many fell between it and the one before.
    pub fn buckets(&self) -> impl Iterator<Item = (Duration, u64)> {
        let bounds = BOUNDS_US.iter().map(|us| Duration::from_micros(*us));
        bounds.chain([Duration::MAX]).zip(self.counts)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_duration_falls_into_the_bucket_that_it_does_not_exceed() {
        let mut durations = Durations::default();
        for ms in [1, 2, 1_000_000] {
            durations.record(Duration::from_millis(ms));
        }
        let filled: Vec<(Duration, u64)> = durations
            .buckets()
            .filter(|(_, count)| *count > 0)
            .collect();
        let us = Duration::from_micros;
        assert_eq!(filled, [(us(1_000), 1), (us(2_500), 1), (Duration::MAX, 1)]);
        assert_eq!(
            (durations.count(), durations.sum().as_millis()),
            (3, 1_000_003)
        );
        let text = serde_json::to_string(&durations).unwrap();
        assert_eq!(serde_json::from_str::<Durations>(&text).unwrap(), durations);
    }
}
