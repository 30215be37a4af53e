//! The file as it is written, typed; keys we do not read are kept aside to be named.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Loss;
use crate::error::{FormatError, as_text, check_size};

/// Keys that are not read.
pub type Rest = BTreeMap<String, Value>;

#[derive(Debug, Deserialize)]
pub struct File {
    pub name: String,
    pub topology: Topology,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Debug, Deserialize)]
pub struct Topology {
    #[serde(default)]
    pub defaults: Option<NodeDef>,
    #[serde(default)]
    pub kinds: Option<BTreeMap<String, Option<NodeDef>>>,
    #[serde(default)]
    pub groups: Option<BTreeMap<String, Option<NodeDef>>>,
    /// In the order of the file, which gives them their numbers.
    #[serde(deserialize_with = "in_order")]
    pub nodes: Vec<(String, NodeDef)>,
    #[serde(default, deserialize_with = "or_empty")]
    pub links: Vec<LinkDef>,
    #[serde(flatten)]
    rest: Rest,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
pub struct NodeDef {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    #[serde(
        default,
        deserialize_with = "or_empty",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub env: BTreeMap<String, Option<String>>,
    #[serde(
        default,
        deserialize_with = "or_empty",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub labels: BTreeMap<String, Option<String>>,
    #[serde(
        default,
        deserialize_with = "or_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub exec: Vec<String>,
    #[serde(
        default,
        deserialize_with = "or_empty",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub binds: Vec<String>,
    #[serde(flatten)]
    pub rest: Rest,
}

#[derive(Debug, Deserialize)]
pub struct LinkDef {
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    #[serde(default, deserialize_with = "or_empty")]
    pub endpoints: Vec<String>,
    #[serde(flatten)]
    pub rest: Rest,
}

pub fn parse(bytes: &[u8]) -> Result<File, FormatError> {
    check_size(bytes)?;
    let text = as_text(bytes)?;
    if let Some(offset) = text.find("{{") {
        let what =
            "this is a Go template; render it first (containerlab's own tools can), then import";
        return Err(FormatError::at(bytes, offset, what));
    }
    serde_saphyr::from_str_with_options(text, options()).map_err(|error| {
        let place = error.location();
        let line = place.map_or(1, |at| usize::try_from(at.line()).unwrap_or(usize::MAX));
        let column = place.map_or(1, |at| usize::try_from(at.column()).unwrap_or(usize::MAX));
        FormatError::Syntax {
            line,
            column,
            what: first_line(&error.to_string()),
        }
    })
}

/// YAML 1.2 words, and bounds that no lab meets but a bomb does.
fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 64,
            max_nodes: 250_000,
            max_aliases: 5_000,
        },
        strict_booleans: true,
        with_snippet: false,
    }
}

/// The parser's words without their place, which has fields of its own.
fn first_line(words: &str) -> String {
    let line = words.lines().next().unwrap_or_default();
    let without = line.split_once(" at line ").map_or(line, |(what, _)| what);
    without.trim_start_matches("error: ").to_owned()
}

impl File {
    /// Keys of the file as a whole that are not read.
    pub fn losses(&self) -> Vec<Loss> {
        let why = |key: &str| match key {
            "mgmt" => "there is no management network; nodes are reached by their consoles",
            "prefix" => "names of containers; a node is called by its own name here",
            _ => "this version does not read it",
        };
        let top = self
            .rest
            .iter()
            .map(|(key, value)| Loss::new(key, short(value), why(key)));
        let below = self.topology.rest.iter().map(|(key, value)| {
            Loss::new(
                format!("topology.{key}"),
                short(value),
                "this version does not read it",
            )
        });
        top.chain(below).collect()
    }
}

/// A value as it fits into a sentence.
pub fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    };
    if text.chars().count() <= 80 {
        return text;
    }
    text.chars().take(79).chain(['…']).collect()
}

/// `key:` with nothing after it is the same as no key.
fn or_empty<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    from: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

fn in_order<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(String, NodeDef)>, D::Error> {
    struct Nodes;

    impl<'de> Visitor<'de> for Nodes {
        type Value = Vec<(String, NodeDef)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("nodes by name")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut nodes = Vec::new();
            while let Some((name, node)) = map.next_entry::<String, Option<NodeDef>>()? {
                nodes.push((name, node.unwrap_or_default()));
            }
            Ok(nodes)
        }
    }
    from.deserialize_map(Nodes)
}
