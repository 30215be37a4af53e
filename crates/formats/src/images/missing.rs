//! Images that a lab's nodes need and a host does not have.

use std::collections::BTreeMap;

use model::lab::{Lab, NodeKind};
use serde::Serialize;

/// How many images of like names are offered.
const NEAREST: usize = 3;
/// Names less like than this are no help.
const LIKENESS: f64 = 0.6;

/// An image that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissingImage {
    pub image: String,
    /// The names of the nodes that need it.
    pub nodes: Vec<String>,
    /// Images of this host with a name like it, the likest first.
    pub nearest: Vec<String>,
}

/// Those of the lab's containers' images that are not among the local ones. Nodes that name none have their
/// template's, and are not looked at here.
pub fn missing_images(lab: &Lab, local: &[String]) -> Vec<MissingImage> {
    let mut wanted: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for node in lab.nodes.values() {
        let image = match &node.kind {
            NodeKind::Docker(settings) => settings.image.as_str(),
            NodeKind::Netns(_) | NodeKind::Other(_) => "",
        };
        if !image.is_empty() {
            wanted.entry(image).or_default().push(node.name.clone());
        }
    }
    let is_here = |image: &str| local.iter().any(|other| whole(other) == whole(image));
    wanted
        .into_iter()
        .filter(|(image, _)| !is_here(image))
        .map(|(image, nodes)| MissingImage {
            image: image.to_owned(),
            nodes,
            nearest: nearest(image, local),
        })
        .collect()
}

/// `alpine` is `docker.io/library/alpine:latest`.
fn whole(image: &str) -> String {
    let name = super::name_of(image);
    let tag = super::tag_of(image).unwrap_or("latest");
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    let name = name.strip_prefix("library/").unwrap_or(name);
    format!("{name}:{tag}")
}

/// By the last part of the name, which is what people look for, then by the whole.
fn nearest(image: &str, local: &[String]) -> Vec<String> {
    let last = |image: &str| {
        let name = super::name_of(image);
        name.rsplit('/').next().unwrap_or(name).to_lowercase()
    };
    let likeness = |other: &String| {
        let (a, b) = (last(image), last(other));
        let part = if a.contains(&b) || b.contains(&a) {
            0.9
        } else {
            0.0
        };
        let letters = strsim::jaro_winkler(&a, &b);
        f64::max(part, letters) + strsim::jaro_winkler(image, other) / 100.0
    };
    let mut scored: Vec<(f64, &String)> = local
        .iter()
        .map(|other| (likeness(other), other))
        .filter(|(score, _)| *score > LIKENESS)
        .collect();
    scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let best = scored.into_iter().take(NEAREST);
    best.map(|(_, image)| image.clone()).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

    use super::*;

    fn lab(images: &[&str]) -> Lab {
        let node = |(n, image): (usize, &&str)| {
            let node = serde_json::json!({
                "name": format!("r{}", n + 1), "kind": "docker", "settings": {"image": image},
            });
            ((n + 1).to_string(), node)
        };
        let nodes: serde_json::Map<String, serde_json::Value> =
            images.iter().enumerate().map(node).collect();
        serde_json::from_value(serde_json::json!({
            "schema": 1, "id": "11111111-2222-3333-4444-555555555555", "name": "x", "nodes": nodes,
        }))
        .unwrap()
    }

    #[test]
    fn an_image_that_is_not_there_is_told_with_its_nodes_and_what_is_like_it() {
        let local = [
            "nova-ve/frr:latest",
            "nova-ve/host",
            "docker.io/library/alpine:3",
            "redis",
        ];
        let local: Vec<String> = local.map(str::to_owned).into();
        let lab = lab(&[
            "frr-ssh:latest",
            "nova-ve/frr",
            "frr-ssh:latest",
            "alpine:3",
            "alpine",
            "",
        ]);
        let missing = missing_images(&lab, &local);
        let told: Vec<_> = missing
            .iter()
            .map(|missing| (missing.image.as_str(), missing.nodes.join(" ")))
            .collect();
        assert_eq!(
            told,
            [("alpine", "r5".into()), ("frr-ssh:latest", "r1 r3".into())]
        );
        assert_eq!(missing[0].nearest[0], "docker.io/library/alpine:3");
        assert_eq!(missing[1].nearest, ["nova-ve/frr:latest"]);
    }
}
