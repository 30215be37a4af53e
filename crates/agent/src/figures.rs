//! What the agent counts while it works, for its server to tell.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use agent_api::{HostFigures, StepFigures};
use fabric::NetlinkFigures;
use model::plan::Step;
use telemetry::{Durations, ProcessFigures};

use crate::host::now_ms;

pub struct Figures {
    /// The folder whose disk is told of.
    data: PathBuf,
    started_ms: u64,
    passes: Mutex<Durations>,
    walks: Mutex<(Durations, Durations)>,
    steps: Mutex<BTreeMap<&'static str, StepFigures>>,
    reaper_queue: AtomicU64,
    resyncs: AtomicU64,
}

/// Bridges on their way to be deleted; what is dropped unfinished is no more in the queue either.
pub struct Reaping<'a> {
    queue: &'a AtomicU64,
    left: u64,
}

impl Figures {
    pub fn new(data: &Path) -> Self {
        Self {
            data: data.into(),
            started_ms: now_ms(),
            passes: Mutex::default(),
            walks: Mutex::default(),
            steps: Mutex::default(),
            reaper_queue: AtomicU64::new(0),
            resyncs: AtomicU64::new(0),
        }
    }

    pub fn pass(&self, took: Duration) {
        lock(&self.passes).record(took);
    }

    pub fn walk(&self, took: Duration, cpu: Duration) {
        let mut walks = lock(&self.walks);
        walks.0.record(took);
        walks.1.record(cpu);
    }

    pub fn step(&self, step: &Step, took: Duration, failed: bool) {
        let mut steps = lock(&self.steps);
        let figures = steps.entry(kind(step)).or_default();
        figures.took.record(took);
        figures.failures += u64::from(failed);
    }

    pub fn resync(&self) {
        self.resyncs.fetch_add(1, Ordering::Relaxed);
    }

    pub fn reaping(&self, bridges: usize) -> Reaping<'_> {
        let left = u64::try_from(bridges).unwrap_or(u64::MAX);
        self.reaper_queue.fetch_add(left, Ordering::Relaxed);
        Reaping {
            queue: &self.reaper_queue,
            left,
        }
    }

    /// As they stand.
    pub fn now(&self, supervisors: u64) -> HostFigures {
        let netlink = NetlinkFigures::now();
        let (disk_free_bytes, disk_bytes) = disk_of(&self.data);
        let steps = lock(&self.steps).clone();
        let (walks, walks_cpu) = lock(&self.walks).clone();
        HostFigures {
            version: env!("CARGO_PKG_VERSION").into(),
            started_ms: self.started_ms,
            process: ProcessFigures::own(),
            supervisors,
            passes: lock(&self.passes).clone(),
            walks,
            walks_cpu,
            steps: steps
                .into_iter()
                .map(|(kind, figures)| (kind.to_owned(), figures))
                .collect(),
            reaper_queue: self.reaper_queue.load(Ordering::Relaxed),
            mirror_resyncs: self.resyncs.load(Ordering::Relaxed),
            netlink_requests: netlink.requests,
            netlink_refusals: netlink.refusals,
            disk_free_bytes,
            disk_bytes,
        }
    }
}

impl Reaping<'_> {
    pub fn done(&mut self, bridges: usize) {
        let done = u64::try_from(bridges).unwrap_or(u64::MAX).min(self.left);
        self.left -= done;
        self.queue.fetch_sub(done, Ordering::Relaxed);
    }
}

impl Drop for Reaping<'_> {
    fn drop(&mut self) {
        self.queue.fetch_sub(self.left, Ordering::Relaxed);
    }
}

/// What an ordinary user may still fill, and all there is; 0 where nobody can tell.
fn disk_of(data: &Path) -> (u64, u64) {
    rustix::fs::statvfs(data).map_or((0, 0), |disk| {
        (
            disk.f_bavail.saturating_mul(disk.f_frsize),
            disk.f_blocks.saturating_mul(disk.f_frsize),
        )
    })
}

fn lock<T>(figures: &Mutex<T>) -> MutexGuard<'_, T> {
    figures
        .lock()
        .expect("no holder of this lock panics: it only counts")
}

fn kind(step: &Step) -> &'static str {
    match step {
        Step::RemoveRedirect { .. } => "remove_redirect",
        Step::StopNode { .. } => "stop_node",
        Step::RemovePort { .. } => "remove_port",
        Step::RemoveAllPorts => "remove_all_ports",
        Step::WipeNode { .. } => "wipe_node",
        Step::RemoveNode { .. } => "remove_node",
        Step::RemoveGateway { .. } => "remove_gateway",
        Step::RemoveBridge { .. } => "remove_bridge",
        Step::EnsureBridge { .. } => "ensure_bridge",
        Step::EnsureGateway { .. } => "ensure_gateway",
        Step::EnsureNode { .. } => "ensure_node",
        Step::EnsurePort { .. } => "ensure_port",
        Step::SetMaster { .. } => "set_master",
        Step::ConfigureNode { .. } => "configure_node",
        Step::ConfigureInterface { .. } => "configure_interface",
        Step::EnsureRedirect { .. } => "ensure_redirect",
        Step::SetAdmin { .. } => "set_admin",
        Step::ReleaseNode { .. } => "release_node",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bridges_that_are_given_up_leave_the_queue() {
        let figures = Figures::new(Path::new("/"));
        let queue = || figures.reaper_queue.load(Ordering::Relaxed);
        let mut reaping = figures.reaping(7);
        reaping.done(5);
        assert_eq!(queue(), 2);
        drop(reaping);
        assert_eq!(queue(), 0);
    }

    #[test]
    fn steps_are_counted_by_their_kind() {
        let figures = Figures::new(Path::new("/"));
        figures.step(&Step::RemoveAllPorts, Duration::from_millis(1), false);
        figures.step(&Step::RemoveAllPorts, Duration::from_millis(1), true);
        let now = figures.now(3);
        let of_step = &now.steps["remove_all_ports"];
        assert_eq!((of_step.took.count(), of_step.failures), (2, 1));
        assert!(
            now.supervisors == 3 && now.disk_bytes >= now.disk_free_bytes,
            "{now:?}"
        );
        assert!(now.disk_bytes > 0);
    }
}
