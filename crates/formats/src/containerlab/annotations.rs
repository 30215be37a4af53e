//! The drawing that containerlab's editors keep beside a topology, in `NAME.annotations.json`.
//!
//! Places, texts, shapes and groups become ours. The file is drawn, not run: what of it has no place here is one
//! loss a section.

mod drawings;

use std::collections::BTreeMap;

use model::{Lab, Position};
use serde_json::{Map, Value};

pub use drawings::annotation;

use super::Bound;
use super::reading::Reading;
use crate::yaml::Node;

/// The name of the drawing of a topology file.
pub fn file_name(topology: &str) -> String {
    format!("{topology}.annotations.json")
}

pub fn read(root: Node<'_>, reading: &mut Reading<'_>) {
    if reading.options.file_name.is_empty() {
        return;
    }
    let name = file_name(reading.options.file_name);
    let bytes = match (reading.options.files)(&name) {
        Bound::File { bytes, .. } => bytes,
        Bound::Missing
        | Bound::Elsewhere
        | Bound::Folder(_)
        | Bound::Outside
        | Bound::Unreadable(_) => return,
    };
    let is_deep = model::limits::too_deep_at(&bytes, model::limits::LAB_MAX_DEPTH).is_some();
    let sections: Option<Map<String, Value>> = if is_deep {
        None
    } else {
        serde_json::from_slice(&bytes).ok()
    };
    let Some(sections) = sections.filter(|_| bytes.len() <= model::limits::LAB_MAX_BYTES) else {
        let why = "the drawing is no JSON that could be read, and nodes lie where there is room";
        reading.ledger.remark(root, name, why, "draw it anew");
        return;
    };
    // A network that is drawn as a node of its name and as a network lies where the latter says.
    let (nodes, others): (Vec<_>, Vec<_>) = sections
        .iter()
        .partition(|(key, _)| *key == "nodeAnnotations");
    for (key, section) in nodes.into_iter().chain(others) {
        if !take(key, section, &mut reading.lab) && !is_empty(section) {
            let why = "nova-ve does not draw it";
            let what = format!("{name}: {key}");
            reading
                .ledger
                .remark(root, what, why, "draw it by hand, if you need it");
        }
    }
}

fn is_empty(section: &Value) -> bool {
    match section {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Whether the section is one that we draw.
fn take(key: &str, section: &Value, lab: &mut Lab) -> bool {
    let list = section.as_array().map(Vec::as_slice).unwrap_or_default();
    match key {
        "nodeAnnotations" => place_nodes(list, lab),
        "networkNodeAnnotations" => place_networks(list, lab),
        "freeTextAnnotations" | "freeShapeAnnotations" | "groupStyleAnnotations" => {
            drawings::add(key, list, lab);
        }
        _ => return false,
    }
    true
}

fn place_nodes(list: &[Value], lab: &mut Lab) {
    let places: BTreeMap<&str, Position> = list.iter().filter_map(place_of).collect();
    for node in lab.nodes.values_mut() {
        if let Some(position) = places.get(node.name.as_str()) {
            node.position = *position;
        }
    }
    place_networks(list, lab);
}

fn place_networks(list: &[Value], lab: &mut Lab) {
    let places: BTreeMap<&str, Position> = list.iter().filter_map(place_of).collect();
    for network in lab.networks.values_mut() {
        if let Some(position) = places.get(network.name.as_str()) {
            network.position = *position;
        }
    }
}

fn place_of(annotation: &Value) -> Option<(&str, Position)> {
    let id = annotation.get("id")?.as_str()?;
    Some((id, position(annotation)?))
}

fn position(annotation: &Value) -> Option<Position> {
    let position = annotation.get("position")?;
    let number = |key: &str| position.get(key)?.as_f64();
    let (x, y) = (number("x")?, number("y")?);
    let near = |v: f64| v.abs() < 1e6;
    (near(x) && near(y)).then_some(Position { x, y })
}
