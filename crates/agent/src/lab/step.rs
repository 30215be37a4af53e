//! One step of a plan, done. There is no choice left here.

use std::time::Duration;

use anyhow::{Context, bail};
use fabric::PortWanted;
use model::NodeId;
use model::plan::Step;
use model::seen::PortId;
use model::spec::{DriverSpec, LabSpec, NodeSpec};

use super::{Inner, observe};

/// What every process of a node gets to end by itself.
const GRACE: Duration = Duration::from_secs(5);
/// A node whose step takes longer is given up until the next try.
const LIMIT: Duration = Duration::from_mins(1);

/// `spec` is none where the lab is to go.
pub(super) async fn run(lab: &Inner, spec: Option<&LabSpec>, step: &Step) -> anyhow::Result<()> {
    match tokio::time::timeout(LIMIT, run_unlimited(lab, spec, step)).await {
        Ok(done) => done,
        Err(_) => bail!("to {step} took longer than {} s", LIMIT.as_secs()),
    }
}

async fn run_unlimited(lab: &Inner, spec: Option<&LabSpec>, step: &Step) -> anyhow::Result<()> {
    let (fabric, driver, names) = (&lab.host.fabric, &lab.host.driver, &lab.names);
    point(step);
    match step {
        Step::RemoveRedirect { port } => fabric.remove_redirect(names, *port).await?,
        Step::StopNode { node } => driver.stop(lab.node_ref(*node), GRACE).await?,
        Step::RemovePort { port } => fabric.remove_port(names, *port).await?,
        Step::RemoveAllPorts => fabric.remove_all_ports(names).await?,
        Step::WipeNode { node, wipe } => driver.wipe(lab.node_ref(*node), *wipe).await?,
        Step::RemoveNode { node } => driver.remove(lab.node_ref(*node)).await?,
        Step::RemoveBridge { network } => fabric.remove_bridges(names, &[*network]).await?,
        Step::EnsureBridge { network } => fabric.ensure_bridge(names, *network).await?,
        Step::EnsureNode { node } => ensure_node(lab, node_spec(spec, *node)?, *node).await?,
        Step::EnsurePort {
            port,
            name,
            mac,
            mtu,
            master,
        } => {
            let wanted = PortWanted {
                name: name.clone(),
                mac: *mac,
                mtu: *mtu,
                master: *master,
            };
            let net = observe::net(lab, port.node).await?;
            fabric.ensure_port(names, *port, &wanted, &net).await?;
        }
        Step::SetMaster { port, master } => fabric.set_master(names, *port, *master).await?,
        Step::ConfigureNode { node } => configure(lab, node_spec(spec, *node)?, *node).await?,
        Step::ConfigureInterface { port } => {
            configure_interface(lab, node_spec(spec, port.node)?, *port).await?;
        }
        Step::EnsureRedirect { from, to } => fabric.ensure_redirect(names, *from, *to).await?,
        Step::SetAdmin { port, up } => fabric.set_admin(names, *port, *up).await?,
        Step::ReleaseNode { node } => driver.release(lab.node_ref(*node)).await?,
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
    lab.host.driver.ensure(lab.node_ref(node), spec).await?;
    Ok(())
}

/// Addresses and routes. What the kernel will not take of them is told, and the node starts all the same.
async fn configure(lab: &Inner, spec: &NodeSpec, node: NodeId) -> anyhow::Result<()> {
    let DriverSpec::Netns(netns) = &spec.driver else {
        return Ok(());
    };
    let net = observe::net(lab, node).await?;
    let interfaces: Vec<_> = spec.interfaces.values().cloned().collect();
    let problems = net
        .configure(&interfaces, &netns.gateways, &netns.routes)
        .await?;
    lab.notice_all(node, problems);
    Ok(())
}

async fn configure_interface(lab: &Inner, spec: &NodeSpec, port: PortId) -> anyhow::Result<()> {
    let (DriverSpec::Netns(netns), Some(interface)) =
        (&spec.driver, spec.interfaces.get(&port.interface))
    else {
        return Ok(());
    };
    let net = observe::net(lab, port.node).await?;
    let problems = net
        .configure_interface(interface, &netns.gateways, &netns.routes)
        .await?;
    lab.notice_all(port.node, problems);
    Ok(())
}

/// The step in a person's words.
pub(super) fn words(step: &Step) -> &'static str {
    match step {
        Step::EnsureBridge { .. } | Step::RemoveBridge { .. } => "networks",
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
        Step::RemoveAllPorts | Step::RemoveBridge { .. } | Step::EnsureBridge { .. } => Vec::new(),
    }
}
