//! A wish with the host's own choices in it.

use std::net::IpAddr;

use super::{Chosen, Subnets, management_addresses};
use crate::id::{NetworkId, NodeId};
use crate::lab::{Gateway, Subnet};
use crate::spec::{DriverSpec, FileSpec, LabSpec, RouteSpec};

const RESOLV_CONF: &str = "/etc/resolv.conf";

/// The wish in which every gateway has the subnets that were chosen for it, and each interface on a
/// management network its addresses. A gateway for which none could be chosen is left out.
pub fn resolve(spec: &LabSpec, subnets: &Subnets) -> LabSpec {
    let mut resolved = spec.clone();
    for (id, network) in &mut resolved.networks {
        let chosen = subnets
            .get(id)
            .filter(|chosen| chosen.all().next().is_some());
        network.gateway = chosen.and_then(|chosen| {
            let gateway = network.gateway.clone()?;
            Some(Gateway {
                ipv4: chosen.ipv4.map(Subnet::At),
                ipv6: chosen.ipv6.map(Subnet::At),
                ..gateway
            })
        });
    }
    for (&id, network) in &spec.networks {
        let is_management = network.gateway.as_ref().is_some_and(|own| own.management);
        if let Some(chosen) = subnets.get(&id).filter(|_| is_management) {
            give_addresses(&mut resolved, id, chosen);
        }
    }
    resolved
}

fn give_addresses(spec: &mut LabSpec, network: NetworkId, chosen: &Chosen) {
    for (port, addresses) in management_addresses(spec, network, chosen) {
        let node = spec.nodes.get_mut(&port.node);
        let interface = node.and_then(|node| node.interfaces.get_mut(&port.interface));
        if let Some(interface) = interface {
            interface.addresses.extend(addresses);
        }
    }
    let Some(gateway) = spec.networks[&network].gateway.clone() else {
        return;
    };
    let on_it: Vec<NodeId> = super::ports_on(spec, network)
        .into_iter()
        .map(|port| port.node)
        .collect();
    for id in on_it {
        let Some(node) = spec.nodes.get_mut(&id) else {
            continue;
        };
        if gateway.outward {
            chosen
                .all()
                .for_each(|net| give_default_route(&mut node.driver, net.addr()));
        }
        if gateway.dns
            && let Some(net) = chosen.all().next()
        {
            give_resolver(&mut node.driver, net.addr());
        }
    }
}

/// To a node that has none of this family.
fn give_default_route(driver: &mut DriverSpec, via: IpAddr) {
    let (gateways, routes) = match driver {
        DriverSpec::Netns(netns) => (&mut netns.gateways, &netns.routes),
        DriverSpec::Docker(docker) => (&mut docker.gateways, &docker.routes),
        DriverSpec::CannotRun { .. } => return,
    };
    let same_family = |ip: &IpAddr| ip.is_ipv6() == via.is_ipv6();
    let is_default =
        |route: &RouteSpec| route.to.prefix_len() == 0 && same_family(&route.to.addr());
    if !gateways.iter().any(same_family) && !routes.iter().any(is_default) {
        gateways.push(via);
    }
}

/// To a node that was told of no other.
fn give_resolver(driver: &mut DriverSpec, server: IpAddr) {
    match driver {
        DriverSpec::Netns(netns) => {
            let file = FileSpec {
                content: format!("nameserver {server}\n"),
                mode: 0o644,
                owner: "root".into(),
            };
            netns.files.entry(RESOLV_CONF.into()).or_insert(file);
        }
        DriverSpec::Docker(docker) => {
            if docker.dns.servers.is_empty() && !docker.files.contains_key(RESOLV_CONF) {
                docker.dns.servers.push(server);
            }
        }
        DriverSpec::CannotRun { .. } => {}
    }
}
