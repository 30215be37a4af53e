//! A topology file by another parser than the reader's, and what containerlab makes of it by rules of its own.

use std::collections::{BTreeMap, BTreeSet};

use model::{End, Lab, NodeKind};
use serde_json::Value;

pub struct Source(Value);

const BRIDGES: [&str; 2] = ["bridge", "ovs-bridge"];
const SPECIAL: [&str; 3] = ["host", "macvlan", "mgmt-net"];

impl Source {
    pub fn of(text: &str) -> Self {
        Self(serde_saphyr::from_str(text).unwrap())
    }

    fn topology(&self, key: &str) -> &Value {
        &self.0["topology"][key]
    }

    fn nodes(&self) -> Vec<(&String, &Value)> {
        let nodes = self.topology("nodes").as_object();
        nodes.into_iter().flatten().collect()
    }

    /// Defaults, kind, group, node.
    fn levels<'s>(&'s self, node: &'s Value) -> [&'s Value; 4] {
        let kind = self.kind(node);
        let of_kind = &self.topology("kinds")[kind.as_str()];
        let defaults = self.topology("defaults");
        let group = [node, of_kind, defaults]
            .into_iter()
            .find_map(|level| level["group"].as_str());
        let of_group = group.map_or(&Value::Null, |name| &self.topology("groups")[name]);
        [defaults, of_kind, of_group, node]
    }

    fn kind(&self, node: &Value) -> String {
        let group = node["group"]
            .as_str()
            .map(|name| &self.topology("groups")[name]);
        let own = node["kind"].as_str();
        let of_group = group.and_then(|group| group["kind"].as_str());
        let kind = own
            .or(of_group)
            .or(self.topology("defaults")["kind"].as_str());
        kind.unwrap_or_default().to_lowercase()
    }

    fn first(&self, node: &Value, key: &str) -> Option<String> {
        let mut levels = self.levels(node).into_iter().rev();
        levels.find_map(|level| word(&level[key]))
    }

    fn list(&self, node: &Value, key: &str) -> Vec<String> {
        let mut found = Vec::new();
        for level in self.levels(node) {
            for member in level[key].as_array().into_iter().flatten() {
                let member = word(member).unwrap();
                if !found.contains(&member) {
                    found.push(member);
                }
            }
        }
        found
    }

    fn map(&self, node: &Value, key: &str) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for level in self.levels(node) {
            for (name, value) in level[key].as_object().into_iter().flatten() {
                found.insert(name.clone(), word(value).unwrap_or_default());
            }
        }
        found
    }

    pub fn compare(&self, lab: &Lab, at: &str) {
        let bridges: BTreeSet<&String> = self
            .nodes()
            .into_iter()
            .filter(|(_, node)| BRIDGES.contains(&self.kind(node).as_str()))
            .map(|(name, _)| name)
            .collect();
        assert_eq!(lab.nodes.len(), self.nodes().len() - bridges.len(), "{at}");
        let names: BTreeSet<&String> = lab.networks.values().map(|network| &network.name).collect();
        assert!(bridges.iter().all(|name| names.contains(*name)), "{at}");
        for node in lab.nodes.values() {
            let own = &self.topology("nodes")[&node.name];
            self.compare_node(own, node, at);
        }
        self.compare_links(lab, at);
    }

    /// What was written of this file says the same of nodes: images, commands, variables, and places in the node.
    pub fn compare_written(&self, source: &Self, at: &str) {
        assert_eq!(self.nodes().len(), source.nodes().len(), "{at}");
        for (name, own) in source.nodes() {
            let written = &self.topology("nodes")[name];
            let at = format!("{at} {name}");
            assert_eq!(self.kind(written), source.kind(own), "{at}");
            if BRIDGES.contains(&source.kind(own).as_str()) {
                continue;
            }
            assert_eq!(
                self.first(written, "image"),
                source.first(own, "image"),
                "{at}"
            );
            assert_eq!(self.list(written, "exec"), source.list(own, "exec"), "{at}");
            for key in ["env", "labels"] {
                assert_eq!(self.map(written, key), source.map(own, key), "{at}");
            }
            let bound = |of: &Self, node| {
                let binds = of.list(node, "binds");
                let target = |bind: &String| bind.split(':').nth(1).unwrap().to_owned();
                binds.iter().map(target).collect::<BTreeSet<String>>()
            };
            let wanted = bound(source, own);
            let inside = |path: &String| wanted.iter().any(|target| path.starts_with(target));
            assert!(bound(self, written).iter().all(inside), "{at}");
        }
        let of = |source: &Self| source.topology("links").as_array().map_or(0, Vec::len);
        assert_eq!(of(self), of(source), "{at}");
    }

    fn compare_node(&self, own: &Value, node: &model::Node, at: &str) {
        let at = format!("{at} {}", node.name);
        assert_eq!(node.labels, self.map(own, "labels"), "{at}");
        match &node.kind {
            NodeKind::Other(kept) => {
                assert_eq!(kept.original, self.kind(own), "{at}");
                let image = kept.extra.get("image").and_then(Value::as_str);
                assert_eq!(image, self.first(own, "image").as_deref(), "{at}");
                let exec = kept.extra.get("exec").and_then(Value::as_array);
                let exec: Vec<&str> = exec
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                assert_eq!(exec, self.list(own, "exec"), "{at}");
            }
            NodeKind::Docker(settings) => {
                assert_eq!(self.kind(own), "linux", "{at}");
                assert_eq!(
                    Some(settings.image.clone()),
                    self.first(own, "image"),
                    "{at}"
                );
                assert_eq!(settings.exec, self.list(own, "exec"), "{at}");
                assert_eq!(settings.env, self.map(own, "env"), "{at}");
                let binds = self.list(own, "binds");
                let absolute = binds.iter().filter(|bind| bind.starts_with('/'));
                assert_eq!(settings.binds.len(), absolute.count(), "{at}");
                for path in settings.files.keys() {
                    let has = |bind: &String| path.starts_with(bind.split(':').nth(1).unwrap());
                    assert!(binds.iter().any(has), "{at}: {path}");
                }
            }
            NodeKind::Netns(_) => panic!("{at} is over the host's programs"),
        }
    }

    /// Brief links that lead to two things of the lab, and the interfaces they name.
    fn compare_links(&self, lab: &Lab, at: &str) {
        let mut wanted = 0;
        for link in self.topology("links").as_array().into_iter().flatten() {
            let ends: Vec<&str> = link["endpoints"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let outside = ends.iter().any(|end| end.starts_with("host:"));
            let kind = link["type"].as_str().unwrap_or("veth");
            let special = ends
                .iter()
                .any(|end| SPECIAL.contains(&end.split(':').next().unwrap()));
            wanted += usize::from(!outside && !matches!(kind, "host" | "vxlan" | "dummy"));
            if special || kind != "veth" {
                continue;
            }
            for end in ends {
                let (name, interface) = end.split_once(':').unwrap();
                let node = lab.nodes.values().find(|node| node.name == name);
                let plain = interface.replace('/', "-");
                if let Some(node) = node.filter(|_| plain == interface) {
                    let mut names = node.interfaces.values().map(|eth| &eth.name);
                    assert!(names.any(|name| *name == plain), "{at}: {end}");
                }
            }
        }
        let management = lab.networks.iter().find(|(_, network)| {
            network
                .gateway
                .as_ref()
                .is_some_and(|gateway| gateway.management)
        });
        let is_joined = |link: &&model::Link| {
            let End::Interface { node, interface } = link.a else {
                return false;
            };
            let first = interface == model::IfaceIndex::FIRST;
            let to_it = management.is_some_and(|(id, _)| link.b == End::Network(*id));
            first && to_it && lab.nodes[&node].interfaces[&interface].name == "eth0"
        };
        let joined = lab.links.values().filter(is_joined).count();
        assert_eq!(lab.links.len() - joined, wanted, "{at}");
    }
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
