//! Waiting for a job: a bar that moves where somebody watches, lines where nobody does.
//!
//! The job belongs to the server: Ctrl-C ends the waiting, not the job.

mod words;

use std::collections::BTreeMap;
use std::time::Duration;

use api::client::{Client, ClientError};
use api::job::{Job, JobState};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::{Instant, sleep};

use crate::failure::{Exit, Failure};
use crate::output::{is_live, print, remark};

const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// A server that is started again takes its jobs up.
const SERVER_PATIENCE: Duration = Duration::from_secs(30);

/// Whether to wait for the end.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Waiting {
    /// Come back at once instead of waiting for the end
    #[arg(long)]
    no_wait: bool,
    /// Wait for the end; the default
    #[arg(long, hide = true, conflicts_with = "no_wait")]
    wait: bool,
}

/// Waits if that is wished, and says how it ended.
pub async fn finish(
    client: &Client,
    job: Job,
    lab: &str,
    waiting: Waiting,
) -> anyhow::Result<Exit> {
    if waiting.no_wait {
        print(&words::begun(&job, lab));
        return Ok(Exit::DONE);
    }
    let exit = wait(client, job, lab).await?;
    Ok(exit.map_or(Exit::INTERRUPTED, |sentence| {
        print(&sentence);
        Exit::DONE
    }))
}

/// How it ended, in a sentence; none when Ctrl-C ended the waiting.
pub async fn wait(client: &Client, job: Job, lab: &str) -> anyhow::Result<Option<String>> {
    let act = job.act;
    tokio::select! {
        ended = follow(client, job, lab) => ended.map(Some),
        _ = tokio::signal::ctrl_c() => {
            remark(&words::left_alone(act, lab));
            Ok(None)
        }
    }
}

async fn follow(client: &Client, job: Job, lab: &str) -> anyhow::Result<String> {
    let mut progress = Progress::new(&job, lab);
    let started = Instant::now();
    let mut job = job;
    let mut silent_since: Option<Instant> = None;
    while job.state == JobState::Running {
        sleep(LOOK_AGAIN).await;
        match client.job(job.id, 0).await {
            Ok(now) => {
                silent_since = None;
                progress.show(&now);
                job = now;
            }
            Err(ClientError::Unreachable { .. } | ClientError::BrokenOff { .. })
                if silent_since.get_or_insert_with(Instant::now).elapsed() < SERVER_PATIENCE => {}
            Err(error) => return Err(error.into()),
        }
    }
    progress.end();
    conclude(&job, lab, started.elapsed())
}

fn conclude(job: &Job, lab: &str, took: Duration) -> anyhow::Result<String> {
    match &job.state {
        JobState::Succeeded | JobState::Running => Ok(words::succeeded(job, lab, took)),
        JobState::Failed { why } => Err(Failure::new(Exit::FAILED, words::failed(job, lab, why))
            .hint(words::after_failure(job, lab))
            .into()),
        JobState::Cancelled => Err(Failure::new(
            Exit::FAILED,
            format!("{lab}: somebody cancelled the {}", job.act),
        )
        .into()),
    }
}

/// What is shown while a job runs.
enum Progress {
    Bar(ProgressBar),
    /// Each node's state is said when it changes.
    Lines {
        said: BTreeMap<String, String>,
    },
}

impl Progress {
    fn new(job: &Job, lab: &str) -> Self {
        if !is_live() {
            let mut lines = Self::Lines {
                said: BTreeMap::new(),
            };
            lines.show(job);
            return lines;
        }
        let style = ProgressStyle::with_template("{prefix}  {bar:20} {pos}/{len}  {wide_msg}")
            .expect("the template is a constant");
        let bar =
            ProgressBar::with_draw_target(Some(u64::from(job.total)), ProgressDrawTarget::stderr());
        bar.set_style(style);
        bar.set_prefix(lab.to_owned());
        let mut progress = Self::Bar(bar);
        progress.show(job);
        progress
    }

    fn show(&mut self, job: &Job) {
        match self {
            Self::Bar(bar) => {
                bar.set_length(u64::from(job.total));
                bar.set_position(u64::from(job.done));
                bar.set_message(words::waits_for(job));
            }
            Self::Lines { said } => {
                for node in &job.nodes {
                    if said.get(&node.name) != Some(&node.state) {
                        remark(&words::node_line(node));
                        said.insert(node.name.clone(), node.state.clone());
                    }
                }
            }
        }
    }

    fn end(&self) {
        match self {
            Self::Bar(bar) => bar.finish_and_clear(),
            Self::Lines { .. } => {}
        }
    }
}
