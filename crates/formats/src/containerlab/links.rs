//! Links: in brief form (`["r1:eth1", "r2:eth1"]`) and by type. Interfaces are made as links name them.
//!
//! ```text
//! a link ─ends─▶ two sides ─attributes─▶ Link, or interfaces without one and a loss
//! ```
//! What leads to the host is a loss, but for an interface of the host that joins a network (`macvlan`), which the
//! lab asks for, and for the management network. A `dummy` is an interface without a link.

mod attributes;
mod ends;
mod interface;

use std::collections::BTreeMap;

use model::reach::Reach;
use model::{End, IfaceIndex, NetworkId, NodeId};
use serde_json::json;

use super::management::Net;
use super::nodes::{Places, refuse};
use super::reading::{Reading, text};
use super::top::keep_in;
use crate::yaml::Node;

pub use attributes::mtu_of;
use ends::{Form, Side, Written};
pub use interface::name_on_paper;

/// What links share while they are read.
struct Wiring<'r, 't, 'o> {
    places: &'r Places<'t>,
    net: Option<&'r Net>,
    reading: &'r mut Reading<'o>,
    /// Where each interface was linked first.
    used: BTreeMap<(NodeId, IfaceIndex), usize>,
    /// Networks that an interface of the host joins.
    uplinks: BTreeMap<String, NetworkId>,
}

pub fn add_links(
    topology: Node<'_>,
    places: &Places<'_>,
    net: Option<&Net>,
    reading: &mut Reading<'_>,
) {
    let mut wiring = Wiring {
        places,
        net,
        reading,
        used: BTreeMap::new(),
        uplinks: BTreeMap::new(),
    };
    for link in topology.get("links").into_iter().flat_map(Node::children) {
        if link.is_null() {
            continue;
        }
        wiring.add(link);
    }
}

impl<'t> Wiring<'_, 't, '_> {
    fn add(&mut self, link: Node<'t>) {
        let Some(form) = ends::form_of(link, self.reading) else {
            return;
        };
        self.lose_foreign_keys(link, &form);
        match form {
            Form::Pair(a, b) => {
                let (a, b) = (self.side(link, &a), self.side(link, &b));
                if let (Some(a), Some(b)) = (a, b) {
                    self.connect(link, &[a, b]);
                }
            }
            Form::Macvlan(end, parent) => {
                if let (Some(a), Some(id)) = (self.side(link, &end), self.uplink(link, &parent)) {
                    self.connect(link, &[a, Side::Network { id, port: None }]);
                }
            }
            Form::Management(end, port) => self.join_management(link, &end, port),
            Form::Alone(end) => {
                let side = self.side(link, &end);
                attributes::of_interfaces(link, side.as_slice(), self.reading);
            }
            Form::Outside(end, what) => {
                refuse(Reach::HostLink, link, &what, self.reading);
                let side = self.side(link, &end);
                attributes::of_interfaces(link, side.as_slice(), self.reading);
            }
        }
    }

    fn join_management(&mut self, link: Node<'t>, end: &Written<'t>, port: String) {
        let Some(a) = self.side(link, end) else {
            return;
        };
        if let Some(net) = self.net {
            let (id, port) = (net.id, Some(port).filter(|port| !port.is_empty()));
            self.connect(link, &[a, Side::Network { id, port }]);
            return;
        }
        let why = "there is no management network, as no node is on one";
        let cure = "import with containers, or link it to another node";
        self.reading.ledger.remark(link, "mgmt-net", why, cure);
        attributes::of_interfaces(link, &[a], self.reading);
    }

    fn connect(&mut self, link: Node<'t>, sides: &[Side; 2]) {
        let mut extra = attributes::of_link(link, self.reading);
        attributes::of_interfaces(link, sides, self.reading);
        for side in sides {
            if let Side::Network {
                port: Some(port), ..
            } = side
                && *port != self.reading.usual_port()
            {
                keep_in(&mut extra, "port", json!(port));
            }
        }
        let [Some(a), Some(b)] = sides.each_ref().map(Side::end) else {
            // Beyond the lab, which was told.
            return;
        };
        if [a, b].iter().all(|end| matches!(end, End::Network(_))) {
            let why = "two shared networks cannot be linked to each other";
            let cure = "make one network of them, or put a node between";
            self.reading.ledger.lose(link, why, cure);
            return;
        }
        self.reading.add_link(link, [a, b], extra);
    }

    /// The network that this interface of the host joins.
    fn uplink(&mut self, link: Node<'t>, parent: &str) -> Option<NetworkId> {
        if let Some(id) = self.uplinks.get(parent) {
            return Some(*id);
        }
        let (id, network) = self.reading.add_network(link, parent)?;
        network.uplink = Some(parent.into());
        self.uplinks.insert(parent.into(), id);
        Some(id)
    }

    /// Keys of links of other types.
    fn lose_foreign_keys(&mut self, link: Node<'t>, form: &Form<'t>) {
        let own: &[&str] = match form {
            Form::Pair(..) => &["endpoints"],
            Form::Macvlan(..) => &["endpoints", "endpoint", "host-interface", "mode"],
            Form::Management(..) | Form::Outside(..) => &[
                "endpoints",
                "endpoint",
                "host-interface",
                "remote",
                "vni",
                "dst-port",
                "src-port",
                "udp-port",
                "parent-interface",
            ],
            Form::Alone(_) => &["endpoints", "endpoint"],
        };
        let any = ["mtu", "ipv4", "ipv6", "vars", "labels"];
        for child in link.children() {
            if own.contains(&child.key()) || child.key() == "type" {
                self.reading.ledger.take(child);
            } else if !any.contains(&child.key()) && super::schema::is_link_key(child.key()) {
                let why = "a link of this type has no such key";
                self.reading.ledger.lose_each(child, why, "take it away");
            }
        }
        let mode = link.given("mode").filter(|mode| text(*mode) != "bridge");
        if let (Form::Macvlan(..), Some(mode)) = (form, mode) {
            let why = "the interface joins a network of the lab, as mode bridge does";
            self.reading.ledger.lose(mode, why, "nothing is to be done");
        }
    }
}
