//! Links as people write them: `12`, `r1:eth1`, `r1-r2`.

use model::{End, Lab, Link, LinkId};

use crate::failure::{Exit, Failure};

/// By number, by one of its ends, or by what it joins.
pub fn find_link(lab: &Lab, text: &str) -> Result<LinkId, Failure> {
    if let Some(id) = text.parse().ok().filter(|id| lab.links.contains_key(id)) {
        return Ok(id);
    }
    let found: Vec<&Link> = lab
        .links
        .values()
        .filter(|link| has_end(lab, link, text) || joins(lab, link, text))
        .collect();
    match found[..] {
        [one] => Ok(one.id),
        [] => Err(Failure::new(
            Exit::NOT_FOUND,
            format!("lab {:?} has no link {text:?}", lab.name),
        )
        .hint(format!(
            "a link is written by its number, as r1:eth1 or as r1-r2:\n{}",
            list(lab, lab.links.values().take(30))
        ))),
        _ => Err(Failure::new(
            Exit::USAGE,
            format!("{text:?} may be any of {} links", found.len()),
        )
        .hint(format!(
            "name it by its number or by one of its ends:\n{}",
            list(lab, found.into_iter())
        ))),
    }
}

/// `r1:eth1`, or a network's name.
pub fn end_name(lab: &Lab, end: End) -> String {
    let name = thing_name(lab, end);
    match end {
        End::Interface { node, interface } => {
            let known = lab
                .nodes
                .get(&node)
                .and_then(|node| node.interfaces.get(&interface));
            known.map_or_else(
                || format!("{name}:{interface}"),
                |interface| format!("{name}:{}", interface.name),
            )
        }
        End::Network(_) => name,
    }
}

/// The node or the network at an end.
fn thing_name(lab: &Lab, end: End) -> String {
    match end {
        End::Interface { node, .. } => lab
            .nodes
            .get(&node)
            .map_or_else(|| node.to_string(), |node| node.name.clone()),
        End::Network(id) => lab
            .networks
            .get(&id)
            .map_or_else(|| id.to_string(), |network| network.name.clone()),
    }
}

fn has_end(lab: &Lab, link: &Link, text: &str) -> bool {
    link.ends().into_iter().any(|end| match end {
        End::Interface { .. } => same(&end_name(lab, end), text),
        End::Network(_) => false,
    })
}

/// Names may have hyphens themselves, so every hyphen may be the one between.
fn joins(lab: &Lab, link: &Link, text: &str) -> bool {
    let written =
        |end: End, part: &str| same(&thing_name(lab, end), part) || same(&end_name(lab, end), part);
    text.match_indices('-').any(|(at, _)| {
        let (left, right) = (&text[..at], &text[at + 1..]);
        (written(link.a, left) && written(link.b, right))
            || (written(link.a, right) && written(link.b, left))
    })
}

fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

fn list<'a>(lab: &Lab, links: impl Iterator<Item = &'a Link>) -> String {
    links
        .map(|link| {
            format!(
                "{:>3}  {} - {}",
                link.id,
                end_name(lab, link.a),
                end_name(lab, link.b)
            )
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use serde_json::json;

    use super::*;

    /// r1 and core-1 with two links between them, and r1 at a shared network.
    fn lab() -> Lab {
        let node = |name: &str| {
            json!({"name": name, "kind": "netns", "settings": {}, "interfaces":
                {"0": {"name": "eth0"}, "1": {"name": "eth1"}, "2": {"name": "eth2"}}})
        };
        let end = |node, interface| json!({"interface": {"node": node, "interface": interface}});
        serde_json::from_value(json!({
            "schema": 1, "id": "11111111-2222-3333-4444-555555555555", "name": "t",
            "nodes": {"1": node("r1"), "2": node("core-1")},
            "networks": {"9": {"name": "lan"}},
            "links": [
                {"id": 1, "a": end(1, 0), "b": end(2, 0), "network": 10},
                {"id": 2, "a": end(1, 1), "b": end(2, 1), "network": 11},
                {"id": 3, "a": end(1, 2), "b": {"network": 9}},
            ],
        }))
        .unwrap()
    }

    #[test]
    fn a_link_is_found_by_number_by_an_end_and_by_what_it_joins() {
        let lab = lab();
        for (text, id) in [
            ("2", 2),
            ("r1:eth1", 2),
            ("R1:ETH0", 1),
            ("core-1:eth0", 1),
            ("r1-lan", 3),
            ("lan-r1", 3),
            ("r1:eth0-core-1:eth0", 1),
        ] {
            assert_eq!(find_link(&lab, text).unwrap().get(), id, "{text}");
        }
    }

    #[test]
    fn two_links_between_the_same_nodes_are_listed() {
        let failure = find_link(&lab(), "r1-core-1").unwrap_err();
        insta::assert_snapshot!(format!("{}\n{}", failure.message, failure.hint.unwrap()), @r#"
        "r1-core-1" may be any of 2 links
        name it by its number or by one of its ends:
          1  r1:eth0 - core-1:eth0
          2  r1:eth1 - core-1:eth1
        "#);
    }

    #[test]
    fn an_unknown_link_lists_those_that_are() {
        let failure = find_link(&lab(), "r1-r9").unwrap_err();
        assert_eq!(failure.exit, Exit::NOT_FOUND);
        assert!(failure.hint.unwrap().contains("  3  r1:eth2 - lan"));
    }
}
