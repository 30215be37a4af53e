//! A node's own network: whose namespace, names, and its settings.

use std::collections::BTreeMap;

use model::lab::Dns;
use model::reach::Reach;

use crate::containerlab::levels::Def;
use crate::containerlab::nodes::lose_reach;
use crate::containerlab::reading::{Reading, text};
use crate::yaml::Node;

/// `network-mode`: whether the node is on the management network.
pub fn is_managed(def: &Def<'_>, reading: &mut Reading<'_>) -> bool {
    let Some(node) = def.first("network-mode", &mut reading.ledger) else {
        return true;
    };
    let mode = text(node);
    match mode.split_once(':') {
        _ if mode == "none" => return false,
        _ if mode == "bridge" => return true,
        _ if mode == "host" => {
            lose_reach(Reach::HostNamespace, node, "network-mode: host", reading);
        }
        Some(("container", other)) => lose_reach(Reach::OtherContainer, node, other, reading),
        _ => {
            let why = "a node's networks are those of the lab; none of Docker's own is joined";
            reading
                .ledger
                .lose(node, why, "draw the network, and link the node to it");
        }
    }
    false
}

pub fn sysctls(def: &Def<'_>, reading: &mut Reading<'_>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in def.entries("sysctls", &mut reading.ledger) {
        if model::validate::is_network_sysctl(entry.key()) {
            found.insert(entry.key().to_owned(), text(entry));
        } else {
            let why = "it is a setting of the whole host, not of a node's own network";
            let cure = "only those that begin with net. are a node's; set it on the host";
            reading.ledger.lose(entry, why, cure);
        }
    }
    found
}

pub fn dns(def: &Def<'_>, reading: &mut Reading<'_>) -> Dns {
    let mut dns = Dns::default();
    let Some(node) = def.first("dns", &mut reading.ledger) else {
        return dns;
    };
    let members = |key: &str| -> Vec<Node<'_>> {
        let list = node.get(key).into_iter();
        list.flat_map(Node::children).collect()
    };
    for server in members("servers") {
        if let Ok(address) = text(server).trim().parse() {
            dns.servers.push(address);
            continue;
        }
        let why = "a server of names is given by its address";
        reading
            .ledger
            .lose(server, why, "write an address, as 1.1.1.1");
    }
    dns.search = members("search").into_iter().map(text).collect();
    dns.options = members("options").into_iter().map(text).collect();
    dns
}
