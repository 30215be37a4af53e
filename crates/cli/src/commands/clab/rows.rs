//! Nodes as containerlab lists them: a table, CSV, or JSON by lab, with containerlab's own keys.

use std::collections::BTreeMap;

use api::lab::LabDetail;
use ipnet::IpNet;
use model::{Node, NodeKind};
use serde::Serialize;

use super::addresses::{self, Management};
use super::origin;
use crate::output::{Format as Answer, answer, print, remark, table};

/// `-f`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Table,
    Json,
    Csv,
}

/// How a list is shown besides.
#[derive(Debug, Clone, Copy, Default)]
pub struct Columns {
    pub labs: bool,
    pub owner: bool,
}

/// A node, in containerlab's words.
#[derive(Debug, Clone, Serialize)]
struct Row {
    lab_name: String,
    #[serde(rename = "labPath")]
    lab_path: String,
    #[serde(rename = "absLabPath")]
    abs_lab_path: String,
    name: String,
    image: String,
    kind: String,
    state: String,
    status: String,
    ipv4_address: String,
    ipv6_address: String,
    owner: String,
}

/// containerlab's word for what is not there.
const NONE: &str = "N/A";

/// `-f` goes before `-o`.
pub fn show(
    labs: &[LabDetail],
    format: Option<Format>,
    usual: Answer,
    columns: Columns,
) -> anyhow::Result<()> {
    let rows: Vec<Row> = labs.iter().flat_map(rows_of).collect();
    match (format, usual) {
        (Some(Format::Csv), _) => print(&csv(&rows)),
        (Some(Format::Table), _) | (None, Answer::Table) if rows.is_empty() => {
            remark("no nodes found");
        }
        (Some(Format::Table), _) | (None, Answer::Table) => print(&page(&rows, columns)),
        (Some(Format::Json), _) | (None, Answer::Json) => {
            answer(Answer::Json, &by_lab(rows), |_| String::new())?;
        }
        (None, Answer::Yaml) => answer(Answer::Yaml, &by_lab(rows), |_| String::new())?,
    }
    Ok(())
}

fn by_lab(rows: Vec<Row>) -> BTreeMap<String, Vec<Row>> {
    let mut labs: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows {
        labs.entry(row.lab_name.clone()).or_default().push(row);
    }
    labs
}

fn rows_of(detail: &LabDetail) -> Vec<Row> {
    let addresses = addresses::of(detail);
    let file = origin::of(&detail.lab).unwrap_or_default();
    let row = |(id, node): (&model::NodeId, &Node)| {
        let status = detail.status.nodes.get(id);
        let state = status.map_or("stopped", |status| status.state.word());
        let at = addresses.get(id).copied().unwrap_or_default();
        // A node that does not run has none, whichever it would get.
        let Management { ipv4, ipv6 } = match state {
            "stopped" | "failed" => Management::default(),
            _ => at,
        };
        let (kind, image) = kind_of(node);
        Row {
            lab_name: detail.lab.name.clone(),
            lab_path: file.to_owned(),
            abs_lab_path: file.to_owned(),
            name: node.name.clone(),
            image,
            kind,
            state: state.to_owned(),
            status: status.map_or_else(String::new, |status| status.state.detail().to_owned()),
            ipv4_address: word(ipv4),
            ipv6_address: word(ipv6),
            owner: detail.owner.clone(),
        }
    };
    let mut rows: Vec<Row> = detail.lab.nodes.iter().map(row).collect();
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    rows
}

fn word(address: Option<IpNet>) -> String {
    address.map_or_else(|| NONE.into(), |address| address.to_string())
}

/// containerlab's kind, and the image where there is one.
pub fn kind_of(node: &Node) -> (String, String) {
    match &node.kind {
        NodeKind::Docker(settings) if settings.image.is_empty() => ("linux".into(), NONE.into()),
        NodeKind::Docker(settings) => ("linux".into(), settings.image.clone()),
        NodeKind::Netns(_) => ("netns".into(), NONE.into()),
        NodeKind::Other(other) => {
            let image = other.extra.get("image").and_then(serde_json::Value::as_str);
            (other.original.clone(), image.unwrap_or(NONE).to_owned())
        }
    }
}

fn page(rows: &[Row], columns: Columns) -> String {
    if !columns.labs && !columns.owner {
        let header = ["NAME", "KIND", "IMAGE", "STATE", "IPV4", "IPV6"];
        return table(header, rows.iter().map(Row::cells).collect());
    }
    let header = [
        "LAB", "NAME", "KIND", "IMAGE", "STATE", "IPV4", "IPV6", "OWNER", "TOPOLOGY",
    ];
    table(header, rows.iter().map(Row::wide_cells).collect())
}

impl Row {
    fn cells(&self) -> [String; 6] {
        let state = if self.status.is_empty() {
            self.state.clone()
        } else {
            format!("{}: {}", self.state, self.status)
        };
        let (name, kind, image) = (&self.name, &self.kind, &self.image);
        [
            name.clone(),
            kind.clone(),
            image.clone(),
            state,
            without_length(&self.ipv4_address),
            without_length(&self.ipv6_address),
        ]
    }

    fn wide_cells(&self) -> [String; 9] {
        let [name, kind, image, state, ipv4, ipv6] = self.cells();
        let (lab, owner) = (self.lab_name.clone(), self.owner.clone());
        let file = self.lab_path.clone();
        [lab, name, kind, image, state, ipv4, ipv6, owner, file]
    }
}

fn without_length(address: &str) -> String {
    if address == NONE {
        return NONE.into();
    }
    let plain = address.split('/').next();
    plain.unwrap_or_default().to_owned()
}

/// With the columns of containerlab's own.
fn csv(rows: &[Row]) -> String {
    let header =
        "lab_name,labPath,absLabPath,name,image,kind,state,status,ipv4_address,ipv6_address,owner";
    let line = |row: &Row| {
        let cells = [
            &row.lab_name,
            &row.lab_path,
            &row.abs_lab_path,
            &row.name,
            &row.image,
            &row.kind,
            &row.state,
            &row.status,
            &row.ipv4_address,
            &row.ipv6_address,
            &row.owner,
        ];
        cells.map(|cell| quoted(cell)).join(",")
    };
    let lines = rows.iter().map(line);
    std::iter::once(header.to_owned())
        .chain(lines)
        .collect::<Vec<_>>()
        .join("\n")
}

fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\n', '\r']) {
        return format!("\"{}\"", cell.replace('"', "\"\""));
    }
    cell.to_owned()
}

#[cfg(test)]
pub mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use serde_json::json;

    use super::*;

    /// Two nodes on a management network, and one that cannot run.
    pub fn detail() -> LabDetail {
        let end = |node| json!({"interface": {"node": node, "interface": 0}});
        let node = |name: &str, image: &str, addresses: serde_json::Value| {
            json!({"name": name, "kind": "docker", "settings": {"image": image},
                "interfaces": {"0": {"name": "eth0", "addresses": addresses}}})
        };
        let status = |state: serde_json::Value| json!({"state": state, "since_ms": 0});
        serde_json::from_value(json!({
            "lab": {
                "schema": 1, "id": "11111111-2222-3333-4444-555555555555", "name": "t",
                "containerlab": {"topology": "/labs/t.clab.yml"},
                "nodes": {
                    "1": node("r2", "nova-ve/frr", json!(["172.20.20.99/24"])),
                    "2": node("r1", "", json!([])),
                    "3": {"name": "srl", "kind": "other",
                        "settings": {"original": "nokia_srlinux", "image": "ghcr.io/nokia/srlinux"}},
                },
                "networks": {"9": {"name": "clab", "gateway": {"ipv4": "auto", "ipv6": "auto", "management": true}}},
                "links": [
                    {"id": 1, "a": end(1), "b": {"network": 9}},
                    {"id": 2, "a": end(2), "b": {"network": 9}},
                ],
            },
            "owner": "admin", "file": {"file": "ok"}, "my_right": "own",
            "status": {
                "generation": 1, "links": {},
                "nodes": {
                    "1": status(json!({"state": "running", "booted": true})),
                    "2": status(json!({"state": "degraded", "why": "bgpd ended, \"1\""})),
                    "3": status(json!({"state": "failed", "why": "cannot run here"})),
                },
                "networks": {"9": {"ipv4": "172.20.20.1/24", "ipv6": "3fff::1/64"}},
            },
        }))
        .unwrap()
    }

    #[test]
    fn nodes_as_containerlab_lists_them() {
        let rows = rows_of(&detail());
        insta::assert_snapshot!(page(&rows, Columns::default()));
        let all = Columns {
            labs: true,
            owner: true,
        };
        insta::assert_snapshot!(page(&rows, all));
        insta::assert_snapshot!(csv(&rows));
        insta::assert_json_snapshot!(by_lab(rows));
    }
}
