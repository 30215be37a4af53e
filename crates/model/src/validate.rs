//! Everything wrong with a lab, at once.
//!
//! `validate` knows the lab alone: no template, no host. Each message says what is wrong, with which
//! thing, and what to do; `at` is the way to it, `code` a stable word.

mod binds;
mod docker;
mod links;
mod netns;
mod nodes;
mod text;

pub use binds::wrong_target;
pub use docker::is_network_sysctl;

use std::collections::BTreeSet;

use crate::lab::{Gateway, Lab, Position, SCHEMA, Subnet};
use crate::limits;
use crate::problem::Problem;

/// All problems of the lab; empty means it can be saved and started.
pub fn validate(lab: &Lab) -> Vec<Problem> {
    let mut found = Found::default();
    check_lab(lab, &mut found);
    nodes::check(lab, &mut found);
    links::check(lab, &mut found);
    check_networks(lab, &mut found);
    check_drawings(lab, &mut found);
    found.0
}

/// The problems found so far.
#[derive(Default)]
struct Found(Vec<Problem>);

impl Found {
    fn add(&mut self, at: &str, code: &str, message: impl Into<String>) {
        self.0.push(Problem::new(at, code, message));
    }

    /// At most `max` of them.
    fn count(&mut self, at: &str, what: &str, count: usize, max: usize) {
        if count > max {
            self.add(
                at,
                "too_many",
                format!("{count} {what}; at most {max} are possible"),
            );
        }
    }

    /// At most `max` bytes.
    fn bytes(&mut self, at: &str, what: &str, bytes: usize, max: usize) {
        if bytes > max {
            let message = format!("{what} has {bytes} bytes; at most {max} are possible");
            self.add(at, "too_large", message);
        }
    }

    fn position(&mut self, at: &str, position: Position) {
        let far = |v: f64| !v.is_finite() || v.abs() > 1_000_000.0;
        if far(position.x) || far(position.y) {
            let message = "its position is off the sheet; x and y lie within a million";
            self.add(at, "position_out_of_range", message);
        }
    }
}

fn check_lab(lab: &Lab, found: &mut Found) {
    if lab.schema != SCHEMA {
        let message = format!(
            "the lab is of format {}, this version reads format {SCHEMA}; use a newer nova-ve, or \
             export the lab there for this one",
            lab.schema
        );
        found.add("schema", "schema_unknown", message);
    }
    text::check_title(
        "name",
        "the lab",
        &lab.name,
        limits::LAB_NAME_MAX_CHARS,
        found,
    );
    text::check_prose(
        "description",
        &lab.description,
        limits::DESCRIPTION_MAX_BYTES,
        found,
    );
    found.count("nodes", "nodes", lab.nodes.len(), limits::NODES_MAX);
    found.count(
        "networks",
        "networks",
        lab.networks.len(),
        limits::NETWORKS_MAX,
    );
    found.count("links", "links", lab.links.len(), limits::LINKS_MAX);
    found.count(
        "drawings",
        "drawings",
        lab.drawings.len(),
        limits::DRAWINGS_MAX,
    );
}

fn check_networks(lab: &Lab, found: &mut Found) {
    for (id, network) in &lab.networks {
        let at = format!("networks/{id}");
        let max = limits::NETWORK_NAME_MAX_CHARS;
        text::check_title(
            &format!("{at}/name"),
            "the network",
            &network.name,
            max,
            found,
        );
        found.position(&at, network.position);
        let max = limits::INTERFACE_NAME_MAX_BYTES;
        if let Some(name) = &network.uplink
            && let Some(wrong) = text::wrong_device_name(name, max)
        {
            let message = format!("the host's interface {name:?} {wrong}");
            found.add(&format!("{at}/uplink"), "interface_name_odd", message);
        }
        if let Some(gateway) = &network.gateway {
            check_gateway(&format!("{at}/gateway"), gateway, found);
        }
    }
    let mut managed = lab.networks.iter().filter(|(_, network)| {
        let gateway = network.gateway.as_ref();
        gateway.is_some_and(|gateway| gateway.management)
    });
    if let Some((id, _)) = managed.nth(1) {
        let message = "a lab has one management network; this is the second";
        found.add(
            &format!("networks/{id}/gateway"),
            "management_twice",
            message,
        );
    }
}

fn check_gateway(at: &str, gateway: &Gateway, found: &mut Found) {
    if gateway.ipv4.is_none() && gateway.ipv6.is_none() {
        let message =
            "the host has no address there; give it ipv4 or ipv6, or take the gateway away";
        found.add(at, "gateway_without_address", message);
    }
    for (family, subnet, is_v6) in [("IPv4", gateway.ipv4, false), ("IPv6", gateway.ipv6, true)] {
        if let Some(Subnet::At(net)) = subnet
            && net.addr().is_ipv6() != is_v6
        {
            let message = format!("{net} is no {family} network");
            found.add(at, "gateway_odd", message);
        }
    }
}

fn check_drawings(lab: &Lab, found: &mut Found) {
    let mut ids = BTreeSet::new();
    for drawing in &lab.drawings {
        let at = format!("drawings/{}", drawing.id);
        if !ids.insert(drawing.id) {
            found.add(
                &at,
                "drawing_exists",
                "two drawings have this id; give one another",
            );
        }
        text::check_word(&format!("{at}/kind"), &drawing.kind, found);
        let max = limits::DRAWING_TEXT_MAX_BYTES;
        text::check_prose(&format!("{at}/text"), &drawing.text, max, found);
        found.position(&at, drawing.position);
    }
}

#[cfg(test)]
mod tests;
