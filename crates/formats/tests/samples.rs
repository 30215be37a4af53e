//! Real topologies of other people, unchanged. They lie beside the repository, never in it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]
#![expect(
    clippy::disallowed_methods,
    reason = "a test is the caller that reads the files"
)]

use std::path::{Path, PathBuf};

use formats::containerlab::{Bound, Options, read};
use formats::{FormatError, Loss};
use model::{Lab, NodeKind};

/// The folder, or `None` after saying why the test is skipped.
fn samples(test: &str, below: &str) -> Option<PathBuf> {
    let given = std::env::var_os("NOVA_VE_SAMPLES").map(PathBuf::from);
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples");
    let path = given.clone().unwrap_or(default).join(below);
    if path.exists() {
        return Some(path);
    }
    assert!(
        given.is_none(),
        "NOVA_VE_SAMPLES is set, but {} is missing",
        path.display()
    );
    eprintln!(
        "SKIP {test}: {} is not here; set NOVA_VE_SAMPLES",
        path.display()
    );
    None
}

/// `missing` stands for a file that the collection does not hold.
fn import(topology: &Path, missing: &Bound) -> Result<(Lab, Vec<Loss>), FormatError> {
    let folder = topology.parent().unwrap();
    let files = |path: &str| match std::fs::read(folder.join(path)) {
        Ok(bytes) => Bound::File(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::IsADirectory => Bound::Directory,
        Err(_) => missing.clone(),
    };
    let id = "11111111-2222-3333-4444-555555555555".parse().unwrap();
    read(
        &std::fs::read(topology).unwrap(),
        &Options {
            id,
            as_netns: true,
            files: &files,
        },
    )
}

#[test]
fn the_bgp_lab_comes_in_whole() {
    let test = "the_bgp_lab_comes_in_whole";
    let Some(folder) = samples(test, "labs/ciscoittech/bgp-ebgp-basics") else {
        return;
    };
    let (lab, losses) = import(&folder.join("topology.clab.yml"), &Bound::Missing).unwrap();
    assert_eq!((lab.nodes.len(), lab.links.len()), (4, 3));
    for node in lab.nodes.values() {
        let NodeKind::Netns(settings) = &node.kind else {
            panic!("{} runs here", node.name)
        };
        assert_eq!(node.template, "frr");
        assert!(
            settings.files["/etc/frr/daemons"]
                .content
                .contains("bgpd=yes")
        );
        assert!(
            settings.files["/etc/frr/frr.conf"]
                .content
                .contains("router bgp")
        );
        assert!(settings.exec[0].starts_with("ip addr add"));
    }
    let lost = |key: &str| losses.iter().filter(|loss| loss.at.ends_with(key)).count();
    assert_eq!((lost("mgmt"), lost(".ports"), lost(".image")), (1, 4, 4));
    assert_eq!(losses.len(), 9, "{losses:?}");
}

#[test]
fn the_enterprise_lab_comes_in_with_its_losses() {
    let test = "the_enterprise_lab_comes_in_with_its_losses";
    let Some(folder) = samples(test, "labs/ciscoittech/enterprise-vpn-migration") else {
        return;
    };
    let (lab, losses) = import(&folder.join("topology.clab.yml"), &Bound::Missing).unwrap();
    assert_eq!((lab.nodes.len(), lab.links.len()), (16, 18));
    assert!(losses.iter().all(|loss| !loss.why.is_empty()));
}

/// Every topology of the collection is read, or refused with words; none makes the reader panic.
#[test]
fn no_topology_of_the_collection_is_beyond_words() {
    let Some(folder) = samples("no_topology_of_the_collection_is_beyond_words", "clab") else {
        return;
    };
    let (mut read, mut refused) = (0, Vec::new());
    for file in topologies(&folder) {
        match import(&file, &Bound::File(Vec::new())) {
            Ok(_) => read += 1,
            Err(error) => refused.push(format!("{}: {error}", file.display())),
        }
    }
    println!(
        "{read} read, {} refused:\n{}",
        refused.len(),
        refused.join("\n")
    );
    assert!(read > refused.len(), "{}", refused.join("\n"));
}

fn topologies(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        if entry.is_dir() {
            found.extend(topologies(&entry));
        } else if entry
            .extension()
            .is_some_and(|end| end == "yml" || end == "yaml")
        {
            found.push(entry);
        }
    }
    found.sort();
    found
}
