//! Templates: what a person picks from the palette, and what a node of it runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::IfaceIndex;
use crate::lab::{DockerNode, Interface, NetnsNode, Node, NodeKind, Position};

/// A kind of node ready to be placed. Files `templates/*.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// `frr`; the file's name.
    pub id: String,
    /// `FRR router`.
    pub name: String,
    /// `Routers`, `Hosts`, `Switching`: the palette's group.
    pub group: String,
    pub description: String,
    /// The icon's name in the sprite, without `i-`.
    pub icon: String,
    /// `netns` or `docker`.
    pub kind: String,
    /// The name of interface n, `{n}` replaced: `eth{n}`.
    pub interface_name: String,
    /// Interfaces of a new node.
    pub interfaces: u8,
    pub ip_forward: bool,
    /// Program and arguments of each console, by its name.
    pub consoles: BTreeMap<String, Vec<String>>,
    /// The console that a person means who names none.
    pub default_console: String,
    /// What its nodes run besides their own processes.
    pub runs: TemplateRuns,
    /// Of a container whose node names none: `nova-ve/frr`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub image: String,
    /// How the running configuration is fetched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub save: Option<SaveConfig>,
}

/// A program that prints the running configuration, and the file that a node starts with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SaveConfig {
    pub argv: Vec<String>,
    /// `/etc/frr/frr.conf`
    pub file: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TemplateRuns {
    #[default]
    Nothing,
    /// FRR's daemons as the node's `/etc/frr/daemons` enables them, configured by `/etc/frr/frr.conf`.
    Frr,
}

/// Every template this installation has, by id.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Templates(BTreeMap<String, Template>);

/// A template that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    #[error("template {file} is not readable")]
    Json {
        file: String,
        #[source]
        source: serde_json::Error,
    },
    #[error("template {file} has the id {id:?}; the id must be the file's name without .json")]
    Id { file: String, id: String },
    #[error("template {file}: {what}")]
    Invalid { file: String, what: &'static str },
}

impl Templates {
    /// Reads templates from `(file name, JSON text)`.
    pub fn parse<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, TemplateError> {
        let mut templates = BTreeMap::new();
        for (file, text) in files {
            let template: Template = serde_json::from_str(text).map_err(|source| {
                let file = file.into();
                TemplateError::Json { file, source }
            })?;
            if file.strip_suffix(".json") != Some(&template.id) {
                let (file, id) = (file.into(), template.id);
                return Err(TemplateError::Id { file, id });
            }
            if let Some(what) = template.wrong() {
                return Err(TemplateError::Invalid {
                    file: file.into(),
                    what,
                });
            }
            templates.insert(template.id.clone(), template);
        }
        Ok(Self(templates))
    }

    pub fn get(&self, id: &str) -> Option<&Template> {
        self.0.get(id)
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Template> {
        self.0.values()
    }
}

impl Template {
    /// A node of this template, with its interfaces and nothing else set.
    pub fn new_node(&self, name: impl Into<String>, position: Position) -> Node {
        let indexes = (0..u64::from(self.interfaces)).filter_map(|n| IfaceIndex::try_from(n).ok());
        let interfaces = indexes
            .map(|index| (index, self.new_interface(index)))
            .collect();
        Node {
            name: name.into(),
            template: self.id.clone(),
            icon: String::new(),
            position,
            kind: match self.kind.as_str() {
                "docker" => NodeKind::Docker(Box::<DockerNode>::default()),
                _ => NodeKind::Netns(NetnsNode::default()),
            },
            interfaces,
            labels: BTreeMap::new(),
            extra: serde_json::Map::new(),
        }
    }

    /// Interface number `index` of a node of this template, named as the template names them.
    pub fn new_interface(&self, index: IfaceIndex) -> Interface {
        let name = self.interface_name.replace("{n}", &index.to_string());
        Interface {
            name,
            ..Interface::default()
        }
    }

    fn wrong(&self) -> Option<&'static str> {
        let wrongs = [
            (
                !["netns", "docker"].contains(&self.kind.as_str()),
                "kind must be netns or docker",
            ),
            (
                (self.kind == "docker") == self.image.is_empty(),
                "a docker template has an image, and no other has",
            ),
            (
                !self.interface_name.contains("{n}"),
                "interface_name must contain {n}",
            ),
            (
                !self.consoles.contains_key(&self.default_console),
                "default_console must be one of consoles",
            ),
            (
                self.consoles.values().any(Vec::is_empty),
                "every console needs a program",
            ),
            (self.interfaces > 100, "a node has at most 100 interfaces"),
        ];
        wrongs
            .into_iter()
            .find_map(|(wrong, what)| wrong.then_some(what))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

    use super::*;

    const HOST: &str = r#"{"id":"host","name":"Host","group":"Hosts","description":"","icon":"server",
        "kind":"netns","interface_name":"eth{n}","interfaces":2,"ip_forward":false,
        "consoles":{"shell":["/bin/sh"]},"default_console":"shell","runs":"nothing"}"#;

    #[test]
    fn a_new_node_has_the_templates_interfaces() {
        let templates = Templates::parse([("host.json", HOST)]).unwrap();
        let node = templates
            .get("host")
            .unwrap()
            .new_node("h1", Position::default());
        let names: Vec<_> = node.interfaces.values().map(|i| i.name.as_str()).collect();
        assert_eq!(names, ["eth0", "eth1"]);
    }

    #[test]
    fn a_template_that_cannot_be_used_says_why() {
        let cases = [
            (
                "frr.json",
                HOST.to_owned(),
                "the id must be the file's name",
            ),
            ("host.json", HOST.replace("{n}", "x"), "must contain {n}"),
            (
                "host.json",
                HOST.replace(":\"shell\"", ":\"none\""),
                "must be one of consoles",
            ),
            (
                "host.json",
                HOST.replace("\"runs\"", "\"run\""),
                "not readable",
            ),
        ];
        for (file, text, words) in cases {
            let error = Templates::parse([(file, text.as_str())]).unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
        }
    }
}
