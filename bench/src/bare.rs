//! The peer of `lab-up` and `removal`: a program that makes a lab's kernel objects and nothing else.
//!
//! ```text
//! [bridges] ─▶ 200 namespaces ─▶ 1000 links (2000 host-ended pairs) ─▶ node ends up   counted as the lab
//!   ─▶ redirects between host ends ─▶ mount trees of 200 nodes                         counted apart
//!   ─▶ host ends deleted by their group                                                counted apart
//! ```
//! Plain system calls and netlink messages, twenty a datagram; nothing of nova-ve's fabric and runtime.
//! It looks nothing up, supervises nothing and writes nothing down. One process, one thread (a
//! namespace's first process is a fork of it), in a network namespace of its own.

mod nodes;
mod trees;

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, ensure};
use nix::sched::{CloneFlags, unshare};
use serde::{Deserialize, Serialize};

use crate::lab::{LARGE, Size, mac};
use crate::netlink::Netlink;
use crate::netlink::device::{self, End, HostSide};
use nodes::Node;

/// As a lab of nova-ve has it.
const MTU: u32 = 9500;
const PORTS: u32 = 0x4E56_0001;
const BRIDGES: u32 = 0x0001_4E56;
/// Deleted in one message, so that the kernel's lock is free in between.
const BRIDGES_AT_ONCE: usize = 5;
const FIRST_PORT: u32 = 1_000;
const FIRST_BRIDGE: u32 = 100_000;

/// What is made.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Options {
    /// A bridge for each link, with both host ends in it
    #[arg(long)]
    pub bridges: bool,
    /// After the lab: redirects between the host ends of each link
    #[arg(long)]
    pub redirects: bool,
    /// After the lab: as many mount trees as it has nodes
    #[arg(long)]
    pub trees: bool,
}

/// Seconds that each part took; 0 for what was not asked for.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Times {
    pub bridges: f64,
    pub namespaces: f64,
    pub pairs: f64,
    pub raised: f64,
    pub redirects: f64,
    pub trees: f64,
    /// All host ends by one message.
    pub ports_deleted: f64,
}

impl Times {
    /// The seven namespaces of each node, pairs with both ends up, bridges where asked for.
    pub fn lab(&self) -> f64 {
        self.bridges + self.namespaces + self.pairs + self.raised
    }
}

/// In a process of its own.
pub fn run(options: Options) -> anyhow::Result<Times> {
    crate::place::until_quiet()?;
    let output = Command::new(std::env::current_exe()?)
        .arg("bare-lab")
        .args(options.bridges.then_some("--bridges"))
        .args(options.redirects.then_some("--redirects"))
        .args(options.trees.then_some("--trees"))
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("start the bare program")?;
    ensure!(
        output.status.success(),
        "the bare program ended with {}",
        output.status
    );
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The program itself.
pub fn main(options: Options) -> anyhow::Result<Times> {
    unshare(CloneFlags::CLONE_NEWNET).context("make a network namespace")?;
    // Host ends and bridges of a lab speak no IPv6 either.
    std::fs::write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1").ok();
    let size = LARGE;
    let mut host = Netlink::open()?;
    let mut times = Times::default();
    if options.bridges {
        times.bridges = timed(|| make_bridges(&mut host, size))?;
    }
    let mut nodes = Vec::new();
    times.namespaces = timed(|| {
        nodes = (0..size.nodes)
            .map(|_| Node::make())
            .collect::<Result<_, _>>()?;
        Ok(())
    })?;
    times.pairs = timed(|| make_pairs(&mut host, size, &nodes, options.bridges))?;
    times.raised = timed(|| raise_node_ends(size, &mut nodes))?;
    check(&mut host, size)?;
    if options.redirects {
        times.redirects = timed(|| redirect(&mut host, size))?;
    }
    if options.trees {
        times.trees = trees::make(size.nodes)?;
    }
    times.ports_deleted = timed(|| host.one(device::delete_group(PORTS)))?;
    nodes.into_iter().try_for_each(Node::end)?;
    delete_bridges(&mut host)?;
    Ok(times)
}

fn timed(work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let begun = Instant::now();
    work()?;
    Ok(begun.elapsed().as_secs_f64())
}

fn make_bridges(host: &mut Netlink, size: Size) -> anyhow::Result<()> {
    let bridges = (0..links(size)).map(|k| {
        let name = format!("b{k}");
        device::make_bridge(&name, FIRST_BRIDGE + k, BRIDGES)
    });
    host.all(bridges).context("make the bridges")
}

fn make_pairs(host: &mut Netlink, size: Size, nodes: &[Node], bridges: bool) -> anyhow::Result<()> {
    let pairs = (0..links(size)).flat_map(|k| {
        let ends = size.ends(u64::from(k));
        (0..2).map(move |side| pair(k, side, ends[usize::from(side)], nodes, bridges))
    });
    host.all(pairs).context("make the pairs")
}

fn pair(
    k: u32,
    side: u8,
    (node, interface): (u64, u64),
    nodes: &[Node],
    bridges: bool,
) -> crate::netlink::Request {
    let [host_name, node_name] = [format!("p{node}i{interface}"), node_end(interface)];
    let inner = mac(1, node, interface);
    let outer = [
        inner.0[0] | 4,
        inner.0[1],
        1,
        inner.0[3],
        inner.0[4],
        inner.0[5],
    ];
    device::make_pair(
        End {
            name: &host_name,
            mac: outer,
            mtu: MTU,
            netns: None,
        },
        HostSide {
            index: port(k, side),
            group: PORTS,
            master: bridges.then_some(FIRST_BRIDGE + k),
        },
        End {
            name: &node_name,
            mac: inner.0,
            mtu: MTU,
            netns: Some(nodes[usize::try_from(node).expect("few nodes")].netns()),
        },
    )
}

fn raise_node_ends(size: Size, nodes: &mut [Node]) -> anyhow::Result<()> {
    let interfaces = 2 * size.links_a_node;
    nodes.iter_mut().try_for_each(|node| {
        let raising = (0..interfaces).map(|interface| device::raise(&node_end(interface)));
        node.inside()?.all(raising).context("raise the node's ends")
    })
}

fn redirect(host: &mut Netlink, size: Size) -> anyhow::Result<()> {
    let ways = (0..links(size)).flat_map(|k| [(port(k, 0), port(k, 1)), (port(k, 1), port(k, 0))]);
    host.all(ways.clone().map(|(from, _)| device::make_clsact(from)))?;
    host.all(ways.map(|(from, to)| device::make_redirect(from, to)))
}

/// Not in vain: every host end has carrier.
fn check(host: &mut Netlink, size: Size) -> anyhow::Result<()> {
    let devices = host.devices()?;
    let with_carrier = devices
        .iter()
        .filter(|device| device.name.starts_with('p') && device.carrier)
        .count();
    ensure!(
        with_carrier as u64 == 2 * size.links(),
        "only {with_carrier} host ends have carrier"
    );
    Ok(())
}

fn delete_bridges(host: &mut Netlink) -> anyhow::Result<()> {
    let devices = host.devices()?;
    let bridges: Vec<u32> = devices
        .iter()
        .filter(|device| device.name.starts_with('b'))
        .map(|device| device.index)
        .collect();
    bridges
        .chunks(BRIDGES_AT_ONCE)
        .try_for_each(|few| host.all(few.iter().map(|index| device::delete(*index))))
}

fn links(size: Size) -> u32 {
    u32::try_from(size.links()).expect("few links")
}

fn port(link: u32, side: u8) -> u32 {
    FIRST_PORT + 2 * link + u32::from(side)
}

fn node_end(interface: u64) -> String {
    format!("eth{interface}")
}
