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
    runtime.block_on(async {
        let (lab, _) = edits::create(&client, 0).await?;
        start(&client, lab).await
    })?;
    std::thread::sleep(SETTLE);
    let (mut server, mut agent, mut both) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..STRETCHES {
        let used = || {
            anyhow::Ok((
                used_by(embedded.pid("server")?)?,
                used_by(embedded.pid("agent")?)?,
            ))
        };
        let (begun, before) = (Instant::now(), used()?);
        std::thread::sleep(STRETCH);
        let after = used()?;
        let share = |now: Duration, was: Duration| {
            now.saturating_sub(was).as_secs_f64() / begun.elapsed().as_secs_f64() * 100.0
        };
        let (of_server, of_agent) = (share(after.0, before.0), share(after.1, before.1));
        server.push(of_server);
        agent.push(of_agent);
        both.push(of_server + of_agent);
    }
    let unit = "% of a core";
    Ok(vec![
        Figure::new("server", median(&server), unit),
        Figure::new("agent", median(&agent), unit),
        Figure::new("both", median(&both), unit).at_most(LIMIT_PERCENT),
    ])
}
