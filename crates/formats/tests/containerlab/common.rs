//! A lab's folder in memory, and words for what a test looks for.

use formats::FormatError;
use formats::containerlab::{Bound, Options, Read, read};
use model::lab::DockerNode;
use model::{Lab, Node, NodeKind};

const DRAWING: &str = r#"{
  "nodeAnnotations": [{"id": "a", "position": {"x": 7, "y": 8.5}}],
  "networkNodeAnnotations": [{"id": "b", "type": "bridge", "position": {"x": 1, "y": 2}}],
  "freeTextAnnotations": [{"id": "t", "text": "hello", "position": {"x": 0, "y": 0}}],
  "freeShapeAnnotations": [
    {"id": "s", "shapeType": "circle", "position": {"x": 100, "y": 100}, "width": 20, "height": 10}
  ],
  "groupStyleAnnotations": [{"id": "g", "name": "G", "position": {"x": 0, "y": 0}}],
  "trafficRateAnnotations": [],
  "viewerSettings": {"style": "x"}
}"#;

pub fn files(path: &str) -> Bound {
    let names = |names: &[&str]| Bound::Folder(names.iter().map(|name| (*name).into()).collect());
    match path {
        "common/daemons" => Bound::file("ospfd=yes\n"),
        "r2/daemons" => Bound::file("bgpd=yes\n"),
        "r2/frr.conf" => Bound::file("hostname r2\n"),
        "scripts" => names(&["a.txt", "sub"]),
        "scripts/sub" => names(&["run.sh"]),
        "scripts/a.txt" => Bound::File {
            bytes: b"a".into(),
            mode: Some(0o644),
        },
        "scripts/sub/run.sh" => Bound::File {
            bytes: b"#!/bin/sh\n".into(),
            mode: Some(0o755),
        },
        "env" => Bound::file("# secrets\nSECRET=s 3\nN=1\n"),
        "binary" => Bound::file([0xff]),
        "huge" => Bound::file(vec![b'x'; (1 << 20) + 1]),
        "endless" | "endless/endless" => names(&["endless"]),
        path if path.starts_with("endless/") => names(&["endless"]),
        "way" => Bound::Outside,
        "drawn.clab.yml.annotations.json" => Bound::file(DRAWING),
        _ => Bound::Missing,
    }
}

pub fn options() -> Options<'static> {
    let id = "11111111-2222-3333-4444-555555555555".parse().unwrap();
    Options::new(id, &files)
}

pub fn import(text: &str) -> Result<Read, FormatError> {
    read(text.as_bytes(), &options())
}

pub fn import_with(text: &str, set: impl FnOnce(&mut Options<'_>)) -> Result<Read, FormatError> {
    let mut options = options();
    set(&mut options);
    read(text.as_bytes(), &options)
}

#[track_caller]
pub fn node<'l>(lab: &'l Lab, name: &str) -> &'l Node {
    lab.nodes.values().find(|node| node.name == name).unwrap()
}

#[track_caller]
pub fn docker<'l>(lab: &'l Lab, name: &str) -> (&'l Node, &'l DockerNode) {
    let node = node(lab, name);
    match &node.kind {
        NodeKind::Docker(settings) => (node, settings),
        NodeKind::Netns(_) | NodeKind::Other(_) => panic!("{name} is no container"),
    }
}
