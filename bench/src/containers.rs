//! Forty containers in a ring of degree five, beside the engine's own API and beside containerlab.

mod containerlab;
mod engine;

use std::path::Path;
use std::time::Instant;

use agent_api::client::ClientEvent;
use agent_api::{AgentClient, Event, LabEntry};
use model::Generation;
use model::lab::PullPolicy;
use model::spec::{DockerSpec, DriverSpec, HiddenBridge, LabSpec};

use crate::agent::Agent;
use crate::benchmark::{Benchmark, Context};
use crate::figure::Figure;
use crate::lab::Size;
use crate::statistics::median;
use crate::watch::Watch;

pub use containerlab::BENCHMARK as CONTAINERLAB;

pub const BENCHMARK: Benchmark = Benchmark {
    name: "containers",
    about: "40 containers in a ring of degree 5 (200 links, `hidden_bridge = always`) of the image `nova-ve/host`, from the request to the agent's word that all run and all links have carrier; beside the Docker API's own parallel create and start of the same containers without any link. Down: from the tombstone until the engine lists no container of the lab and the kernel has told that the last of the 400 host ends is gone, beside the API's parallel forced removal; the bridges of the links, of which the kernel deletes one in 17 ms while nobody else can change a device, are deleted after that, a few at a time. Taken in turns, the engine first and second by turns.",
    needs_root: true,
    packages: &["nova-agent"],
    lacks: lacks_image,
    run,
};

const IMAGE: &str = "nova-ve/host:latest";
const COMMAND: [&str; 2] = ["sleep", "infinity"];
const SOCKET: &str = "/var/run/docker.sock";
const RING: Size = Size {
    nodes: 40,
    links_a_node: 5,
};
const TURNS: usize = 7;
const LIMIT: f64 = 1.15;

/// Seconds.
#[derive(Debug, Clone, Copy)]
struct Times {
    up: f64,
    down: f64,
}

fn lacks_image() -> Option<String> {
    if !Path::new(SOCKET).exists() {
        return Some("no Docker engine is here (`./x setup test` starts one)".into());
    }
    let found = std::process::Command::new("docker")
        .args(["image", "inspect", IMAGE])
        .output();
    let is_here = found.is_ok_and(|found| found.status.success());
    (!is_here).then(|| format!("the engine has no image {IMAGE} (`nova-ve image build host`)"))
}

fn run(context: &Context) -> anyhow::Result<Vec<Figure>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let watch = Watch::start()?;
    let (mut ours, mut all_gone, mut engines) = (Vec::new(), Vec::new(), Vec::new());
    for turn in 0..TURNS {
        if turn % 2 == 0 {
            engines.push(runtime.block_on(engine::run())?);
        }
        let (times, gone) = runtime.block_on(nova(context, &watch))?;
        ours.push(times);
        all_gone.push(gone);
        if turn % 2 == 1 {
            engines.push(runtime.block_on(engine::run())?);
        }
    }
    let against = |name: &str, part: fn(&Times) -> f64| {
        let [our, its] = [&ours, &engines].map(|all| all.iter().map(part).collect::<Vec<_>>());
        Figure::of_pairs(name, &our, &its, "s").at_most(LIMIT)
    };
    Ok(vec![
        against("up, with 200 links, beside create and start", |times| {
            times.up
        }),
        against("down, beside forced removal", |times| times.down),
        Figure::new("… until the last bridge is gone", median(&all_gone), "s"),
    ])
}

/// And the seconds until nothing at all is left.
async fn nova(context: &Context, watch: &Watch) -> anyhow::Result<(Times, f64)> {
    let agent = Agent::start(context.program("nova-ve-agent")).await?;
    let mut events = agent.client.events();
    let spec = ring();
    let begun = Instant::now();
    agent.apply(1, spec.clone()).await?;
    agent.until_plumbed(&mut events, &spec).await?;
    let up = begun.elapsed().as_secs_f64();
    let tombstone = LabEntry::Tombstone {
        generation: Generation(2),
    };
    watch.forget();
    let begun = Instant::now();
    agent.apply_entry(spec.lab, tombstone).await?;
    let containers = engine::until_none("nova-ve-").await?;
    let ports = usize::try_from(2 * RING.links())?;
    let (_, ports) = tokio::task::block_in_place(|| watch.until_gone("nve", ports))?;
    let down = (containers.max(ports) - begun).as_secs_f64();
    agent
        .until_event(&mut events, |event| {
            matches!(event, ClientEvent::Agent(Event::LabRemoved { lab, .. }) if *lab == spec.lab)
        })
        .await?;
    Ok((Times { up, down }, begun.elapsed().as_secs_f64()))
}

fn ring() -> LabSpec {
    let mut spec = RING.spec(1, HiddenBridge::Always);
    for node in spec.nodes.values_mut() {
        node.driver = DriverSpec::Docker(Box::new(DockerSpec {
            image: IMAGE.into(),
            pull: PullPolicy::Never,
            hostname: node.name.clone(),
            command: Some(COMMAND.map(str::to_owned).into()),
            ..DockerSpec::default()
        }));
    }
    spec
}
