//! From the request to all plumbed: 200 nodes and 1000 links, beside a bare program that makes the
//! same kernel objects.

use std::time::Instant;

use agent_api::AgentClient;
use model::spec::HiddenBridge;

use crate::agent::Agent;
use crate::benchmark::{Benchmark, Context};
use crate::figure::Figure;
use crate::lab::LARGE;

pub const BENCHMARK: Benchmark = Benchmark {
    name: "lab-up",
    about: "200 `netns` nodes and 1000 links, from the request to the agent's word that all run and all links have carrier.",
    needs_root: true,
    packages: &["nova-agent"],
    run,
};

fn run(context: &Context) -> anyhow::Result<Vec<Figure>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let mut figures = Vec::new();
    for (word, policy) in [
        ("on_demand", HiddenBridge::OnDemand),
        ("always", HiddenBridge::Always),
    ] {
        let seconds = runtime.block_on(ours(context, policy))?;
        figures.push(Figure::new(format!("hidden_bridge {word}"), seconds, "s"));
    }
    Ok(figures)
}

/// Seconds from the request to all plumbed.
async fn ours(context: &Context, policy: HiddenBridge) -> anyhow::Result<f64> {
    let agent = Agent::start(context.program("nova-ve-agent")).await?;
    let mut events = agent.client.events();
    let spec = LARGE.spec(1, policy);
    let begun = Instant::now();
    agent.apply(1, spec.clone()).await?;
    agent.until_plumbed(&mut events, &spec).await?;
    let up = begun.elapsed();
    Ok(up.as_secs_f64())
}
