//! Figures for an operator: what the server counts while it works, and the page that tells them.
//!
//! ```text
//! requests, jobs, edits, streams ─count─▶ Metrics ─┐
//! database, labs, statuses, the agent's figures ───┴─▶ scrape ─▶ families ─▶ page (GET /api/metrics)
//! ```
//! What can be asked when a page is wanted is not counted before: states, pools and memory are as
//! they stand then. No label comes from a client: operations, classes, states, kinds and steps are
//! words of ours, so the page stays as long as it is, whatever is sent.

mod families;
mod page;
mod reader;
mod scrape;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use api::job::{Job, JobAct, JobState};
use axum::http::StatusCode;
use telemetry::Durations;

pub use page::CONTENT_TYPE;
pub use reader::Readers;

/// Answers to log in, by what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogIn {
    Ok,
    Refused,
    /// Not even looked at: too many attempts.
    Limited,
}

#[derive(Debug, Default)]
pub struct Metrics {
    requests: Mutex<BTreeMap<(&'static str, &'static str), Durations>>,
    in_flight: AtomicU64,
    event_streams: AtomicU64,
    event_streams_lagged: AtomicU64,
    log_ins: Mutex<BTreeMap<LogIn, u64>>,
    jobs: Mutex<BTreeMap<(&'static str, &'static str), Durations>>,
    edits: AtomicU64,
}

/// Something that goes on until this is dropped.
pub struct Going<'a>(&'a AtomicU64);

impl Drop for Going<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The name of what no operation of the document answers: the web client, the documents, errors.
pub const NO_OPERATION: &str = "none";

impl Metrics {
    /// A request is being answered.
    pub fn request(&self) -> Going<'_> {
        going(&self.in_flight)
    }

    pub fn answered(&self, operation: Option<&'static str>, status: StatusCode, begun: Instant) {
        let operation = operation.unwrap_or(NO_OPERATION);
        lock(&self.requests)
            .entry((operation, class(status)))
            .or_default()
            .record(begun.elapsed());
        if operation == "create_session" {
            self.logged_in(status);
        }
    }

    fn logged_in(&self, status: StatusCode) {
        let outcome = match status {
            StatusCode::CREATED => LogIn::Ok,
            StatusCode::TOO_MANY_REQUESTS => LogIn::Limited,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => LogIn::Refused,
            // Nobody tried: a body that is no log-in, a server that could not look.
            _ => return,
        };
        *lock(&self.log_ins).entry(outcome).or_default() += 1;
    }

    /// Somebody listens to events.
    pub fn event_stream(&self) -> Going<'_> {
        going(&self.event_streams)
    }

    /// A listener was closed because it read too slowly.
    pub fn event_stream_lagged(&self) {
        self.event_streams_lagged.fetch_add(1, Ordering::Relaxed);
    }

    pub fn edited(&self) {
        self.edits.fetch_add(1, Ordering::Relaxed);
    }

    /// A job as it now is; one that ended is counted.
    pub fn job(&self, job: &Job) {
        let Some(ended_ms) = job.ended_ms else {
            return;
        };
        let took = Duration::from_millis(ended_ms.saturating_sub(job.started_ms));
        lock(&self.jobs)
            .entry((act(job.act), outcome(&job.state)))
            .or_default()
            .record(took);
    }
}

fn going(count: &AtomicU64) -> Going<'_> {
    count.fetch_add(1, Ordering::Relaxed);
    Going(count)
}

fn lock<T>(figures: &Mutex<T>) -> MutexGuard<'_, T> {
    figures.lock().expect("no holder panics: it only counts")
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

fn act(act: JobAct) -> &'static str {
    match act {
        JobAct::Start => "start",
        JobAct::Stop => "stop",
        JobAct::Restart => "restart",
        JobAct::Wipe => "wipe",
    }
}

pub(crate) fn outcome(state: &JobState) -> &'static str {
    match state {
        JobState::Running => "running",
        JobState::Succeeded => "succeeded",
        JobState::Failed { .. } => "failed",
        JobState::Cancelled => "cancelled",
    }
}
