//! What server and agent use of a core while a large lab runs and nobody does anything.

use std::time::{Duration, Instant};

use super::{Embedded, PACKAGES, edits, start};
use crate::benchmark::{Benchmark, Context, nothing};
use crate::cpu::used_by;
use crate::figure::Figure;
use crate::statistics::median;

pub const BENCHMARK: Benchmark = Benchmark {
    name: "idle",
    about: "200 nodes and 1000 links run under `nova-ve up`, nothing changes and nobody looks: the CPU time (user and system, all threads) of server and agent as a share of a core, with walks at the usual cadence of 30 s.",
    needs_root: true,
    packages: PACKAGES,
    lacks: nothing,
    run,
};

/// What the start was followed by is over.
const SETTLE: Duration = Duration::from_secs(10);
const STRETCHES: usize = 3;
/// As long as a cadence: one walk is in each.
const STRETCH: Duration = Duration::from_secs(30);
const LIMIT_PERCENT: f64 = 1.0;

fn run(context: &Context) -> anyhow::Result<Vec<Figure>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let embedded = Embedded::start(context)?;
    let client = embedded.client()?;
    let shares = runtime.block_on(async {
        let (lab, _) = edits::create(&client, 0).await?;
        start(&client, lab).await?;
        tokio::time::sleep(SETTLE).await;
        let mut shares = Vec::new();
        for _ in 0..STRETCHES {
            shares.push(share(&embedded).await?);
        }
        anyhow::Ok(shares)
    })?;
    let of = |part: fn(&Share) -> f64| median(&shares.iter().map(part).collect::<Vec<_>>());
    let unit = "% of a core";
    Ok(vec![
        Figure::new("server", of(|share| share.server), unit),
        Figure::new("agent", of(|share| share.agent), unit),
        Figure::new("both", of(|share| share.server + share.agent), unit).at_most(LIMIT_PERCENT),
    ])
}

/// Per cent of a core.
struct Share {
    server: f64,
    agent: f64,
}

async fn share(embedded: &Embedded) -> anyhow::Result<Share> {
    let used = |part| used_by(embedded.pid(part)?);
    let (begun, server, agent) = (Instant::now(), used("server")?, used("agent")?);
    tokio::time::sleep(STRETCH).await;
    let share = |now: Duration, was: Duration| {
        now.saturating_sub(was).as_secs_f64() / begun.elapsed().as_secs_f64() * 100.0
    };
    Ok(Share {
        server: share(used("server")?, server),
        agent: share(used("agent")?, agent),
    })
}
