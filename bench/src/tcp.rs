//! TCP over a link of ours between two nodes, beside a bare veth pair between two namespaces.

mod stream;

use std::fs::File;
use std::net::Ipv4Addr;
use std::os::fd::AsRawFd;

use agent_api::AgentClient;
use anyhow::{Context as _, ensure};
use model::lab::Address;
use model::spec::{HiddenBridge, MTU};
use nix::sched::{CloneFlags, unshare};

use crate::agent::Agent;
use crate::benchmark::{Benchmark, Context, nothing};
use crate::figure::Figure;
use crate::lab::{Size, node_id};
use crate::netlink::Netlink;
use crate::netlink::device::{self, End, HostSide};
use stream::{Way, inside, transfer};

pub const BENCHMARK: Benchmark = Benchmark {
    name: "tcp",
    about: "TCP from one `netns` node to another over a link of two ends (two veth pairs, joined by tc redirects), beside a bare single-queue veth pair of the same MTU between two namespaces: one stream for a second at a time, taken in turns; the sender is pinned to one processor, the receiver to another.",
    needs_root: true,
    packages: &["nova-agent"],
    lacks: nothing,
    run,
};

const TURNS: usize = 15;
const LIMIT: f64 = 0.95;
/// Two nodes, one link.
const PAIR: Size = Size {
    nodes: 2,
    links_a_node: 1,
};
const ADDRESSES: [Ipv4Addr; 2] = [Ipv4Addr::new(10, 0, 0, 1), Ipv4Addr::new(10, 0, 0, 2)];
const PREFIX: u8 = 24;

fn run(context: &Context) -> anyhow::Result<Vec<Figure>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let bare = bare_pair()?;
    let mut figures = Vec::new();
    for (word, policy) in [
        ("on_demand", HiddenBridge::OnDemand),
        ("always", HiddenBridge::Always),
    ] {
        let agent = runtime.block_on(two_nodes(context, policy))?;
        let ours = Way {
            netns: [node_netns(&agent, 0)?, node_netns(&agent, 1)?],
            address: ADDRESSES[1],
        };
        // The first second of each is for the caches and the windows.
        transfer(&ours)?;
        transfer(&bare)?;
        let (mut we, mut they) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            we.push(transfer(&ours)?);
            they.push(transfer(&bare)?);
        }
        let name = format!("beside a bare veth pair, {word}");
        figures.push(Figure::of_pairs(name, &we, &they, "Gbit/s").at_least(LIMIT));
    }
    Ok(figures)
}

/// One link between interface 0 of the first and interface 1 of the second.
async fn two_nodes(context: &Context, policy: HiddenBridge) -> anyhow::Result<Agent> {
    let agent = Agent::start(context.program("nova-ve-agent")).await?;
    let mut events = agent.client.events();
    let mut spec = PAIR.spec(1, policy);
    // The circle of two closes with a second link between them.
    spec.links.retain(|id, _| *id == crate::lab::link_id(0));
    let [a, b] = PAIR.ends(0);
    for ((node, interface), address) in [a, b].into_iter().zip(ADDRESSES) {
        let its = spec.nodes.get_mut(&node_id(node)).context("no such node")?;
        let interface = interface.try_into().context("no such interface")?;
        let interface = its.interfaces.get_mut(&interface);
        let interface = interface.context("no such interface")?;
        interface.addresses = vec![Address(format!("{address}/{PREFIX}").parse()?)];
    }
    agent.apply(1, spec.clone()).await?;
    agent.until_plumbed(&mut events, &spec).await?;
    Ok(agent)
}

/// By the agent's record of the node: `runtime/nodes/HASH-NODE/node.json`.
fn node_netns(agent: &Agent, node: u64) -> anyhow::Result<File> {
    let ends_with = format!("-{}", node_id(node));
    let nodes = std::fs::read_dir(agent.data().join("runtime/nodes"))?;
    let folder = nodes
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.to_string_lossy().ends_with(&ends_with));
    let record = std::fs::read(folder.context("no folder of the node")?.join("node.json"))?;
    let record: serde_json::Value = serde_json::from_slice(&record)?;
    let pid = record["pid"].as_u64().context("no pid of the node")?;
    Ok(File::open(format!("/proc/{pid}/ns/net"))?)
}

/// Two namespaces, each with one end.
fn bare_pair() -> anyhow::Result<Way> {
    let netns = [fresh_netns()?, fresh_netns()?];
    let making = device::make_pair(
        end(None),
        HostSide::default(),
        end(Some(netns[1].as_raw_fd())),
    );
    inside(&netns[0], move || Netlink::open()?.one(making))?;
    for (netns, address) in netns.iter().zip(ADDRESSES) {
        inside(netns, move || {
            let mut netlink = Netlink::open()?;
            let devices = netlink.devices()?;
            let found = devices.iter().find(|device| device.name == NAME);
            let index = found.context("no end here")?.index;
            netlink.one(device::add_address(index, address, PREFIX))?;
            netlink.one(device::raise(NAME))
        })?;
    }
    Ok(Way {
        netns,
        address: ADDRESSES[1],
    })
}

const NAME: &str = "eth0";

fn end(netns: Option<i32>) -> End<'static> {
    End {
        name: NAME,
        mac: [0; 6],
        mtu: MTU,
        netns,
    }
}

fn fresh_netns() -> anyhow::Result<File> {
    let made = std::thread::spawn(|| {
        unshare(CloneFlags::CLONE_NEWNET).context("make a network namespace")?;
        anyhow::Ok(File::open("/proc/thread-self/ns/net")?)
    });
    let made = made.join();
    ensure!(made.is_ok(), "the thread that makes a namespace panicked");
    made.expect("looked at above")
}
