//! The walk that trusts no event: at its cadence every device of the host and of every node is looked
//! at, and the labs are woken to go by what is there.
//!
//! Events make drift known at once (see `follower` and `fabric::LinkWatch`); should one never come, the
//! walk makes it known within one cadence. The cadence is the server's to say, 30 s until it does.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use agent_api::{CADENCE_RANGE, Discovery};
use fabric::NodeNet;
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::Notify;

use crate::host::Host;
use crate::service::Labs;

/// Seconds, and a word that they are others now.
pub struct Cadence {
    seconds: AtomicU16,
    changed: Notify,
}

impl Default for Cadence {
    fn default() -> Self {
        Self {
            seconds: Discovery::default().cadence_s.into(),
            changed: Notify::new(),
        }
    }
}

impl Cadence {
    /// Counts from the last walk on. An error where it is out of range.
    pub fn set(&self, Discovery { cadence_s }: Discovery) -> Result<(), String> {
        const RANGE: RangeInclusive<u16> = CADENCE_RANGE;
        if !RANGE.contains(&cadence_s) {
            let (least, most) = (RANGE.start(), RANGE.end());
            return Err(format!(
                "a cadence of {cadence_s} s is out of range; {least} to {most} s are possible"
            ));
        }
        if self.seconds.swap(cadence_s, Ordering::Relaxed) != cadence_s {
            tracing::info!(cadence_s, "discovery.cadence");
            self.changed.notify_one();
        }
        Ok(())
    }

    fn get(&self) -> Duration {
        Duration::from_secs(self.seconds.load(Ordering::Relaxed).into())
    }
}

/// Runs as long as the agent.
pub async fn run(host: Arc<Host>, labs: Arc<Labs>) {
    let mut last = Instant::now();
    loop {
        let left = host.cadence.get().saturating_sub(last.elapsed());
        if !left.is_zero() {
            // Both arms only end the wait.
            tokio::select! {
                () = tokio::time::sleep(left) => {}
                () = host.cadence.changed.notified() => {}
            }
            continue;
        }
        last = Instant::now();
        walk(&host, &labs).await;
    }
}

async fn walk(host: &Host, labs: &Labs) {
    let (begun, cpu) = (Instant::now(), cpu());
    let walked = async {
        host.fabric.walk().await?;
        NodeNet::walk_all(labs.nets().await).await
    };
    match walked.await {
        Ok(()) => {
            let took = begun.elapsed();
            host.figures.walk(took, self::cpu().saturating_sub(cpu));
            let took_ms = took.as_millis();
            tracing::debug!(took_ms, "discovery.walk");
        }
        Err(error) => tracing::warn!(%error, "the host cannot be walked, it is tried again"),
    }
    host.gateways.doubt();
    labs.wake_all();
}

/// What this process has used of processors.
fn cpu() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(
        now.tv_sec.try_into().unwrap_or_default(),
        now.tv_nsec.try_into().unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cadence_out_of_range_is_refused_and_the_old_one_stays() {
        let cadence = Cadence::default();
        for cadence_s in [0, 4, 301] {
            let refused = cadence.set(Discovery { cadence_s });
            assert!(refused.is_err_and(|why| why.contains("5 to 300 s")));
        }
        assert_eq!(cadence.get(), Duration::from_secs(30));
        for cadence_s in [5, 300] {
            assert_eq!(cadence.set(Discovery { cadence_s }), Ok(()));
            assert_eq!(cadence.get(), Duration::from_secs(cadence_s.into()));
        }
    }
}
