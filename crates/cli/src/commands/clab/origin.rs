//! Of which file a lab was deployed: kept in the lab, among what is containerlab's own.

use model::Lab;
use serde_json::{Value, json};

use crate::reading::Source;

/// Where the format keeps what is containerlab's.
const KEPT: &str = "containerlab";
const KEY: &str = "topology";

/// Says that the lab is of this file.
pub fn put(lab: &mut Lab, source: &Source) {
    let kept = lab.extra.entry(KEPT).or_insert_with(|| json!({}));
    if let Value::Object(kept) = kept {
        kept.insert(KEY.into(), source.lasting_name().into());
    }
}

/// The file, when `clab deploy` made the lab.
pub fn of(lab: &Lab) -> Option<&str> {
    lab.extra.get(KEPT)?.get(KEY)?.as_str()
}

/// Whether two labs of one file are the same, however each is drawn.
pub fn is_same(one: &Lab, other: &Lab) -> bool {
    plain(one) == plain(other)
}

fn plain(lab: &Lab) -> Lab {
    let mut plain = lab.clone();
    plain.id = model::LabId(uuid::Uuid::nil());
    plain.revision = model::Revision(0);
    plain.drawings.clear();
    for node in plain.nodes.values_mut() {
        node.position = model::Position::default();
    }
    for network in plain.networks.values_mut() {
        network.position = model::Position::default();
    }
    plain
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    fn lab(name: &str, x: f64) -> Lab {
        serde_json::from_value(json!({
            "schema": 1, "id": uuid::Uuid::new_v4(), "name": name,
            "nodes": {"1": {"name": "r1", "kind": "netns", "settings": {}, "position": {"x": x, "y": 0.0}}},
        }))
        .unwrap()
    }

    #[test]
    fn a_lab_that_was_only_moved_about_is_the_same() {
        assert!(is_same(&lab("a", 0.0), &lab("a", 7.0)));
        assert!(!is_same(&lab("a", 0.0), &lab("b", 0.0)));
    }

    #[test]
    fn a_lab_knows_its_file() {
        let mut lab = lab("a", 0.0);
        assert_eq!(of(&lab), None);
        put(
            &mut lab,
            &Source::Url("https://example.net/a.yml?token=x".into()),
        );
        assert_eq!(of(&lab), Some("https://example.net/a.yml"));
    }
}
