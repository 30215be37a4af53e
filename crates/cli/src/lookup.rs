//! From what a person types to ids. Pure; ambiguity is an error that lists what was meant.

mod links;

use api::lab::LabSummary;
use model::{Lab, NodeId};

use crate::failure::{Exit, Failure};

pub use links::{end_name, find_link};

/// `LAB/NODE` or `LAB/NODE/CONSOLE`. A lab whose name has a slash is named by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodePath {
    pub lab: String,
    pub node: String,
    pub console: Option<String>,
}

impl std::str::FromStr for NodePath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('/').collect();
        let (lab, node, console) = match parts[..] {
            [lab, node] => (lab, node, None),
            [lab, node, console] => (lab, node, Some(console)),
            _ => return Err("a node is written LAB/NODE".into()),
        };
        if lab.is_empty() || node.is_empty() || console == Some("") {
            return Err("a node is written LAB/NODE".into());
        }
        Ok(Self {
            lab: lab.into(),
            node: node.into(),
            console: console.map(str::to_owned),
        })
    }
}

/// By id, by name, by name in other case, or by the beginning of the id.
pub fn find_lab<'a>(labs: &'a [LabSummary], text: &str) -> Result<&'a LabSummary, Failure> {
    let ways: [&dyn Fn(&LabSummary) -> bool; 4] = [
        &|lab| lab.id.to_string() == text.to_lowercase(),
        &|lab| lab.name == text,
        &|lab| lab.name.to_lowercase() == text.to_lowercase(),
        &|lab| text.len() >= 4 && lab.id.to_string().starts_with(&text.to_lowercase()),
    ];
    for way in ways {
        let found: Vec<&LabSummary> = labs.iter().filter(|lab| way(lab)).collect();
        match found[..] {
            [] => {}
            [one] => return Ok(one),
            _ => return Err(ambiguous_lab(text, &found)),
        }
    }
    Err(no_lab(labs, text))
}

fn ambiguous_lab(text: &str, found: &[&LabSummary]) -> Failure {
    let list: Vec<String> = found
        .iter()
        .map(|lab| format!("{}  {} ({})", lab.id, lab.name, lab.owner))
        .collect();
    Failure::new(
        Exit::USAGE,
        format!("{text:?} may be any of {} labs", found.len()),
    )
    .hint(format!("name it by its id:\n{}", list.join("\n")))
}

fn no_lab(labs: &[LabSummary], text: &str) -> Failure {
    let failure = Failure::new(Exit::NOT_FOUND, format!("no lab is called {text:?}"));
    if labs.is_empty() {
        return failure.hint("there is none yet; import one: nova-ve lab import FILE");
    }
    let names: Vec<&str> = labs.iter().take(12).map(|lab| lab.name.as_str()).collect();
    failure.hint(format!("labs here: {}", names.join(", ")))
}

/// By name, in any case, or by number.
pub fn find_node(lab: &Lab, text: &str) -> Result<NodeId, Failure> {
    let by_name = lab
        .nodes
        .iter()
        .find(|(_, node)| node.name.to_lowercase() == text.to_lowercase())
        .map(|(id, _)| *id);
    let by_number = text.parse().ok().filter(|id| lab.nodes.contains_key(id));
    by_name.or(by_number).ok_or_else(|| {
        let names: Vec<&str> = lab
            .nodes
            .values()
            .take(30)
            .map(|node| node.name.as_str())
            .collect();
        let message = format!("lab {:?} has no node {text:?}", lab.name);
        Failure::new(Exit::NOT_FOUND, message).hint(if names.is_empty() {
            "it has no nodes yet".into()
        } else {
            format!("its nodes: {}", names.join(", "))
        })
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use serde_json::json;

    use super::*;

    fn lab(id: &str, name: &str) -> LabSummary {
        serde_json::from_value(json!({
            "id": id, "name": name, "description": "", "owner": "admin", "my_right": "own", "revision": 1,
            "node_count": 0, "link_count": 0, "running_count": 0, "failed_count": 0,
            "changed_ms": 0, "file": {"file": "ok"}, "thumbnail": api::lab::Thumbnail::default(),
        }))
        .unwrap()
    }

    fn some_labs() -> Vec<LabSummary> {
        vec![
            lab("11111111-2222-3333-4444-555555555555", "OSPF triangle"),
            lab("22222222-2222-3333-4444-555555555555", "copy"),
            lab("33333333-2222-3333-4444-555555555555", "copy"),
            lab("44444444-2222-3333-4444-555555555555", "COPY"),
        ]
    }

    #[test]
    fn a_lab_is_found_by_name_id_and_the_beginning_of_its_id() {
        let labs = some_labs();
        for text in [
            "OSPF triangle",
            "ospf TRIANGLE",
            "1111",
            "11111111-2222-3333-4444-555555555555",
        ] {
            assert_eq!(
                find_lab(&labs, text).unwrap().name,
                "OSPF triangle",
                "{text}"
            );
        }
        assert_eq!(
            find_lab(&labs, "COPY").unwrap().id,
            labs[3].id,
            "exact case wins"
        );
    }

    #[test]
    fn an_ambiguous_name_lists_what_may_be_meant() {
        let failure = find_lab(&some_labs(), "copy").unwrap_err();
        insta::assert_snapshot!(
            format!("{}\n{}", failure.message, failure.hint.unwrap()),
            @r#"
        "copy" may be any of 2 labs
        name it by its id:
        22222222-2222-3333-4444-555555555555  copy (admin)
        33333333-2222-3333-4444-555555555555  copy (admin)
        "#
        );
    }

    #[test]
    fn an_unknown_lab_lists_those_that_are() {
        let failure = find_lab(&some_labs(), "111").unwrap_err();
        assert_eq!(failure.exit, Exit::NOT_FOUND);
        assert_eq!(
            failure.hint.unwrap(),
            "labs here: OSPF triangle, copy, copy, COPY"
        );
        let failure = find_lab(&[], "x").unwrap_err();
        assert!(failure.hint.unwrap().contains("lab import"));
    }

    #[test]
    fn a_node_path_has_two_or_three_parts() {
        let path: NodePath = "OSPF triangle/r1/vtysh".parse().unwrap();
        assert_eq!(path.lab, "OSPF triangle");
        assert_eq!(path.console.as_deref(), Some("vtysh"));
        for wrong in ["r1", "/r1", "lab/", "a/b/c/d", "lab/r1/"] {
            assert!(wrong.parse::<NodePath>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_node_is_found_by_name_and_number() {
        let lab: Lab = serde_json::from_value(json!({
            "schema": 1, "id": "11111111-2222-3333-4444-555555555555", "name": "t",
            "nodes": {"7": {"name": "R1", "kind": "netns", "settings": {}}},
        }))
        .unwrap();
        assert_eq!(find_node(&lab, "r1").unwrap().get(), 7);
        assert_eq!(find_node(&lab, "7").unwrap().get(), 7);
        let failure = find_node(&lab, "r2").unwrap_err();
        assert_eq!(failure.to_string(), "lab \"t\" has no node \"r2\"");
        assert_eq!(failure.hint.unwrap(), "its nodes: R1");
    }
}
