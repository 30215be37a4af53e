//! Steps of a plan, done; those of a kind that the kernel takes many of at once, together. There is
//! no choice left here.

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use fabric::PortWanted;
use model::NodeId;
use model::plan::{Planned, Step};
use model::seen::PortId;
use model::spec::{LabSpec, NodeSpec};

use super::{Inner, gateway, observe};

/// What every process of a node gets to end by itself.
const GRACE: Duration = Duration::from_secs(5);
/// A node whose step takes longer is given up until the next try.
const LIMIT: Duration = Duration::from_mins(1);

/// Most that are done together: enough for a node's interfaces, and few enough that a node which
/// starts does not wait for a whole lab's links.
const TOGETHER: usize = 32;

/// Splits steps into runs that are done as one, in their order.
pub(super) fn runs(steps: &[Planned]) -> impl Iterator<Item = &[Planned]> {
    let alike = |a: &Planned, b: &Planned| match (&a.step, &b.step) {
        (Step::EnsurePort { .. }, Step::EnsurePort { .. })
        | (Step::EnsureRedirect { .. }, Step::EnsureRedirect { .. }) => true,
        (Step::EnsureBridge { seen: a, .. }, Step::EnsureBridge { seen: b, .. }) => a == b,
        (_, _) => false,
    };
    steps.chunk_by(alike).flat_map(|run| run.chunks(TOGETHER))
}

/// One outcome for each of a run. `spec` is none where the lab is to go.
pub(super) async fn run(
    lab: &Inner,
    spec: Option<&LabSpec>,
    steps: &[Planned],
) -> Vec<anyhow::Result<()>> {
    let Some(first) = steps.first() else {
        return Vec::new();
    };
    let first = &first.step;
    let together = match tokio::time::timeout(LIMIT, run_unlimited(lab, spec, steps)).await {
        Ok(done) => done,
        Err(_) => Err(anyhow!("to {first} took longer than {} s", LIMIT.as_secs())),
    };
    match together {
        Ok(outcomes) => outcomes,
        Err(error) => {
            let same = format!("{error:#}");
            steps.iter().map(|_| Err(anyhow!("{same}"))).collect()
        }
    }
}

async fn run_unlimited(
    lab: &Inner,
    spec: Option<&LabSpec>,
    steps: &[Planned],
) -> anyhow::Result<Vec<anyhow::Result<()>>> {
    for planned in steps {
        point(&planned.step);
    }
    let first = steps.first().map(|planned| &planned.step);
    let steps = steps.iter().map(|planned| &planned.step);
    let outcomes = match first {
        Some(Step::EnsurePort { .. }) => ensure_ports(lab, steps).await?,
        Some(&Step::EnsureBridge { seen, .. }) => ensure_bridges(lab, steps, seen).await?,
        Some(Step::EnsureRedirect { .. }) => ensure_redirects(lab, steps).await?,
        Some(_) | None => {
            let mut outcomes = Vec::new();
            for step in steps {
                outcomes.push(run_one(lab, spec, step).await);
            }
            return Ok(outcomes);
        }
    };
    let outcomes = outcomes.into_iter();
    Ok(outcomes.map(|outcome| Ok(outcome?)).collect())
}

async fn ensure_ports(
    lab: &Inner,
    steps: impl Iterator<Item = &Step>,
) -> anyhow::Result<Vec<fabric::Result<()>>> {
    let mut ports = Vec::new();
    for (port, wanted) in steps.filter_map(wanted_port) {
        // Asks the node, which may hang: nobody else waits for it.
        ports.push((port, wanted, observe::net(lab, port.node).await?));
    }
    // The bridges of this pass are made meanwhile.
    let _made = lab.bridges.read().await;
    let fabric = &lab.host.fabric;
    Ok(fabric.ensure_ports_of(&lab.names, ports).await?)
}

async fn ensure_bridges(
    lab: &Inner,
    steps: impl Iterator<Item = &Step>,
    seen: bool,
) -> anyhow::Result<Vec<fabric::Result<()>>> {
    let network = |step: &Step| match step {
        Step::EnsureBridge { network, .. } => Some(*network),
        _ => None,
    };
    let networks: Vec<_> = steps.filter_map(network).collect();
    let fabric = &lab.host.fabric;
    if seen {
        return Ok(fabric.mend_bridges(&lab.names, &networks).await?);
    }
    Ok(fabric.ensure_bridges(&lab.names, &networks).await?)
}

async fn ensure_redirects(
    lab: &Inner,
    steps: impl Iterator<Item = &Step>,
) -> anyhow::Result<Vec<fabric::Result<()>>> {
    let pair = |step: &Step| match step {
        Step::EnsureRedirect { from, to } => Some((*from, *to)),
        _ => None,
    };
    let pairs: Vec<_> = steps.filter_map(pair).collect();
    Ok(lab.host.fabric.ensure_redirects(&lab.names, &pairs).await?)
}

fn wanted_port(step: &Step) -> Option<(PortId, PortWanted)> {
    let Step::EnsurePort {
        port,
        name,
        mac,
        mtu,
        master,
    } = step
    else {
        return None;
    };
    let wanted = PortWanted {
        name: name.clone(),
        mac: *mac,
        mtu: *mtu,
        master: *master,
    };
    Some((*port, wanted))
}

async fn run_one(lab: &Inner, spec: Option<&LabSpec>, step: &Step) -> anyhow::Result<()> {
    let (fabric, driver, names) = (&lab.host.fabric, &lab.host.driver, &lab.names);
    match step {
        Step::RemoveRedirect { port } => fabric.remove_redirect(names, *port).await?,
        Step::StopNode { node } => {
            observe::close(lab, *node).await;
            let stays = spec.is_some_and(|spec| spec.nodes.contains_key(node));
            // What it would still write goes with it.
            let grace = if stays { GRACE } else { Duration::ZERO };
            driver.stop(lab.node_ref(*node), grace).await?;
        }
        Step::RemovePort { port } => fabric.remove_port(names, *port).await?,
        Step::RemoveAllPorts => fabric.remove_all_ports(names).await?,
        Step::WipeNode { node, wipe } => driver.wipe(lab.node_ref(*node), *wipe).await?,
        Step::RemoveNode { node } => driver.remove(lab.node_ref(*node)).await?,
        Step::RemoveGateway { network } => gateway::remove(lab, *network).await?,
        Step::EnsureGateway { network, gateway } => {
            let spec = spec.context("a lab that is to go has no gateways")?;
            gateway::ensure(lab, spec, *network, gateway).await?;
        }
        Step::RemoveBridge { network } => fabric.remove_bridges(names, &[*network]).await?,
        Step::EnsureNode { node } => ensure_node(lab, node_spec(spec, *node)?, *node).await?,
        Step::SetMaster { port, master } => fabric.set_master(names, *port, *master).await?,
        Step::ConfigureNode { node } => configure(lab, node_spec(spec, *node)?, *node).await?,
        Step::ConfigureInterface { port } => {
            configure_interface(lab, node_spec(spec, port.node)?, *port).await?;
        }
        Step::SetAdmin { port, up } => fabric.set_admin(names, *port, *up).await?,
        Step::ReleaseNode { node } => driver.release(lab.node_ref(*node)).await?,
        Step::EnsurePort { .. } | Step::EnsureBridge { .. } | Step::EnsureRedirect { .. } => {
            bail!("{step} is done with others of its kind")
        }
    }
    Ok(())
}

/// Where a test may kill the agent: `StopNode: stop node 1`.
pub(super) fn point(step: &Step) {
    runtime::faults::point(|| {
        let name = format!("{step:?}");
        let kind = name.split([' ', '{']).next().unwrap_or_default();
        format!("{kind}: {step}")
    });
}

fn node_spec(spec: Option<&LabSpec>, node: NodeId) -> anyhow::Result<&NodeSpec> {
    spec.and_then(|spec| spec.nodes.get(&node))
        .with_context(|| format!("the plan speaks of node {node}, which is not in the lab"))
}

async fn ensure_node(lab: &Inner, spec: &NodeSpec, node: NodeId) -> anyhow::Result<()> {
    let problems = lab.host.driver.validate(spec);
    if !problems.is_empty() {
        bail!("{}", problems.join("; "));
    }
    let made = lab.host.driver.ensure(lab.node_ref(node), spec).await?;
    observe::open(lab, node, made.life).await?;
    Ok(())
}

/// Addresses and routes. What the kernel will not take of them is told, and the node starts all the same.
async fn configure(lab: &Inner, spec: &NodeSpec, node: NodeId) -> anyhow::Result<()> {
    let Some((gateways, routes)) = spec.driver.routing() else {
        return Ok(());
    };
    let net = observe::net(lab, node).await?;
    let interfaces: Vec<_> = spec.interfaces.values().cloned().collect();
    let problems = net.configure(&interfaces, gateways, routes).await?;
    lab.notice_all(node, problems);
    Ok(())
}

async fn configure_interface(lab: &Inner, spec: &NodeSpec, port: PortId) -> anyhow::Result<()> {
    let interface = spec.interfaces.get(&port.interface);
    let (Some((gateways, routes)), Some(interface)) = (spec.driver.routing(), interface) else {
        return Ok(());
    };
    let net = observe::net(lab, port.node).await?;
    let problems = net.configure_interface(interface, gateways, routes).await?;
    lab.notice_all(port.node, problems);
    Ok(())
}

/// The step in a person's words.
pub(super) fn words(step: &Step) -> &'static str {
    match step {
        Step::EnsureBridge { .. }
        | Step::RemoveBridge { .. }
        | Step::EnsureGateway { .. }
        | Step::RemoveGateway { .. } => "networks",
        Step::EnsureNode { .. } => "namespaces",
        Step::EnsurePort { .. } | Step::SetMaster { .. } => "interfaces",
        Step::ConfigureNode { .. } | Step::ConfigureInterface { .. } => "addresses",
        Step::EnsureRedirect { .. } | Step::RemoveRedirect { .. } | Step::SetAdmin { .. } => {
            "links"
        }
        Step::ReleaseNode { .. } => "processes",
        Step::StopNode { .. } => "ending its processes",
        Step::RemovePort { .. } | Step::RemoveAllPorts => "removing interfaces",
        Step::WipeNode { .. } | Step::RemoveNode { .. } => "deleting its data",
    }
}

/// The nodes without whose part the step cannot be done; none: it is the lab's.
pub(super) fn nodes_of(step: &Step) -> Vec<NodeId> {
    match step {
        Step::StopNode { node }
        | Step::WipeNode { node, .. }
        | Step::RemoveNode { node }
        | Step::EnsureNode { node }
        | Step::ConfigureNode { node }
        | Step::ReleaseNode { node } => vec![*node],
        Step::RemoveRedirect { port }
        | Step::RemovePort { port }
        | Step::EnsurePort { port, .. }
        | Step::SetMaster { port, .. }
        | Step::ConfigureInterface { port }
        | Step::SetAdmin { port, .. } => vec![port.node],
        Step::EnsureRedirect { from, to } => vec![from.node, to.node],
        Step::RemoveAllPorts
        | Step::RemoveBridge { .. }
        | Step::EnsureBridge { .. }
        | Step::RemoveGateway { .. }
        | Step::EnsureGateway { .. } => Vec::new(),
    }
}
