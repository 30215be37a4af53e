//! Real topologies of other people, unchanged.

use std::collections::BTreeMap;
use std::path::Path;

use crate::collection::{import, import_text, samples, text_of, topologies};
use crate::source::Source;
use formats::Loss;
use model::NodeKind;

#[test]
fn the_bgp_lab_comes_in_whole() {
    let test = "the_bgp_lab_comes_in_whole";
    let Some(folder) = samples(test, "labs/ciscoittech/bgp-ebgp-basics") else {
        return;
    };
    let path = folder.join("topology.clab.yml");
    let read = import(&path).unwrap();
    let lab = &read.lab;
    assert_eq!(
        (lab.nodes.len(), lab.links.len(), lab.networks.len()),
        (4, 3 + 4, 1)
    );
    for node in lab.nodes.values() {
        let NodeKind::Docker(settings) = &node.kind else {
            panic!("{} is a container", node.name)
        };
        assert_eq!(
            (&*node.template, &*settings.image),
            ("frr-container", "frr-ssh:latest")
        );
        let content = |path: &str| settings.files[path].content.as_str();
        assert!(content("/etc/frr/daemons").contains("bgpd=yes"));
        assert!(content("/etc/frr/frr.conf").contains("router bgp"));
        assert!(settings.exec[0].starts_with("ip addr add"));
        assert!(settings.env.contains_key("CLAB_SSH_CONNECTION"));
    }
    let ports = read
        .losses
        .iter()
        .filter(|loss| loss.path.contains(".ports["));
    assert_eq!(
        (ports.count(), read.losses.len()),
        (4, 4),
        "{:?}",
        read.losses
    );
}

#[test]
fn the_bgp_lab_runs_over_the_hosts_own_programs_too() {
    let test = "the_bgp_lab_runs_over_the_hosts_own_programs_too";
    let Some(folder) = samples(test, "labs/ciscoittech/bgp-ebgp-basics") else {
        return;
    };
    let path = folder.join("topology.clab.yml");
    let read = import_text(&text_of(&path), &path, true).unwrap();
    assert_eq!((read.lab.nodes.len(), read.lab.links.len()), (4, 3));
    for node in read.lab.nodes.values() {
        assert!(matches!(node.kind, NodeKind::Netns(_)), "{}", node.name);
        assert_eq!(node.template, "frr");
    }
    let lost = |key: &str| {
        let losses = read.losses.iter();
        losses.filter(|loss| loss.path.contains(key)).count()
    };
    assert_eq!((lost("mgmt."), lost(".ports"), lost(".image")), (3, 4, 4));
    assert_eq!(read.losses.len(), 11, "{:?}", read.losses);
}

#[test]
fn the_enterprise_lab_comes_in_with_its_losses() {
    let test = "the_enterprise_lab_comes_in_with_its_losses";
    let Some(folder) = samples(test, "labs/ciscoittech/enterprise-vpn-migration") else {
        return;
    };
    let read = import(&folder.join("topology.clab.yml")).unwrap();
    let managed = read.lab.nodes.values().filter(|node| {
        let first = node.interfaces.get(&model::IfaceIndex::FIRST);
        first.is_some_and(|eth| eth.name == "eth0")
    });
    assert_eq!(read.lab.nodes.len(), 16);
    assert_eq!(read.lab.links.len() - managed.count(), 18);
    assert!(
        read.losses
            .iter()
            .all(|loss| !loss.consequence.is_empty() && !loss.cure.is_empty())
    );
}

/// Every topology of the collection is read, or refused with a reason; the table says which.
#[test]
fn no_topology_of_the_collection_is_beyond_words() {
    let Some(folder) = samples("no_topology_of_the_collection_is_beyond_words", "clab") else {
        return;
    };
    let (mut whole, mut lossy, mut refused) = (0, 0, 0);
    for file in topologies(&folder) {
        let name = file.strip_prefix(&folder).unwrap().display().to_string();
        match import(&file) {
            Ok(read) if read.losses.is_empty() => {
                whole += 1;
                println!("| {name} | without loss | |");
            }
            Ok(read) => {
                lossy += 1;
                println!(
                    "| {name} | {} losses | {} |",
                    read.losses.len(),
                    by_kind(&read.losses)
                );
            }
            Err(error) => {
                refused += 1;
                println!("| {name} | refused | {error} |");
            }
        }
    }
    println!("{whole} without loss, {lossy} with losses, {refused} refused");
    assert_eq!(refused, 0);
}

fn by_kind(losses: &[Loss]) -> String {
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for loss in losses {
        let what = match loss.value.as_str() {
            value if value.starts_with("kind ") => value.to_owned(),
            value if loss.path.starts_with("topology.links") => {
                value.split(':').next().unwrap().to_owned()
            }
            _ if loss.consequence.contains("may not have") => loss
                .consequence
                .split(['(', '"'])
                .next()
                .unwrap()
                .trim()
                .to_owned(),
            _ => {
                let step = loss.path.rsplit('.').next().unwrap();
                let why = if loss.consequence.contains("does not lie beside") {
                    " (file missing)"
                } else {
                    ""
                };
                format!("{}{why}", step.split('[').next().unwrap())
            }
        };
        *kinds.entry(what).or_default() += 1;
    }
    let words: Vec<String> = kinds
        .iter()
        .map(|(what, count)| format!("{what} ×{count}"))
        .collect();
    words.join(", ")
}

/// Compared with the file by another parser and a count of its own.
#[test]
fn nodes_links_images_and_commands_are_those_of_the_file() {
    let test = "nodes_links_images_and_commands_are_those_of_the_file";
    let Some(folder) = samples(test, "clab") else {
        return;
    };
    let labs = folder.parent().unwrap().join("labs");
    for file in topologies(&folder).into_iter().chain(topologies(&labs)) {
        let source = Source::of(&text_of(&file));
        let lab = import(&file).unwrap().lab;
        source.compare(&lab, &file.display().to_string());
    }
}

/// An unknown key, put anywhere that keys of containerlab stand, is one loss at its line, and nothing else changes.
#[test]
fn an_unknown_key_anywhere_is_exactly_one_loss_at_its_line() {
    let name = "an_unknown_key_anywhere_is_exactly_one_loss_at_its_line";
    let Some(folder) = samples(name, "clab") else {
        return;
    };
    let mut tried = 0;
    for file in topologies(&folder) {
        let text = text_of(&file);
        let before = import(&file).unwrap().losses;
        // Of long files every so many places, so that the test stays quick.
        let places = crate::places::places(&text);
        let step = places.len() / 60 + 1;
        for (line, changed) in places.into_iter().step_by(step) {
            check_change(&file, &changed, line, &before);
            tried += 1;
        }
    }
    println!("{tried} places");
    assert!(tried > 500, "{tried}");
}

fn check_change(file: &Path, changed: &str, line: usize, before: &[Loss]) {
    let words = |loss: &Loss| (loss.path.clone(), loss.value.clone());
    let after = import_text(changed, file, false);
    let after = after.unwrap_or_else(|error| panic!("{} line {line}: {error}", file.display()));
    let (news, olds): (Vec<&Loss>, Vec<&Loss>) = after
        .losses
        .iter()
        .partition(|loss| loss.path.ends_with("nova_unknown"));
    let at = format!("{} line {line}", file.display());
    assert_eq!(news.len(), 1, "{at}: {news:?}");
    assert_eq!(news[0].place.unwrap().line, line, "{at}");
    let olds: Vec<_> = olds.into_iter().map(words).collect();
    let before: Vec<_> = before.iter().map(words).collect();
    assert_eq!(olds, before, "{at}");
}
