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

pub use containerlab::BENCHMARK as CONTAINERLAB;

pub const BENCHMARK: Benchmark = Benchmark {
    name: "containers",
    about: "40 containers in a ring of degree 5 (200 links, `hidden_bridge = always`) of the image `nova-ve/host`, from the request to the agent's word that all run and all links have carrier; beside the Docker API's own parallel create and start of the same containers without any link. Down: from the tombstone until nothing is left, beside the API's parallel forced removal. Taken in turns, the engine first and second by turns.",
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
    let (mut ours, mut engines) = (Vec::new(), Vec::new());
    for turn in 0..TURNS {
        if turn % 2 == 0 {
            engines.push(runtime.block_on(engine::run())?);
            ours.push(runtime.block_on(nova(context))?);
        } else {
            ours.push(runtime.block_on(nova(context))?);
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
    ])
}

async fn nova(context: &Context) -> anyhow::Result<Times> {
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
    let begun = Instant::now();
    agent.apply_entry(spec.lab, tombstone).await?;
    agent
        .until_event(&mut events, |event| {
            matches!(event, ClientEvent::Agent(Event::LabRemoved { lab, .. }) if *lab == spec.lab)
        })
        .await?;
    let down = begun.elapsed().as_secs_f64();
    Ok(Times { up, down })
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
