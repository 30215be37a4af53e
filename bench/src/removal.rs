//! A running lab is removed: how soon its ports are gone, and how long others wait meanwhile.

use std::time::Instant;

use agent_api::client::ClientEvent;
use agent_api::{AgentClient, Event, LabEntry};
use model::Generation;
use model::spec::HiddenBridge;

use crate::agent::Agent;
use crate::bare;
use crate::benchmark::{Benchmark, Context, nothing};
use crate::figure::Figure;
use crate::lab::LARGE;
use crate::lookout::{Lookout, worst_between};
use crate::watch::Watch;

pub const BENCHMARK: Benchmark = Benchmark {
    name: "removal",
    about: "The running lab of 200 nodes and 1000 links is removed (a tombstone). Ports: from the request until the kernel has told that the last of the 2000 host ends is gone, beside the kernel's own time for one message that deletes as many by their group, in the bare program of `lab-up`, taken in turns. RTNL: meanwhile a thread in another network namespace makes one veth pair after the other; its longest wait while bridges are deleted is told.",
    needs_root: true,
    packages: &["nova-agent"],
    lacks: nothing,
    run,
};

/// How often each is done; deleting 1000 bridges takes up to a minute.
const TURNS: [(HiddenBridge, &str, usize); 2] = [
    (HiddenBridge::OnDemand, "on_demand", 5),
    (HiddenBridge::Always, "always", 1),
];
const LIMIT: f64 = 2.0;
const LONGEST_HOLD_MS: f64 = 100.0;

/// Seconds.
struct Removed {
    ports: f64,
    /// From the first port's end to the last's.
    ports_alone: f64,
    bridges: f64,
    /// Of the look-out.
    worst_at_ports: f64,
    worst_at_bridges: f64,
}

fn run(context: &Context) -> anyhow::Result<Vec<Figure>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let watch = Watch::start()?;
    let mut figures = Vec::new();
    for (policy, word, turns) in TURNS {
        let options = bare::Options {
            bridges: policy == HiddenBridge::Always,
            redirects: true,
            trees: false,
        };
        let (mut ours, mut kernels) = (Vec::new(), Vec::new());
        for _ in 0..turns {
            ours.push(runtime.block_on(remove(context, policy, &watch))?);
            kernels.push(bare::run(options)?.ports_deleted);
        }
        figures.extend(told(word, policy, &ours, &kernels));
    }
    Ok(figures)
}

fn told(word: &str, policy: HiddenBridge, ours: &[Removed], kernels: &[f64]) -> Vec<Figure> {
    let all = |part: fn(&Removed) -> f64| ours.iter().map(part).collect::<Vec<_>>();
    let worst_ms = |part| all(part).into_iter().fold(0.0, f64::max) * 1e3;
    let mut figures = vec![
        Figure::of_pairs(
            format!("ports gone, {word}"),
            &all(|removed| removed.ports),
            kernels,
            "s",
        )
        .at_most(LIMIT),
        Figure::of_pairs(
            format!("… of it from the first port to the last, {word}"),
            &all(|removed| removed.ports_alone),
            kernels,
            "s",
        ),
        Figure::new(
            format!("another's longest wait while ports go, {word}"),
            worst_ms(|removed| removed.worst_at_ports),
            "ms",
        ),
    ];
    if policy == HiddenBridge::Always {
        let bridges = crate::statistics::median(&all(|removed| removed.bridges));
        figures.extend([
            Figure::new("bridges gone after the ports", bridges, "s"),
            Figure::new(
                "another's longest wait while bridges go",
                worst_ms(|removed| removed.worst_at_bridges),
                "ms",
            )
            .at_most(LONGEST_HOLD_MS),
        ]);
    }
    figures
}

async fn remove(context: &Context, policy: HiddenBridge, watch: &Watch) -> anyhow::Result<Removed> {
    let agent = Agent::start(context.program("nova-ve-agent")).await?;
    let mut events = agent.client.events();
    let spec = LARGE.spec(1, policy);
    agent.apply(1, spec.clone()).await?;
    agent.until_plumbed(&mut events, &spec).await?;
    let lookout = Lookout::start();
    let tombstone = LabEntry::Tombstone {
        generation: Generation(2),
    };
    watch.forget();
    let begun = Instant::now();
    agent.apply_entry(spec.lab, tombstone).await?;
    let ports = usize::try_from(2 * LARGE.links())?;
    // Bridges are `nove…`, ports `nve…`.
    let (first, last) = tokio::task::block_in_place(|| watch.until_gone("nve", ports))?;
    agent
        .until_event(&mut events, |event| {
            matches!(event, ClientEvent::Agent(Event::LabRemoved { lab, .. }) if *lab == spec.lab)
        })
        .await?;
    let over = Instant::now();
    let made = lookout.end()?;
    Ok(Removed {
        ports: (last - begun).as_secs_f64(),
        ports_alone: (last - first).as_secs_f64(),
        bridges: (over - last).as_secs_f64(),
        worst_at_ports: worst_between(&made, begun, last),
        worst_at_bridges: worst_between(&made, last, over),
    })
}
