//! The same lab by Mininet: hosts and veth pairs only.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use agent_api::client::ClientEvent;
use agent_api::{AgentClient, Event, LabEntry};
use anyhow::{Context as _, ensure};
use model::Generation;
use model::spec::HiddenBridge;
use serde::Deserialize;

use crate::agent::Agent;
use crate::benchmark::{Benchmark, Context};
use crate::figure::Figure;
use crate::lab::LARGE;
use crate::statistics::median;

pub const BENCHMARK: Benchmark = Benchmark {
    name: "mininet",
    about: "200 hosts and 1000 veth pairs by Mininet (hosts and links only, no switch, no controller), beside 200 `netns` nodes and 1000 links of nova-ve (`hidden_bridge = on_demand`). Up: from the request until all is there. Down: nova-ve from the tombstone until the agent tells that nothing is left; Mininet its `stop()`. Taken in turns; the ratio is Mininet's median over nova-ve's.",
    needs_root: true,
    packages: &["nova-agent"],
    lacks,
    run,
};

const SCRIPT: &str = include_str!("mininet.py");
/// The one that the distribution's packages belong to.
const PYTHON: &str = "/usr/bin/python3";
/// Mininet needs most of a minute for each.
const TURNS: usize = 2;
/// Of ours for each of Mininet's.
const OURS: usize = 2;
const UP_FASTER: f64 = 5.0;
const DOWN_FASTER: f64 = 10.0;

/// Seconds.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Times {
    up: f64,
    down: f64,
}

fn lacks() -> Option<String> {
    let found = Command::new(PYTHON)
        .args(["-c", "import mininet.net"])
        .stderr(Stdio::null())
        .status();
    let is_here = found.is_ok_and(|status| status.success());
    let why = "Mininet is not installed (`apt install mininet`, Debian and Ubuntu)";
    (!is_here).then(|| why.into())
}

fn run(context: &Context) -> anyhow::Result<Vec<Figure>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        for _ in 0..OURS {
            ours.push(runtime.block_on(nova(context))?);
        }
        theirs.push(mininet()?);
    }
    let faster = |name, part: fn(&Times) -> f64| {
        let [its, our] =
            [&theirs, &ours].map(|all| median(&all.iter().map(part).collect::<Vec<_>>()));
        Figure::ratio(name, its, our, "s")
    };
    Ok(vec![
        faster("up, Mininet over nova-ve", |times| times.up).at_least(UP_FASTER),
        faster("down, Mininet over nova-ve", |times| times.down).at_least(DOWN_FASTER),
    ])
}

async fn nova(context: &Context) -> anyhow::Result<Times> {
    let agent = Agent::start(context.program("nova-ve-agent")).await?;
    let mut events = agent.client.events();
    let spec = LARGE.spec(1, HiddenBridge::OnDemand);
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

fn mininet() -> anyhow::Result<Times> {
    let links: Vec<_> = (0..LARGE.links())
        .map(|k| LARGE.ends(k).map(|(node, _)| node))
        .collect();
    let plan = serde_json::json!({"hosts": LARGE.nodes, "links": links});
    let mut python = Command::new(PYTHON)
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("start python3")?;
    let mut input = python.stdin.take().context("no way to tell the plan")?;
    input.write_all(plan.to_string().as_bytes())?;
    drop(input);
    let output = python.wait_with_output()?;
    ensure!(
        output.status.success(),
        "Mininet's script ended with {}",
        output.status
    );
    Ok(serde_json::from_slice(&output.stdout)?)
}
