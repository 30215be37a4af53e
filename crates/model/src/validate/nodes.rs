//! What is wrong with nodes and their interfaces.

use std::collections::BTreeMap;

use super::{Found, docker, netns, text};
use crate::id::NodeId;
use crate::lab::{Address, Interface, Lab, Mac, Node, NodeKind};
use crate::limits;
use crate::spec::MTU;

pub fn check(lab: &Lab, found: &mut Found) {
    let mut names: BTreeMap<String, NodeId> = BTreeMap::new();
    let mut macs: BTreeMap<Mac, String> = BTreeMap::new();
    let mut after = BTreeMap::new();
    for (&id, node) in &lab.nodes {
        let at = format!("nodes/{id}");
        check_name(&at, node, found);
        if let Some(first) = names.insert(node.name.to_lowercase(), id) {
            let name = &node.name;
            let message =
                format!("{name:?} is the name of node {first} already (case does not count)");
            found.add(&format!("{at}/name"), "node_name_taken", message);
        }
        text::check_word(&format!("{at}/template"), &node.template, found);
        text::check_word(&format!("{at}/icon"), &node.icon, found);
        check_labels(&at, node, found);
        found.position(&at, node.position);
        check_interfaces(&at, node, &mut macs, found);
        match &node.kind {
            NodeKind::Netns(settings) => netns::check(&format!("{at}/settings"), settings, found),
            NodeKind::Docker(settings) => {
                docker::check(&format!("{at}/settings"), settings, found);
                let others = settings.after.iter().map(|after| after.node);
                after.insert(id, others.collect());
            }
            NodeKind::Other(_) => {}
        }
    }
    docker::check_order(lab, &after, found);
}

fn check_name(at: &str, node: &Node, found: &mut Found) {
    let at = format!("{at}/name");
    if node.name.is_empty() {
        found.add(&at, "name_missing", "the node has no name; give it one");
    }
    if let Some(wrong) = text::wrong_hostname(&node.name, limits::NODE_NAME_MAX_CHARS) {
        found.add(
            &at,
            "node_name_odd",
            format!("the name {:?} {wrong}", node.name),
        );
    }
}

fn check_labels(at: &str, node: &Node, found: &mut Found) {
    let at = format!("{at}/labels");
    found.count(&at, "labels", node.labels.len(), limits::LABELS_MAX);
    for (key, value) in &node.labels {
        text::check_prose(&format!("{at}/{key}"), key, limits::VALUE_MAX_BYTES, found);
        text::check_prose(
            &format!("{at}/{key}"),
            value,
            limits::VALUE_MAX_BYTES,
            found,
        );
    }
}

fn check_interfaces(at: &str, node: &Node, macs: &mut BTreeMap<Mac, String>, found: &mut Found) {
    let mut names = BTreeMap::new();
    for (index, interface) in &node.interfaces {
        let at = format!("{at}/interfaces/{index}");
        let name = &interface.name;
        if let Some(wrong) = text::wrong_device_name(name, limits::INTERFACE_NAME_MAX_BYTES) {
            found.add(
                &at,
                "interface_name_odd",
                format!("the interface's name {name:?} {wrong}"),
            );
        }
        if let Some(first) = names.insert(name, *index) {
            let message = format!("{name:?} is the name of interface {first} of the node already");
            found.add(&at, "interface_name_taken", message);
        }
        if let Some(mac) = interface.mac
            && let Some(first) = macs.insert(mac, at.clone())
        {
            let message = format!("{mac} is the address of {first} already; give one another");
            found.add(&at, "mac_taken", message);
        }
        check_addresses(&at, interface, found);
        if let Some(mtu) = interface.mtu
            && !(limits::MTU_MIN..=MTU).contains(&mtu)
        {
            let message = format!(
                "an MTU of {mtu}; from {} to {MTU} are possible",
                limits::MTU_MIN
            );
            found.add(&at, "mtu_odd", message);
        }
    }
}

fn check_addresses(at: &str, interface: &Interface, found: &mut Found) {
    let addresses = &interface.addresses;
    found.count(at, "addresses", addresses.len(), limits::ADDRESSES_MAX);
    for (n, Address(net)) in addresses.iter().enumerate() {
        if net.addr().is_unspecified() || net.addr().is_multicast() {
            let message = format!("{net} is no address that an interface can have");
            found.add(at, "address_odd", message);
        }
        if addresses[..n].contains(&Address(*net)) {
            found.add(
                at,
                "address_twice",
                format!("the interface has {net} twice"),
            );
        }
    }
}
