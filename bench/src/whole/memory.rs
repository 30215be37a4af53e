//! What server and agent hold with 50 labs known and 5 running.

use std::time::Duration;

use anyhow::Context as _;
use api::client::Client;

use super::{Embedded, PACKAGES, import, start};
use crate::benchmark::{Benchmark, Context};
use crate::figure::Figure;

pub const BENCHMARK: Benchmark = Benchmark {
    name: "memory",
    about: "Resident memory (VmRSS, shared pages of the programs' files included) with 50 labs of five nodes known and 5 of them running.",
    needs_root: true,
    packages: PACKAGES,
    run,
};

const KNOWN: usize = 50;
const RUNNING: usize = 5;
/// What was needed to start is given back by then.
const SETTLE: Duration = Duration::from_secs(5);

fn run(context: &Context) -> anyhow::Result<Vec<Figure>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let embedded = Embedded::start(context)?;
    let client = embedded.client()?;
    runtime.block_on(fill(&client))?;
    let [server, agent, keeper] = ["server", "agent", "keeper"].map(|part| {
        let mb = rss_bytes(embedded.pid(part)?)? / 1e6;
        anyhow::Ok(Figure::new(part, mb, "MB"))
    });
    Ok(vec![server?.at_most(30.0), agent?.at_most(15.0), keeper?])
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

fn rss_bytes(pid: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: u32 = line
        .and_then(|rest| rest.split_whitespace().next())
        .context("no VmRSS")?
        .parse()?;
    Ok(f64::from(kib) * 1024.0)
}
