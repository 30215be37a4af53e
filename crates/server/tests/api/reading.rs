//! Files of other tools, read before anything is kept.

use std::collections::BTreeMap;

use api::client::ClientError;
use api::reading::ReadLabFile;
use model::NodeKind;

use crate::app::TestApp;

const TOPOLOGY: &str = "\
name: two
topology:
  nodes:
    r1: {kind: linux, image: 'frr-ssh:latest', ports: ['2211:22'], binds: ['r1/frr.conf:/etc/frr/frr.conf']}
    r2: {kind: linux, image: '${IMAGE}'}
  links:
    - endpoints: ['r1:eth1', 'r2:eth1']
";

fn file(text: &str) -> ReadLabFile {
    let one = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
    ReadLabFile {
        file_name: "two.clab.yml".into(),
        text: text.into(),
        files: one("r1/frr.conf", "hostname r1\n"),
        variables: one("IMAGE", "alpine"),
        images: vec!["frr-ssh:latest=nova-ve/frr".into()],
        as_netns: false,
    }
}

#[tokio::test]
async fn a_topology_is_read_with_its_losses_and_nothing_is_kept() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let read = ada.read_lab_file(&file(TOPOLOGY)).await.unwrap();
    // Each node has a link of its own to the management network.
    assert_eq!((read.lab.nodes.len(), read.lab.links.len()), (2, 1 + 2));
    let images: Vec<&str> = read
        .lab
        .nodes
        .values()
        .map(|node| match &node.kind {
            NodeKind::Docker(settings) => settings.image.as_str(),
            NodeKind::Netns(_) | NodeKind::Other(_) => "",
        })
        .collect();
    assert_eq!(images, ["nova-ve/frr", "alpine"]);
    let ports: Vec<_> = read
        .losses
        .iter()
        .filter(|loss| loss.path.contains("ports"))
        .collect();
    assert_eq!(
        (ports.len(), ports[0].line),
        (1, Some(4)),
        "{:?}",
        read.losses
    );
    let NodeKind::Docker(first) = &read.lab.nodes.values().next().unwrap().kind else {
        panic!("a container")
    };
    assert!(first.files.contains_key("/etc/frr/frr.conf"), "{first:?}");
    let mut needed = read.images.iter();
    let alpine = needed.find(|image| image.image == "alpine").unwrap();
    assert_eq!(alpine.nodes, ["r2"]);
    assert!(ada.labs().await.unwrap().is_empty());
    test.end().await;
}

#[tokio::test]
async fn a_file_that_is_no_lab_is_told_with_its_line() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let odd = TOPOLOGY.replace("r2:eth1", "r3:eth1");
    match ada.read_lab_file(&file(&odd)).await.unwrap_err() {
        ClientError::Api(problem) => {
            assert_eq!(problem.code, "invalid_lab");
            assert!(problem.problems[0].at.starts_with("line 7"), "{problem:?}");
        }
        other => panic!("{other}"),
    }
    test.end().await;
}
