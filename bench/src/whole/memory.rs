//! What server, agent and a node's supervisor hold with 50 labs known and 5 running.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use api::client::Client;

use super::{Embedded, PACKAGES, import, start};
use crate::benchmark::{Benchmark, Context, nothing};
use crate::figure::Figure;
use crate::statistics::median;

pub const BENCHMARK: Benchmark = Benchmark {
    name: "memory",
    about: "Memory with 50 labs of five nodes known and 5 of them running. Resident is VmRSS: every page that a process has mapped and that is in memory. A supervisor is the agent's own program, so most of its resident pages are those of the program's file and of the C library, which are in memory once for the agent and all supervisors together; its share (PSS) divides each such page by the processes that map it, and is what the limit is on: the sum over all supervisors is what they take. Private is what nobody shares. Supervisors: the median of the 25.",
    needs_root: true,
    packages: PACKAGES,
    lacks: nothing,
    run,
};

const KNOWN: usize = 50;
const RUNNING: usize = 5;
/// What was needed to start is given back by then.
const SETTLE: Duration = Duration::from_secs(5);

/// Megabytes.
#[derive(Debug, Clone, Copy)]
struct Memory {
    resident: f64,
    share: f64,
    private: f64,
}

fn run(context: &Context) -> anyhow::Result<Vec<Figure>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let embedded = Embedded::start(context)?;
    let client = embedded.client()?;
    runtime.block_on(fill(&client))?;
    let part = |name| memory(embedded.pid(name)?);
    let (server, agent, keeper) = (part("server")?, part("agent")?, part("keeper")?);
    let supervisors = supervisors(&embedded.data.path().join("runtime/nodes"))?;
    let of = |part: fn(&Memory) -> f64| median(&supervisors.iter().map(part).collect::<Vec<_>>());
    let resident = |name: &str, value| Figure::new(format!("{name}, resident"), value, "MB");
    let share = |name: &str, value| Figure::new(format!("{name}, share"), value, "MB");
    let private = |name: &str, value| Figure::new(format!("{name}, private"), value, "MB");
    Ok(vec![
        resident("server", server.resident).at_most(30.0),
        private("server", server.private),
        resident("agent", agent.resident).at_most(15.0),
        private("agent", agent.private),
        share("a node's supervisor", of(|memory| memory.share)).at_most(1.0),
        resident("a node's supervisor", of(|memory| memory.resident)),
        private("a node's supervisor", of(|memory| memory.private)),
        resident("keeper", keeper.resident),
        private("keeper", keeper.private),
    ])
}

async fn fill(client: &Client) -> anyhow::Result<()> {
    for number in 0..KNOWN {
        let lab = import(client, format!("bench {number}")).await?;
        if number < RUNNING {
            start(client, lab.id).await?;
        }
    }
    // A page of labs and one lab, as a person has them open.
    client.labs().await?;
    tokio::time::sleep(SETTLE).await;
    Ok(())
}

/// By the nodes' records.
fn supervisors(nodes: &Path) -> anyhow::Result<Vec<Memory>> {
    let mut found = Vec::new();
    for folder in std::fs::read_dir(nodes)? {
        let record = std::fs::read(folder?.path().join("node.json"))?;
        let record: serde_json::Value = serde_json::from_slice(&record)?;
        let pid = record["pid"].as_u64().context("a record without pid")?;
        found.push(memory(u32::try_from(pid)?)?);
    }
    Ok(found)
}

fn memory(pid: u32) -> anyhow::Result<Memory> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let sums = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    Ok(Memory {
        resident: mb(&status, "VmRSS:")?,
        share: mb(&sums, "Pss:")?,
        private: mb(&sums, "Private_Clean:")? + mb(&sums, "Private_Dirty:")?,
    })
}

/// The line's kilobytes, which are of 1024 bytes.
fn mb(text: &str, name: &str) -> anyhow::Result<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let kib: u32 = line
        .and_then(|rest| rest.split_whitespace().next())
        .with_context(|| format!("no {name}"))?
        .parse()?;
    Ok(f64::from(kib) * 1024.0 / 1e6)
}
