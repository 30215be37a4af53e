//! The process that serves a network: dnsmasq, one for each, on the network's bridge alone.
//!
//! It is nobody's child for long: it outlives the agent, and the next one finds it by what it was
//! started with, which no other process has. A new start is for another configuration alone; nodes that
//! come and go are told by a signal.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use runtime::faults;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::process::{Child, Command};

pub(crate) use super::config::Served;

use super::config::{self, FOLDER};
use super::files::{remove, write_over};

/// What must be installed.
pub const PROGRAM: &str = "dnsmasq";
pub const PACKAGE: &str = "dnsmasq-base";
/// Accounts without rights, the first that the host has.
const USERS: [&str; 2] = ["dnsmasq", "nobody"];

const READY_WITHIN: Duration = Duration::from_secs(5);
const ENDS_WITHIN: Duration = Duration::from_secs(2);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// One that runs.
pub struct Server {
    process: OwnedFd,
}

/// Where and how it is started.
pub(crate) struct Start<'a> {
    /// The lab's.
    pub folder: &'a Path,
    /// The agent's own.
    pub agent: &'a Path,
    pub dnsmasq: &'a Path,
    pub served: Served<'a>,
}

impl Start<'_> {
    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("n{}.{name}", self.served.network))
    }

    fn mark(&self) -> OsString {
        mark(&self.file("pid"))
    }
}

/// The argument that no other process has.
fn mark(pid_file: &Path) -> OsString {
    let mut mark = OsString::from("--pid-file=");
    mark.push(pid_file);
    mark
}

/// The account that servers run as.
pub(crate) fn user() -> Option<&'static str> {
    let is_there = |name: &&str| matches!(nix::unistd::User::from_name(name), Ok(Some(_)));
    USERS.into_iter().find(is_there)
}

/// One with this configuration runs: `before`, one that an earlier agent started, or a new one. And what
/// the network does without.
pub(crate) async fn ensure(
    start: &Start<'_>,
    before: Option<Server>,
) -> anyhow::Result<(Server, Vec<String>, Option<u32>)> {
    let (text, without) = config::text(&start.served);
    let before = before.filter(Server::lives);
    let running = before.or_else(|| find(|argument| *argument == start.mark()).pop());
    let path = start.file("conf");
    let is_same = std::fs::read(&path).is_ok_and(|old| old == text.as_bytes());
    match running {
        Some(server) if is_same => return Ok((server, without, None)),
        Some(server) => server.end().await?,
        None => {}
    }
    write_over(&path, &text).with_context(|| format!("write {}", path.display()))?;
    faults::point(|| format!("{}: it is to be started", path.display()));
    let (server, pid) = spawn(start).await?;
    faults::point(|| format!("{}: it is started", path.display()));
    Ok((server, without, Some(pid)))
}

async fn spawn(start: &Start<'_>) -> anyhow::Result<(Server, u32)> {
    let (pid_file, log) = (start.file("pid"), start.file("log"));
    remove(&pid_file)?;
    let output = std::fs::File::create(&log).with_context(|| format!("make {}", log.display()))?;
    let mut child = Command::new(start.agent)
        .arg("network-server")
        .arg("--folder")
        .arg(start.folder)
        .arg("--program")
        .arg(start.dnsmasq)
        .arg("--")
        .arg("--keep-in-foreground")
        .arg(format!(
            "--conf-file={FOLDER}/n{}.conf",
            start.served.network
        ))
        .arg(start.mark())
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(output.try_clone()?)
        .stderr(output)
        .process_group(0)
        .spawn()
        .context("start dnsmasq")?;
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            bail!("{}", said(&log, status));
        }
        if std::fs::metadata(&pid_file).is_ok_and(|file| file.len() > 0) {
            break;
        }
        if begun.elapsed() > READY_WITHIN {
            child.kill().await?;
            bail!("dnsmasq is not ready within {} s", READY_WITHIN.as_secs());
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    opened(&child)
}

fn opened(child: &Child) -> anyhow::Result<(Server, u32)> {
    let pid = child.id().context("dnsmasq ended at once")?;
    let process = open(pid).context("dnsmasq ended at once")?;
    Ok((Server { process }, pid))
}

/// Its last words.
fn said(log: &Path, status: ExitStatus) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let last = text.lines().rfind(|line| !line.trim().is_empty());
    let last = last.unwrap_or("it said nothing").trim();
    format!("dnsmasq ended ({status}): {last}")
}

impl Server {
    pub fn lives(&self) -> bool {
        let mut waits = [PollFd::new(&self.process, PollFlags::IN)];
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // A process that has ended is readable.
        matches!(poll(&mut waits, Some(&now)), Ok(0))
    }

    /// It reads names and addresses again.
    pub fn reload(&self) {
        // One that has ended is started again with the new files.
        let _ = pidfd_send_signal(self.process.as_fd(), Signal::HUP);
    }

    pub async fn end(self) -> anyhow::Result<()> {
        for signal in [Signal::TERM, Signal::KILL] {
            let _ = pidfd_send_signal(self.process.as_fd(), signal);
            let begun = Instant::now();
            while begun.elapsed() < ENDS_WITHIN {
                if !self.lives() {
                    return Ok(());
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }
        bail!("dnsmasq does not end")
    }
}

/// Ends every server of the labs in this folder; none of an agent that still works.
pub async fn end_all(folder: &Path) -> Vec<String> {
    let of_folder = mark(&folder.join(""));
    let is_ours = |argument: &OsString| {
        let (argument, folder) = (argument.as_encoded_bytes(), of_folder.as_encoded_bytes());
        argument.starts_with(folder)
    };
    let mut left = Vec::new();
    for server in find(is_ours) {
        left.extend(server.end().await.err().map(|error| error.to_string()));
    }
    left
}

/// One that was started for this network by an earlier agent.
pub(crate) async fn end_found(folder: &Path, network: model::NetworkId) -> anyhow::Result<()> {
    let own = mark(&folder.join(format!("n{network}.pid")));
    for server in find(|argument| *argument == own) {
        server.end().await?;
    }
    Ok(())
}

fn find(is_it: impl Fn(&OsString) -> bool) -> Vec<Server> {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let pids = processes.flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let found = pids.filter_map(|pid| {
        let process = open(pid).ok()?;
        // After the descriptor is open no other process can have the number.
        arguments(pid)
            .iter()
            .any(&is_it)
            .then_some(Server { process })
    });
    found.collect()
}

fn open(pid: u32) -> io::Result<OwnedFd> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or(io::ErrorKind::NotFound)?;
    Ok(pidfd_open(pid, PidfdFlags::empty())?)
}

fn arguments(pid: u32) -> Vec<OsString> {
    use std::os::unix::ffi::OsStringExt;
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let words = line.split(|byte| *byte == 0);
    words
        .map(|word| OsString::from_vec(word.to_vec()))
        .collect()
}
