//! The drawing beside the topology, as containerlab's editors keep it.

use std::collections::BTreeMap;

use model::lab::{File, Gateway};
use model::{Network, Position};
use serde_json::{Map, Value, json};

use super::{KEEP, Writing};
use crate::containerlab::annotations;

pub fn add(file_name: &str, writing: &mut Writing<'_>) {
    let lab = writing.lab;
    let mut sections: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    let nodes = lab.nodes.values();
    let nodes = nodes.map(|node| json!({"id": node.name, "position": at(node.position)}));
    sections.insert("nodeAnnotations", nodes.collect());
    let networks = lab.networks.values().map(of_network);
    sections.insert("networkNodeAnnotations", networks.collect());
    for drawing in &lab.drawings {
        if let Some((section, annotation)) = annotations::annotation(drawing) {
            sections.entry(section).or_default().push(annotation);
            continue;
        }
        let why = "containerlab's editors draw no such thing";
        writing.lose(
            &format!("drawings.{}", drawing.id),
            &drawing.kind,
            why,
            KEEP,
        );
    }
    let sections: Map<String, Value> = sections
        .into_iter()
        .map(|(key, list)| (key.to_owned(), Value::Array(list)))
        .collect();
    let content = format!("{:#}\n", Value::Object(sections));
    let mode = None;
    let file = File { content, mode };
    writing
        .files
        .insert(annotations::file_name(file_name), file);
}

fn at(position: Position) -> Value {
    json!({"x": position.x, "y": position.y})
}

fn of_network(network: &Network) -> Value {
    let is_managed = |gateway: &Gateway| gateway.management;
    let kind = if network.uplink.is_some() {
        "macvlan"
    } else if network.gateway.as_ref().is_some_and(is_managed) {
        "mgmt-net"
    } else {
        "bridge"
    };
    json!({"id": network.name, "type": kind, "position": at(network.position)})
}
