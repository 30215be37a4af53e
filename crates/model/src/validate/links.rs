//! What is wrong with links: their ends, and the numbers of their hidden networks.

use std::collections::BTreeMap;

use super::Found;
use crate::id::{LinkId, NetworkId};
use crate::lab::{End, Lab, Link};

pub fn check(lab: &Lab, found: &mut Found) {
    let mut used: BTreeMap<End, LinkId> = BTreeMap::new();
    let mut hidden: BTreeMap<NetworkId, LinkId> = BTreeMap::new();
    for (&id, link) in &lab.links {
        let at = format!("links/{id}");
        link.ends()
            .iter()
            .for_each(|end| check_end(&at, lab, *end, found));
        if link.a == link.b {
            let message = format!("both ends are at {}; a link needs two", link.a);
            found.add(&at, "link_to_itself", message);
        } else {
            check_used(&at, id, link, &mut used, found);
        }
        check_number(&at, lab, link, found);
        if let Some(other) = link.network.and_then(|number| hidden.insert(number, id)) {
            let message =
                format!("link {other} has the same hidden network; give it another number");
            found.add(&at, "network_number_taken", message);
        }
    }
}

fn check_end(at: &str, lab: &Lab, end: End, found: &mut Found) {
    match end {
        End::Network(id) if !lab.networks.contains_key(&id) => {
            let message = format!("it leads to network {id}, which is not in the lab");
            found.add(at, "no_such_network", message);
        }
        End::Interface { node, interface } => match lab.nodes.get(&node) {
            None => {
                let message = format!("it leads to node {node}, which is not in the lab");
                found.add(at, "no_such_node", message);
            }
            Some(found_node) if !found_node.interfaces.contains_key(&interface) => {
                let name = &found_node.name;
                let message = format!(
                    "it leads to interface {interface} of node {node} ({name}), which has none of \
                     this number; remove the link first or keep the interface"
                );
                found.add(at, "no_such_interface", message);
            }
            Some(_) => {}
        },
        End::Network(_) => {}
    }
}

fn check_used(
    at: &str,
    id: LinkId,
    link: &Link,
    used: &mut BTreeMap<End, LinkId>,
    found: &mut Found,
) {
    for end in link.ends() {
        let is_interface = matches!(end, End::Interface { .. });
        if let Some(other) = used.insert(end, id).filter(|_| is_interface) {
            let message = format!("{end} is an end of link {other} already; choose another");
            found.add(at, "interface_linked_twice", message);
        }
    }
}

/// A link of two interfaces owns a hidden network with a number nobody else has; any other owns none.
fn check_number(at: &str, lab: &Lab, link: &Link, found: &mut Found) {
    let networks = link
        .ends()
        .iter()
        .filter(|end| matches!(end, End::Network(_)))
        .count();
    match (networks, link.network) {
        (0, None) => {
            let message = "a link of two interfaces needs the number of its hidden network";
            found.add(at, "network_number_missing", message);
        }
        (0, Some(number)) if lab.networks.contains_key(&number) => {
            let message = format!("its hidden network's number {number} is a shared network's");
            found.add(at, "network_number_taken", message);
        }
        (2, _) => {
            let message = "both ends are networks; link a node to each instead";
            found.add(at, "link_of_networks", message);
        }
        (1, Some(_)) => {
            let message = "a link to a shared network has no hidden one; leave `network` out";
            found.add(at, "network_number_odd", message);
        }
        (_, _) => {}
    }
}
