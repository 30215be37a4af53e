//! From lab and wishes to spec: the server's decisions, pure.

use std::collections::BTreeMap;

use super::netns::{Wrong, plan_driver};
use super::{
    HiddenBridge, InterfaceSpec, LabSpec, LinkSpec, MTU, NetworkSpec, NodeSpec, RunWishes,
};
use crate::id::{IfaceIndex, NodeId};
use crate::lab::{Interface, Lab, Link, Network, Node};
use crate::names::Names;
use crate::problem::Problem;
use crate::template::Templates;
use crate::validate::validate;

/// The spec of `lab` as it shall stand on a host, or everything that is wrong with it.
///
/// A node whose template is not installed here is `CannotRun`, as is one of a kind we cannot run:
/// it fails alone.
pub fn plan_spec(
    lab: &Lab,
    wishes: &RunWishes,
    templates: &Templates,
    names: &Names,
    hidden_bridge: HiddenBridge,
) -> Result<LabSpec, Vec<Problem>> {
    let mut problems = validate(lab);
    let nodes = plan_nodes(lab, wishes, templates, names, &mut problems);
    if problems.is_empty() {
        problems = taken_macs(&nodes);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let networks = lab.networks.iter();
    let links = lab.links.iter();
    Ok(LabSpec {
        lab: lab.id,
        name: lab.name.clone(),
        hidden_bridge,
        nodes,
        networks: networks
            .map(|(id, network)| (*id, NetworkSpec::from(network)))
            .collect(),
        links: links
            .map(|(id, link)| (*id, LinkSpec::from(link)))
            .collect(),
    })
}

fn plan_nodes(
    lab: &Lab,
    wishes: &RunWishes,
    templates: &Templates,
    names: &Names,
    problems: &mut Vec<Problem>,
) -> BTreeMap<NodeId, NodeSpec> {
    let mut nodes = BTreeMap::new();
    for (&id, node) in &lab.nodes {
        match plan_driver(node, templates) {
            Ok(driver) => {
                let wish = wishes.get(&id).copied().unwrap_or_default();
                let (name, run, wipe) = (node.name.clone(), wish.run(), wish.wipe);
                let interfaces = plan_interfaces(id, node, names);
                nodes.insert(
                    id,
                    NodeSpec {
                        name,
                        run,
                        wipe,
                        interfaces,
                        driver,
                    },
                );
            }
            Err(Wrong { code, message }) => {
                problems.push(Problem::new(format!("nodes/{id}"), code, message));
            }
        }
    }
    nodes
}

impl From<&Network> for NetworkSpec {
    fn from(network: &Network) -> Self {
        Self {
            name: network.name.clone(),
            uplink: network.uplink.clone(),
            gateway: network.gateway.clone(),
        }
    }
}

impl From<&Link> for LinkSpec {
    fn from(link: &Link) -> Self {
        let Link {
            a,
            b,
            network,
            state,
            ..
        } = *link;
        Self {
            a,
            b,
            network,
            state,
        }
    }
}

fn plan_interfaces(id: NodeId, node: &Node, names: &Names) -> BTreeMap<IfaceIndex, InterfaceSpec> {
    let plan = |(&index, interface): (&_, &Interface)| {
        let spec = InterfaceSpec {
            name: interface.name.clone(),
            mac: interface.mac.unwrap_or_else(|| names.mac(id, index)),
            mtu: interface.mtu.unwrap_or(MTU),
            addresses: interface.addresses.clone(),
        };
        (index, spec)
    };
    node.interfaces.iter().map(plan).collect()
}

/// A hardware address given by hand may be one that another interface has by derivation.
fn taken_macs(nodes: &BTreeMap<NodeId, NodeSpec>) -> Vec<Problem> {
    let mut owners = BTreeMap::new();
    let mut problems = Vec::new();
    for (node, spec) in nodes {
        for (index, interface) in &spec.interfaces {
            let at = format!("nodes/{node}/interfaces/{index}");
            if let Some(other) = owners.insert(interface.mac, at.clone()) {
                let message = format!(
                    "{} is already the address of {other}; give one of them another",
                    interface.mac
                );
                problems.push(Problem::new(at, "mac_taken", message));
            }
        }
    }
    problems
}
