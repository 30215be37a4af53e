//! Benchmarks of the whole: `nova-ve up` as a person starts it, asked over its API.

mod console;
mod edits;
mod health;
mod idle;
mod memory;
mod up;

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, bail};
use api::client::Client;
use api::job::{JobAct, JobState};
use api::lab::{ImportLab, Selection};
use model::{Lab, LabId};
use serde_json::Value;
use tempfile::TempDir;

use crate::benchmark::Context;

pub use health::bare as bare_health;

pub use console::BENCHMARK as CONSOLE;
pub use edits::BENCHMARK as EDITS;
pub use health::BENCHMARK as HEALTH;
pub use idle::BENCHMARK as IDLE;
pub use memory::BENCHMARK as MEMORY;
pub use up::BENCHMARK as UP;

/// What every one of them runs.
const PACKAGES: &[&str] = &["nova-cli", "nova-server", "nova-agent"];
const ROUTER_AND_HOSTS: &str = include_str!("../../../labs/shared-network.json");

/// An embedded nova-ve in a folder of its own; purged when it is dropped.
pub struct Embedded {
    programs: PathBuf,
    data: TempDir,
}

impl Embedded {
    /// The folder, with nothing started.
    fn prepare(context: &Context) -> anyhow::Result<Self> {
        Ok(Self {
            programs: context.programs.clone(),
            data: tempfile::Builder::new()
                .prefix("nova-ve-bench-")
                .tempdir()?,
        })
    }

    pub fn start(context: &Context) -> anyhow::Result<Self> {
        let embedded = Self::prepare(context)?;
        embedded.nova(&["up", "-d"])?;
        Ok(embedded)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command
            .env("NOVA_VE_DATA", self.data.path())
            .stdin(Stdio::null());
        command
    }

    pub fn nova(&self, args: &[&str]) -> anyhow::Result<Output> {
        let output = self.command("nova-ve").args(args).output()?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            bail!(
                "nova-ve {} ended with {}: {errors}",
                args.join(" "),
                output.status
            );
        }
        Ok(output)
    }

    fn file(&self, name: &str) -> anyhow::Result<Value> {
        let text =
            std::fs::read(self.data.path().join(name)).with_context(|| format!("read {name}"))?;
        Ok(serde_json::from_slice(&text)?)
    }

    fn pid(&self, part: &str) -> anyhow::Result<u32> {
        let pid = self.file("up.json")?[part]["pid"].as_u64();
        Ok(u32::try_from(pid.with_context(|| format!("no {part}"))?)?)
    }

    /// The secret of a session, which outlives the server.
    fn secret(&self) -> anyhow::Result<String> {
        self.nova(&["lab", "ls"])?;
        let login = self.file("session.json")?;
        Ok(login["secret"].as_str().context("no session")?.to_owned())
    }

    fn client(&self) -> anyhow::Result<Client> {
        let secret = self.secret()?;
        let record = self.file("up.json")?;
        let url = record["url"].as_str().context("no address")?;
        Ok(Client::new(url, Some(secret))?)
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        // What fails here leaves something running, which the person sees by `ps`.
        self.nova(&["down", "--purge", "--yes"]).ok();
    }
}

/// Four hosts and a router on two networks.
async fn import(client: &Client, name: String) -> anyhow::Result<Lab> {
    let lab: Lab = serde_json::from_str(ROUTER_AND_HOSTS)?;
    let made = client
        .import_lab(&ImportLab {
            lab,
            name: Some(name),
        })
        .await?;
    Ok(made.lab)
}

async fn start(client: &Client, lab: LabId) -> anyhow::Result<()> {
    let job = client
        .act(lab, JobAct::Start, &Selection::default())
        .await?;
    let job = client.job(job.id, 60).await?;
    match job.state {
        JobState::Succeeded => Ok(()),
        other => bail!("the lab did not start: {other:?}"),
    }
}
