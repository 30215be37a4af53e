//! From the request to all plumbed: 200 nodes and 1000 links, beside a bare program that makes the
//! same kernel objects.

use std::time::Instant;

use agent_api::AgentClient;
use model::spec::HiddenBridge;

use crate::agent::Agent;
use crate::bare::{self, Times};
use crate::benchmark::{Benchmark, Context, nothing};
use crate::figure::Figure;
use crate::lab::LARGE;

/// Without hidden bridges.
pub const ON_DEMAND: Benchmark = Benchmark {
    name: "lab-up",
    about: "200 `netns` nodes and 1000 links (`hidden_bridge = on_demand`), from the request to the agent's word that all run and all links have carrier; beside a bare program that makes the same kernel objects with plain system calls and netlink, twenty messages a datagram: 200 times the seven namespaces (user, net, mount, pid, uts, ipc, cgroup) with a mount tree each, 2000 host-ended single-queue veth pairs, both ends up, the tc redirects that make a link transparent. Taken in turns. The further ratios are against a bare program that leaves these parts out, though nova-ve makes them.",
    needs_root: true,
    packages: &["nova-agent"],
    lacks: nothing,
    run: |context| run(context, HiddenBridge::OnDemand, 9),
};

/// With one for each link. Each turn deletes 2000 bridges, 16 ms each, hence a benchmark of its own.
pub const ALWAYS: Benchmark = Benchmark {
    name: "lab-up-always",
    about: "The same with `hidden_bridge = always`: both programs make 1000 bridges besides, and put both host ends of a link in its bridge.",
    needs_root: true,
    packages: &["nova-agent"],
    lacks: nothing,
    run: |context| run(context, HiddenBridge::Always, 3),
};

const LIMIT: f64 = 2.5;

fn run(context: &Context, policy: HiddenBridge, turns: usize) -> anyhow::Result<Vec<Figure>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let options = bare::Options {
        bridges: policy == HiddenBridge::Always,
        redirects: true,
        trees: true,
    };
    let (mut ours, mut bares) = (Vec::new(), Vec::new());
    for _ in 0..turns {
        ours.push(runtime.block_on(up(context, policy))?);
        bares.push(bare::run(options)?);
    }
    let against = |name: &str, part: &dyn Fn(&Times) -> f64| {
        let peers: Vec<f64> = bares.iter().map(part).collect();
        Figure::of_pairs(name, &ours, &peers, "s")
    };
    Ok(vec![
        against("beside the bare program", &|times| {
            times.lab() + times.redirects + times.trees
        })
        .at_most(LIMIT),
        against("… that makes no tc redirects", &|times| {
            times.lab() + times.trees
        }),
        against("… that makes no mount trees", &|times| {
            times.lab() + times.redirects
        }),
        against("… that makes neither", &|times| times.lab()),
    ])
}

/// Seconds from the request to all plumbed.
async fn up(context: &Context, policy: HiddenBridge) -> anyhow::Result<f64> {
    let agent = Agent::start(context.program("nova-ve-agent")).await?;
    let mut events = agent.client.events();
    let spec = LARGE.spec(1, policy);
    let begun = Instant::now();
    agent.apply(1, spec.clone()).await?;
    agent.until_plumbed(&mut events, &spec).await?;
    Ok(begun.elapsed().as_secs_f64())
}
