//! What the programs hold while nothing runs.

use std::fmt;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use api::client::Client;

use crate::{Installation, Part};

/// Everything must be gone this long after the last lab was deleted.
const QUIET_LIMIT: Duration = Duration::from_mins(2);
/// Threads and connections that wait for more work end by themselves.
const SETTLE: Duration = Duration::from_secs(12);

/// One program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Program {
    pub pid: i32,
    pub rss_kib: u64,
    pub handles: u64,
    pub threads: u64,
}

#[derive(Debug, Clone)]
pub(super) struct Measure {
    pub server: Program,
    pub agent: Program,
    /// Files and folders below `runtime/`.
    pub runtime_files: u64,
}

/// A client with the embedded installation's own session.
pub(super) async fn client(nova: &Installation) -> anyhow::Result<Client> {
    let begun = Instant::now();
    loop {
        // Asks for the session anew when it is no longer good.
        nova.nova(&["status"]).ok();
        let text = fs::read_to_string(nova.data().join("session.json")).unwrap_or_default();
        let login: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        if let (Some(url), Some(secret)) = (login["url"].as_str(), login["secret"].as_str()) {
            let client = Client::new(url, Some(secret.to_owned()))?;
            if client.session().await.is_ok() {
                return Ok(client);
            }
        }
        if begun.elapsed() > QUIET_LIMIT {
            bail!("nobody can log in any more");
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// Waits until no lab and nothing of one is left, then until the programs have settled.
pub(super) async fn when_nothing_runs(nova: &Installation) -> anyhow::Result<Measure> {
    let begun = Instant::now();
    loop {
        let left = left_of_labs(nova).await;
        if left.as_ref().is_ok_and(Vec::is_empty) {
            break;
        }
        if begun.elapsed() > QUIET_LIMIT {
            bail!("something of the labs stays: {left:?}");
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    tokio::time::sleep(SETTLE).await;
    Ok(Measure {
        server: program(nova.pid(Part::Server)?)?,
        agent: program(nova.pid(Part::Agent)?)?,
        runtime_files: count_files(&nova.data().join("runtime")),
    })
}

async fn left_of_labs(nova: &Installation) -> anyhow::Result<Vec<String>> {
    let labs = client(nova).await?.labs().await?;
    let mut left: Vec<String> = labs.iter().map(|lab| format!("lab {}", lab.name)).collect();
    for entry in fs::read_dir(nova.data().join("runtime/nodes"))?.flatten() {
        left.push(format!("node folder {}", entry.file_name().display()));
    }
    if nix::unistd::geteuid().is_root() {
        left.extend(crate::host::devices());
    }
    Ok(left)
}

fn program(pid: i32) -> anyhow::Result<Program> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))
        .with_context(|| format!("process {pid} is gone"))?;
    let number = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
            .with_context(|| format!("/proc/{pid}/status has no {key}"))
    };
    Ok(Program {
        pid,
        rss_kib: number("VmRSS:")?,
        handles: fs::read_dir(format!("/proc/{pid}/fd"))?.count() as u64,
        threads: number("Threads:")?,
    })
}

fn count_files(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let below = |entry: fs::DirEntry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => 1 + count_files(&entry.path()),
        Ok(_) | Err(_) => 1,
    };
    entries.map(below).sum()
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            pid,
            rss_kib,
            handles,
            threads,
        } = self;
        write!(
            f,
            "{rss_kib} KiB, {handles} handles, {threads} threads (pid {pid})"
        )
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            server,
            agent,
            runtime_files,
            ..
        } = self;
        write!(
            f,
            "server {server} | agent {agent} | {runtime_files} files in runtime/"
        )
    }
}
