//! A kind that cannot run here: kept with every key it has.

use std::collections::BTreeMap;

use model::lab::OtherNode;
use model::reach::Reach;
use model::{Node, NodeKind};
use serde_json::{Map, Value};

use super::refuse;
use crate::containerlab::binds::target;
use crate::containerlab::levels::Def;
use crate::containerlab::reading::{Reading, text};
use crate::containerlab::schema::{NODE_KEYS, Shape};
use crate::yaml;

/// Kinds that containerlab gives no interface of its management network: their containers are not its own.
pub fn is_unmanaged(kind: &str) -> bool {
    matches!(kind, "ext-container" | "k8s-kind")
}

/// Keys that are fields of the lab's own node.
const ELSEWHERE: [&str; 4] = ["kind", "labels", "mgmt-ipv4", "mgmt-ipv6"];

/// Whether the node is on the management network.
pub fn fill(def: &Def<'_>, node: &mut Node, reading: &mut Reading<'_>) -> bool {
    let mut extra = Map::new();
    for (key, shape) in NODE_KEYS {
        if !ELSEWHERE.contains(key)
            && let Some(value) = merged(def, key, shape, reading)
        {
            extra.insert((*key).into(), value);
        }
    }
    // Unknown ones are told as losses; they are kept even so.
    for child in def.own.children() {
        let known = |(key, _): &(&str, Shape)| yaml::is_same_key(child.key(), key);
        if !NODE_KEYS.iter().any(known) {
            extra.insert(child.key().into(), child.to_json());
        }
    }
    if def.kind == "ext-container" {
        refuse(Reach::OtherContainer, def.own, def.name, reading);
    } else {
        let what = format!("kind {}", def.kind);
        let why = "no node of this kind runs here; it is kept with all its keys";
        let cure = "make it of kind linux if its image runs as any container does";
        reading.ledger.remark(def.own, what, why, cure);
    }
    let mode = extra.get("network-mode").and_then(Value::as_str);
    let managed = mode.is_none_or(|mode| mode == "bridge") && !is_unmanaged(&def.kind);
    let original = def.kind.clone();
    node.kind = NodeKind::Other(OtherNode { original, extra });
    managed
}

/// The value of a key after inheritance, by containerlab's own rule for it.
fn merged(def: &Def<'_>, key: &str, shape: &Shape, reading: &mut Reading<'_>) -> Option<Value> {
    let ledger = &mut reading.ledger;
    match (key, shape) {
        ("binds" | "volumes", _) => {
            let all = def.all(key, ledger);
            let mut by_target = BTreeMap::new();
            let members = all.into_iter().flat_map(yaml::Node::children);
            members.for_each(|bind| {
                by_target.insert(target(bind.text().unwrap_or_default()), text(bind));
            });
            let list: Vec<Value> = by_target.into_values().map(Value::String).collect();
            (!list.is_empty()).then_some(Value::Array(list))
        }
        ("exec" | "env-files" | "devices" | "cap-add" | "security-opts", _) => {
            let list: Vec<Value> = def
                .members(key, ledger)
                .into_iter()
                .map(|member| Value::String(text(member)))
                .collect();
            (!list.is_empty()).then_some(Value::Array(list))
        }
        (_, Shape::Map(_)) | ("config" | "certificate", _) => {
            let mut whole = Value::Null;
            for level in def.all(key, ledger) {
                lay_over(&mut whole, level.to_json());
            }
            (!whole.is_null()).then_some(whole)
        }
        (_, _) => def.first(key, ledger).map(yaml::Node::to_json),
    }
}

/// Maps are merged, lists go on, of anything else the new one wins.
fn lay_over(whole: &mut Value, new: Value) {
    match (whole, new) {
        (Value::Object(whole), Value::Object(new)) => {
            for (key, value) in new {
                lay_over(whole.entry(key).or_insert(Value::Null), value);
            }
        }
        (Value::Array(whole), Value::Array(new)) => whole.extend(new),
        (whole, new) => *whole = new,
    }
}
