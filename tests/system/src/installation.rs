//! One embedded nova-ve in a data folder of its own, driven by its command line as a person drives it.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

use crate::host::Host;
use crate::wait::wait_for;

/// The two programs that `nova-ve up` keeps running.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    Server,
    Agent,
}

impl Part {
    fn key(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Agent => "agent",
        }
    }
}

/// Processes that were told to end need a moment to be gone from the table.
const END_LIMIT_S: u64 = 10;

pub struct Installation {
    data: Option<TempDir>,
    /// The host before anything was started.
    before: Host,
}

impl Installation {
    /// `nova-ve up -d` in a fresh folder.
    pub fn up() -> anyhow::Result<Self> {
        Self::up_on(|_| Ok(()))
    }

    /// `nova-ve up -d` in a folder that is filled first.
    pub fn up_on(fill: impl FnOnce(&Path) -> anyhow::Result<()>) -> anyhow::Result<Self> {
        let data = tempfile::Builder::new()
            .prefix("nova-ve-system-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir()?;
        fill(data.path())?;
        let installation = Self {
            before: Host::of(data.path(), false),
            data: Some(data),
        };
        installation.nova(&["up", "-d"])?;
        Ok(installation)
    }

    pub fn data(&self) -> &Path {
        self.data
            .as_ref()
            .expect("the folder lives until the end")
            .path()
    }

    /// A `nova-ve …` of this installation.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(crate::bin().join("nova-ve"));
        command
            .args(args)
            .env("NOVA_VE_DATA", self.data())
            .stdin(Stdio::null());
        command
    }

    pub fn try_nova(&self, args: &[&str]) -> anyhow::Result<Output> {
        self.command(args)
            .output()
            .context("failed to start nova-ve")
    }

    /// Runs `nova-ve …` and gives what it printed; fails with all it said when it fails.
    pub fn nova(&self, args: &[&str]) -> anyhow::Result<String> {
        let out = self.try_nova(args)?;
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        if !out.status.success() {
            let errors = String::from_utf8_lossy(&out.stderr);
            bail!(
                "nova-ve {} ended with {}: {text}{errors}",
                args.join(" "),
                out.status
            );
        }
        Ok(text)
    }

    pub fn nova_json(&self, args: &[&str]) -> anyhow::Result<Value> {
        let text = self.nova(&[args, &["-o", "json"]].concat())?;
        serde_json::from_str(&text)
            .with_context(|| format!("nova-ve {} printed no JSON: {text}", args.join(" ")))
    }

    /// Imports one of our sample labs and starts it.
    pub fn start_sample(&self, file: &str) -> anyhow::Result<()> {
        let path = crate::labs().join(file);
        self.nova(&["lab", "import", &path.display().to_string(), "--start"])?;
        Ok(())
    }

    /// Runs a command in a node; `node` is `lab/node`.
    pub fn exec(&self, node: &str, argv: &[&str]) -> anyhow::Result<String> {
        self.nova(&[&["exec", node, "--"], argv].concat())
    }

    /// FRR's answer as JSON.
    pub fn vtysh(&self, node: &str, command: &str) -> anyhow::Result<Value> {
        let text = self.exec(node, &["vtysh", "-c", command])?;
        serde_json::from_str(&text)
            .with_context(|| format!("{node}: {command} printed no JSON: {text}"))
    }

    /// Whether one ping is answered.
    pub fn pings(&self, node: &str, address: &str) -> bool {
        self.exec(node, &["ping", "-n", "-c", "1", "-W", "1", address])
            .is_ok()
    }

    /// `up.json`: pids and url.
    pub fn record(&self) -> anyhow::Result<Value> {
        let text = std::fs::read_to_string(self.data().join("up.json"))?;
        Ok(serde_json::from_str(&text)?)
    }

    pub fn pid(&self, part: Part) -> anyhow::Result<i32> {
        let record = self.record()?;
        let pid = record[part.key()]["pid"]
            .as_i64()
            .with_context(|| format!("up.json names no {}: {record}", part.key()))?;
        Ok(i32::try_from(pid)?)
    }

    /// `kill -9`, and waits until its keeper has started another.
    pub fn kill_and_wait_for_another(&self, part: Part) -> anyhow::Result<()> {
        let pid = self.pid(part)?;
        kill(Pid::from_raw(pid), Signal::SIGKILL)?;
        wait_for(&format!("another {part:?}"), 30, || {
            Ok((self.pid(part)? != pid).then_some(()))
        })?;
        self.wait_until_healthy()
    }

    /// `nova-ve status` says ok for server and agent.
    pub fn wait_until_healthy(&self) -> anyhow::Result<()> {
        wait_for("a healthy installation", 30, || {
            let status = self.nova_json(&["status"])?;
            Ok((status["health"]["status"] == "ok").then_some(()))
        })
    }

    /// What the agent keeps of a node on disk: pid and start time of its supervisor among it.
    pub fn node_records(&self) -> anyhow::Result<Vec<(PathBuf, Value)>> {
        let mut records = Vec::new();
        for entry in std::fs::read_dir(self.data().join("runtime/nodes"))? {
            let path = entry?.path().join("node.json");
            if let Ok(text) = std::fs::read_to_string(&path) {
                records.push((path, serde_json::from_str(&text)?));
            }
        }
        records.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(records)
    }

    /// `nova-ve down --purge`, and nothing is left.
    pub fn end(mut self) -> anyhow::Result<()> {
        self.nova(&["down", "--purge", "--yes"])?;
        let folder = self
            .data
            .take()
            .expect("the folder lives until the end")
            .keep();
        if folder.exists() {
            bail!("left behind: the folder {}", folder.display());
        }
        Host::must_become(&folder, false, &self.before, END_LIMIT_S)?;
        Ok(())
    }
}

impl Drop for Installation {
    /// A test that failed must not disturb the next one.
    fn drop(&mut self) {
        if self.data.is_none() {
            return;
        }
        for log in ["agent.log", "server.log", "up.log"] {
            let text =
                std::fs::read_to_string(self.data().join("logs").join(log)).unwrap_or_default();
            let tail: Vec<&str> = text.lines().rev().take(40).collect();
            crate::say(&format!("--- the end of {log}"));
            tail.iter().rev().for_each(|line| crate::say(line));
        }
        let ended = self.nova(&["down", "--purge", "--yes"]);
        crate::say(&format!("after the failure: down --purge: {ended:?}"));
    }
}
