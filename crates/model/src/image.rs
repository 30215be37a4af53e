//! Names of container images: which are the same, and which a lab needs.

use std::collections::BTreeMap;

use crate::id::NodeId;
use crate::lab::{Lab, NodeKind};
use crate::limits;
use crate::template::Templates;

/// How many images of like names are offered.
const NEAREST: usize = 3;
/// Names less like than this are no help.
const LIKENESS: f64 = 0.6;

/// What Docker takes as a name or an id, in words if it does not.
pub fn wrong_image(image: &str) -> Option<&'static str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_./:@".contains(&b);
    if image.len() > limits::IMAGE_NAME_MAX_BYTES {
        return Some("is too long");
    }
    if !image.bytes().all(plain) {
        return Some("may have letters, digits and - _ . / : @ only");
    }
    if image.split('/').any(|part| part == "..") {
        return Some("may not have .. in it");
    }
    let first = image.bytes().next()?;
    (!first.is_ascii_alphanumeric()).then_some("must begin with a letter or a digit")
}

/// `alpine` is `docker.io/library/alpine:latest`; here both are `alpine:latest`.
pub fn full_name(image: &str) -> String {
    let name = image.strip_prefix("docker.io/").unwrap_or(image);
    let name = name.strip_prefix("library/").unwrap_or(name);
    match tag_of(name) {
        Some(_) => name.to_owned(),
        None if name.contains('@') => name.to_owned(),
        None => format!("{name}:latest"),
    }
}

/// The tag; a colon in the registry's part begins a port.
pub fn tag_of(image: &str) -> Option<&str> {
    let (_, tag) = image.rsplit_once(':')?;
    (!tag.contains('/')).then_some(tag)
}

/// The containers' images, each with the nodes that need it; a node that names none has its template's.
pub fn images_of(lab: &Lab, templates: &Templates) -> BTreeMap<String, Vec<NodeId>> {
    let mut images: BTreeMap<String, Vec<NodeId>> = BTreeMap::new();
    for (id, node) in &lab.nodes {
        let NodeKind::Docker(settings) = &node.kind else {
            continue;
        };
        let of_template = || templates.get(&node.template).map(|its| its.image.clone());
        let image = match settings.image.as_str() {
            "" => of_template().unwrap_or_default(),
            own => own.to_owned(),
        };
        if !image.is_empty() {
            images.entry(image).or_default().push(*id);
        }
    }
    images
}

/// Those of `local` with a name like it, the likest first: by the last part of the name, which is what
/// people look for, then by the whole.
pub fn nearest<'a>(image: &str, local: &'a [String]) -> Vec<&'a str> {
    let last = |image: &str| {
        let name = &image[..image.len() - tag_of(image).map_or(0, |tag| tag.len() + 1)];
        name.rsplit('/').next().unwrap_or(name).to_lowercase()
    };
    let likeness = |other: &str| {
        let (a, b) = (last(image), last(other));
        let part = if a.contains(&b) || b.contains(&a) {
            0.9
        } else {
            0.0
        };
        let letters = strsim::jaro_winkler(&a, &b);
        f64::max(part, letters) + strsim::jaro_winkler(image, other) / 100.0
    };
    let scored = local.iter().map(|other| (likeness(other), other.as_str()));
    let mut scored: Vec<(f64, &str)> = scored.filter(|(score, _)| *score > LIKENESS).collect();
    scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let best = scored.into_iter().take(NEAREST);
    best.map(|(_, image)| image).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_like_it_is_named() {
        let local = [
            "nova-ve/frr:latest",
            "nova-ve/host:latest",
            "docker.io/library/alpine:3",
        ];
        let local: Vec<String> = local.map(str::to_owned).into();
        assert_eq!(nearest("frr-ssh:latest", &local), ["nova-ve/frr:latest"]);
        assert_eq!(nearest("alpine", &local)[0], "docker.io/library/alpine:3");
        assert!(nearest("zzz", &local).is_empty());
    }

    #[test]
    fn an_image_is_a_name_that_docker_takes() {
        let long = "a".repeat(limits::IMAGE_NAME_MAX_BYTES);
        for right in ["", "frr", "quay.io:5000/a/b:1.2", "a@sha256:00", &long] {
            assert_eq!(wrong_image(right), None, "{right}");
        }
        for wrong in ["-x", "a b", "../x", "a/../b", &format!("{long}a")] {
            assert!(wrong_image(wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn names_are_the_same_whose_full_names_are() {
        for (name, full) in [
            ("alpine", "alpine:latest"),
            ("docker.io/library/alpine:3", "alpine:3"),
            ("quay.io:5000/a/b", "quay.io:5000/a/b:latest"),
            ("a@sha256:00", "a@sha256:00"),
        ] {
            assert_eq!(full_name(name), full);
        }
    }
}
