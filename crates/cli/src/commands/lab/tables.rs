//! Labs, nodes and links as rows. Pure.

use api::lab::{FileState, LabSummary};
use model::access::LabRight;
use model::lab::LinkState;
use model::status::{LabStatus, LinkStatus, NodeState, NodeStatus, Plumbed};
use model::{Lab, Link, Node};

use crate::lookup::end_name;
use crate::output::table;

pub fn lab_table(labs: &[LabSummary]) -> String {
    let rows = labs.iter().map(|lab| {
        [
            lab.name.clone(),
            lab.node_count.to_string(),
            running(lab),
            lab.link_count.to_string(),
            lab.owner.clone(),
            right(lab.my_right).into(),
            lab.id.to_string(),
            match &lab.file {
                FileState::Ok => String::new(),
                FileState::Broken { .. } => "file broken".into(),
                FileState::Missing => "file missing".into(),
            },
        ]
    });
    table(
        [
            "NAME", "NODES", "RUNNING", "LINKS", "OWNER", "YOU MAY", "ID", "",
        ],
        rows.collect(),
    )
}

/// The most of what one may do.
fn right(right: LabRight) -> &'static str {
    match right {
        LabRight::View => "view",
        LabRight::Operate => "operate",
        LabRight::Edit => "edit",
        LabRight::Own => "all",
    }
}

fn running(lab: &LabSummary) -> String {
    if lab.failed_count == 0 {
        return lab.running_count.to_string();
    }
    format!("{} ({} failed)", lab.running_count, lab.failed_count)
}

pub fn node_table(lab: &Lab, status: &LabStatus) -> String {
    let rows = lab.nodes.iter().map(|(id, node)| {
        let status = status.nodes.get(id);
        [
            id.to_string(),
            node.name.clone(),
            kind_of(node),
            state(status),
            addresses(node),
            status.map_or_else(String::new, |status| status.consoles.join(", ")),
        ]
    });
    table(
        ["ID", "NODE", "TEMPLATE", "STATE", "ADDRESSES", "CONSOLES"],
        rows.collect(),
    )
}

fn kind_of(node: &Node) -> String {
    if node.template.is_empty() {
        return node.kind.word().into();
    }
    node.template.clone()
}

fn state(status: Option<&NodeStatus>) -> String {
    let Some(status) = status else {
        return "stopped".into();
    };
    let mut text = status.state.word().to_owned();
    if !status.state.detail().is_empty() {
        text = format!("{text}: {}", status.state.detail());
    }
    let runs = matches!(
        status.state,
        NodeState::Running { .. } | NodeState::Degraded { .. }
    );
    if runs && !status.pending.is_empty() {
        text = format!(
            "{text} (pending until restart: {})",
            status.pending.join(", ")
        );
    }
    text
}

fn addresses(node: &Node) -> String {
    let all: Vec<String> = node
        .interfaces
        .values()
        .flat_map(|interface| {
            interface
                .addresses
                .iter()
                .map(|address| address.0.to_string())
        })
        .collect();
    all.join(", ")
}

pub fn link_table(lab: &Lab, status: &LabStatus) -> String {
    let rows = lab.links.values().map(|link| {
        [
            link.id.to_string(),
            end_name(lab, link.a),
            end_name(lab, link.b),
            link_state(link, status.links.get(&link.id)),
        ]
    });
    table(["ID", "LINK", "", "STATE"], rows.collect())
}

fn link_state(link: &Link, status: Option<&LinkStatus>) -> String {
    if link.state == LinkState::Cut {
        return "cut".into();
    }
    let Some(status) = status else {
        return "idle".into();
    };
    match status.plumbed {
        Plumbed::Idle => "idle".into(),
        Plumbed::No => format!("not plumbed: {}", status.why),
        Plumbed::Yes if status.a.carrier && status.b.carrier => "up".into(),
        Plumbed::Yes => "no carrier".into(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use serde_json::json;

    use super::*;

    fn lab() -> (Lab, LabStatus) {
        let node = |name: &str, template: &str| {
            json!({"name": name, "template": template, "kind": "netns", "settings": {},
                "interfaces": {"0": {"name": "eth0", "addresses": ["10.0.0.1/24"]}}})
        };
        let end = |node| json!({"interface": {"node": node, "interface": 0}});
        let lab = json!({
            "schema": 1, "id": "11111111-2222-3333-4444-555555555555", "name": "t",
            "nodes": {"1": node("r1", "frr"), "2": node("h1", "host"), "3": node("h2", "")},
            "networks": {"9": {"name": "lan"}},
            "links": [
                {"id": 1, "a": end(1), "b": end(2), "network": 10},
                {"id": 2, "a": end(3), "b": {"network": 9}, "state": "cut"},
            ],
        });
        let end = json!({"present": true, "carrier": true});
        let status = json!({
            "generation": 1,
            "nodes": {
                "1": {"state": {"state": "running", "booted": true}, "since_ms": 0,
                    "consoles": ["vtysh", "shell"], "pending": ["files"]},
                "2": {"state": {"state": "failed", "why": "no program \u{1b}[31mred"}, "since_ms": 0},
            },
            "links": {"1": {"plumbed": "yes", "a": end, "b": end}},
        });
        (
            serde_json::from_value(lab).unwrap(),
            serde_json::from_value(status).unwrap(),
        )
    }

    #[test]
    fn nodes_as_a_table() {
        let (lab, status) = lab();
        insta::assert_snapshot!(node_table(&lab, &status));
    }

    #[test]
    fn links_as_a_table() {
        let (lab, status) = lab();
        insta::assert_snapshot!(link_table(&lab, &status));
    }

    #[test]
    fn labs_as_a_table() {
        let labs: Vec<LabSummary> = serde_json::from_value(json!([
            {"id": "11111111-2222-3333-4444-555555555555", "name": "OSPF triangle",
             "description": "", "owner": "admin", "my_right": "own", "revision": 1, "node_count": 5, "link_count": 5,
             "running_count": 4, "failed_count": 1, "changed_ms": 0, "file": {"file": "ok"},
             "thumbnail": api::lab::Thumbnail::default()},
            {"id": "22222222-2222-3333-4444-555555555555", "name": "Broken",
             "description": "", "owner": "eve", "my_right": "own", "revision": 1, "node_count": 0, "link_count": 0,
             "running_count": 0, "failed_count": 0, "changed_ms": 0,
             "file": {"file": "broken", "why": "truncated"},
             "thumbnail": api::lab::Thumbnail::default()},
        ]))
        .unwrap();
        insta::assert_snapshot!(lab_table(&labs));
    }
}
