//! A large lab that runs: what it costs the agent when nothing changes, and how soon one link more is there.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use agent_api::{AgentClient, Discovery};
use model::names::lab_hash_of;
use model::seen::PortId;
use model::spec::{HiddenBridge, InterfaceSpec, LabSpec, LinkSpec, MTU};
use model::{End, IfaceIndex, LinkState};

use crate::agent::{Agent, INSTANCE};
use crate::benchmark::{Benchmark, Context, nothing};
use crate::cpu::used_by;
use crate::figure::Figure;
use crate::lab::{LARGE, link_id, mac, node_id};
use crate::statistics::median;
use crate::watch::Watch;

pub const BENCHMARK: Benchmark = Benchmark {
    name: "steady",
    about: "200 `netns` nodes and 1000 links run. No change: how long a pass takes by the agent's own clock, from its begin to its end, one step after the other, so that its CPU time is no more; and the CPU time (user and system, all threads) of everything that the agent does, as a share of a core: passes, counters of 2000 ports, what nodes use, the status told to the server. One link more: from the request until the kernel has told carrier on both host ends, which an own netlink socket hears; a new link between two other nodes each time, whose interfaces are new too. Walk: the look at every device of the host and of every node that trusts no event, at a cadence of 5 s, with the agent's CPU time meanwhile, both as the agent counts them.",
    needs_root: true,
    packages: &["nova-agent"],
    lacks: nothing,
    run,
};

/// After the start, before anything is measured.
const SETTLE: Duration = Duration::from_secs(5);
const STRETCHES: usize = 4;
const STRETCH: Duration = Duration::from_secs(4);
const LINKS: u64 = 15;
/// Between two links: what the last one made the agent do is over.
const PAUSE: Duration = Duration::from_millis(700);
const LIMIT_MS: f64 = 10.0;
const WALK_MS: f64 = 50.0;
const SHARE_PERCENT: f64 = 1.0;
/// Some walks at the shortest cadence.
const WALKS: Duration = Duration::from_secs(26);

/// Seconds.
struct Walk {
    took: f64,
    cpu: f64,
}

fn run(context: &Context) -> anyhow::Result<Vec<Figure>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let mut figures = Vec::new();
    for (word, policy) in [
        ("on_demand", HiddenBridge::OnDemand),
        ("always", HiddenBridge::Always),
    ] {
        let (stretches, walk, links) = runtime.block_on(measure(context, policy))?;
        let all = |part: fn(&Stretch) -> f64| stretches.iter().map(part).collect::<Vec<_>>();
        figures.extend([
            Figure::new(
                format!("a pass without change, {word}"),
                median(&all(|stretch| stretch.pass)) * 1e3,
                "ms",
            )
            .at_most(LIMIT_MS),
            Figure::new(
                format!("all that the agent does, {word}"),
                median(&all(|stretch| stretch.share)) * 100.0,
                "% of a core",
            )
            .at_most(SHARE_PERCENT),
            Figure::new(format!("walk, {word}"), walk.took * 1e3, "ms").at_most(WALK_MS),
            Figure::new(format!("CPU of a walk, {word}"), walk.cpu * 1e3, "ms").at_most(LIMIT_MS),
            Figure::new(format!("one link more, {word}"), median(&links) * 1e3, "ms")
                .at_most(LIMIT_MS),
        ]);
    }
    Ok(figures)
}

async fn measure(
    context: &Context,
    policy: HiddenBridge,
) -> anyhow::Result<(Vec<Stretch>, Walk, Vec<f64>)> {
    let watch = Watch::start()?;
    let agent = Agent::start(context.program("nova-ve-agent")).await?;
    let mut events = agent.client.events();
    let mut spec = LARGE.spec(1, policy);
    agent.apply(1, spec.clone()).await?;
    agent.until_plumbed(&mut events, &spec).await?;
    tokio::time::sleep(SETTLE).await;
    let mut stretches = Vec::new();
    for _ in 0..STRETCHES {
        stretches.extend(stand_still(&agent).await?);
    }
    let walk = walk(&agent).await?;
    let mut links = Vec::new();
    for number in 0..LINKS {
        let ends = add_link(&mut spec, number);
        let names = ends.map(|port| lab_hash_of(INSTANCE, &spec.lab.to_string()).port(port));
        let wish = spec.clone();
        let begun = Instant::now();
        agent.apply(2 + number, wish).await?;
        let carrier = tokio::task::block_in_place(|| watch.until_carrier(BTreeSet::from(names)))?;
        links.push((carrier - begun).as_secs_f64());
        agent.until_plumbed(&mut events, &spec).await?;
        tokio::time::sleep(PAUSE).await;
    }
    Ok((stretches, walk, links))
}

/// The means of some.
async fn walk(agent: &Agent) -> anyhow::Result<Walk> {
    agent
        .client
        .set_discovery(Discovery { cadence_s: 5 })
        .await?;
    let before = agent.client.figures().await?;
    tokio::time::sleep(WALKS).await;
    let after = agent.client.figures().await?;
    agent.client.set_discovery(Discovery::default()).await?;
    let count = u32::try_from(after.walks.count() - before.walks.count())?;
    anyhow::ensure!(count > 0, "the agent did not walk");
    let mean = |after: Duration, before: Duration| {
        after.saturating_sub(before).as_secs_f64() / f64::from(count)
    };
    Ok(Walk {
        took: mean(after.walks.sum(), before.walks.sum()),
        cpu: mean(after.walks_cpu.sum(), before.walks_cpu.sum()),
    })
}

/// A stretch of time in which nothing changed.
struct Stretch {
    /// Seconds that a pass took.
    pass: f64,
    /// CPU time over time.
    share: f64,
}

/// None when there was no pass in it.
async fn stand_still(agent: &Agent) -> anyhow::Result<Option<Stretch>> {
    let before = agent.client.figures().await?.passes;
    let (begun, cpu_before) = (Instant::now(), used_by(agent.pid())?);
    tokio::time::sleep(STRETCH).await;
    let used = used_by(agent.pid())?.saturating_sub(cpu_before);
    let share = used.as_secs_f64() / begun.elapsed().as_secs_f64();
    let after = agent.client.figures().await?.passes;
    let passes = u32::try_from(after.count() - before.count())?;
    let took = after.sum().saturating_sub(before.sum()).as_secs_f64();
    Ok((passes > 0).then(|| Stretch {
        pass: took / f64::from(passes),
        share,
    }))
}

/// Between two nodes that have none of these yet, each with an interface for it.
fn add_link(spec: &mut LabSpec, number: u64) -> [PortId; 2] {
    let interface = 2 * LARGE.links_a_node;
    let index: IfaceIndex = interface.try_into().expect("few interfaces");
    let nodes = [2 * number, 2 * number + 1];
    for node in nodes {
        let wanted = InterfaceSpec {
            name: format!("eth{interface}"),
            mac: mac(1, node, interface),
            mtu: MTU,
            addresses: Vec::new(),
        };
        let its = spec.nodes.get_mut(&node_id(node)).expect("it is there");
        its.interfaces.insert(index, wanted);
    }
    let [a, b] = nodes.map(|node| End::Interface {
        node: node_id(node),
        interface: index,
    });
    let k = LARGE.links() + number;
    let link = LinkSpec {
        a,
        b,
        network: Some((k + 1).try_into().expect("few links")),
        state: LinkState::Up,
    };
    spec.links.insert(link_id(k), link);
    nodes.map(|node| PortId::new(node_id(node), index))
}
