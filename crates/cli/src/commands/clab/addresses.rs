//! Addresses of nodes on their lab's management network.
//!
//! The agent gives them by a rule of `model`, and the status says which network the host chose; so the same rule
//! says here who has which.

use std::collections::BTreeMap;

use api::lab::LabDetail;
use ipnet::IpNet;
use model::id::InstanceId;
use model::names::Names;
use model::networks::{Chosen, management_addresses, ports_on};
use model::spec::{HiddenBridge, LabSpec, RunWishes, plan_spec};
use model::template::Templates;
use model::{NetworkId, NodeId};

/// Of one node, where it has one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Management {
    pub ipv4: Option<IpNet>,
    pub ipv6: Option<IpNet>,
}

/// Of every node on a management network of the lab.
pub fn of(detail: &LabDetail) -> BTreeMap<NodeId, Management> {
    let lab = &detail.lab;
    // Names are of devices alone, and nothing of them is asked for here.
    let names = Names::new(&InstanceId(String::new()), lab.id);
    let (wishes, templates) = (RunWishes::default(), Templates::default());
    let planned = plan_spec(lab, &wishes, &templates, &names, HiddenBridge::default());
    let Ok(spec) = planned else {
        return BTreeMap::new();
    };
    let mut all = BTreeMap::new();
    for (id, network) in &lab.networks {
        if network
            .gateway
            .as_ref()
            .is_some_and(|gateway| gateway.management)
        {
            add(&spec, *id, detail, &mut all);
        }
    }
    all
}

fn add(
    spec: &LabSpec,
    network: NetworkId,
    detail: &LabDetail,
    all: &mut BTreeMap<NodeId, Management>,
) {
    let status = detail.status.networks.get(&network);
    let chosen = Chosen {
        ipv4: status.and_then(|status| status.ipv4),
        ipv6: status.and_then(|status| status.ipv6),
    };
    let given = management_addresses(spec, network, &chosen);
    for port in ports_on(spec, network) {
        let own = spec.nodes.get(&port.node);
        let own = own.and_then(|node| node.interfaces.get(&port.interface));
        let own = own.into_iter().flat_map(|interface| &interface.addresses);
        let given = given.get(&port).into_iter().flatten();
        let node = all.entry(port.node).or_default();
        for address in own.chain(given) {
            let place = match address.0 {
                IpNet::V4(_) => &mut node.ipv4,
                IpNet::V6(_) => &mut node.ipv6,
            };
            place.get_or_insert(address.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::clab::rows::tests::detail;

    #[test]
    fn each_node_has_its_own_address_or_the_one_of_its_number() {
        let all = of(&detail());
        let text = |net: Option<IpNet>| net.map(|net| net.to_string()).unwrap_or_default();
        let words: Vec<String> = all
            .iter()
            .map(|(id, at)| format!("{id} {} {}", text(at.ipv4), text(at.ipv6)))
            .collect();
        let wanted = [
            "1 172.20.20.99/24 3fff::2/64",
            "2 172.20.20.3/24 3fff::3/64",
        ];
        assert_eq!(words, wanted);
    }
}
