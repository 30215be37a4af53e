//! Ways out of a node, tried by root inside, on a whole installation: as root and as an ordinary user,
//! whoever runs the tests. The table of attempts is `tests/attempt`'s.
#![expect(clippy::unwrap_used, reason = "a test")]

mod files;
mod outside;
mod rows;
mod words;

use std::path::Path;

use system_tests::Installation;

const LAB: &str = "Switching and a router";

/// Two of the sample's hosts, with the program of attempts put into the first.
fn alice_and_bob() -> Installation {
    let nova = Installation::up().unwrap();
    nova.start_sample("shared-network.json").unwrap();
    let program = system_tests::bin().join("attempt");
    let inside = format!("{}:/root/attempt", alice());
    nova.nova(&["cp", program.to_str().unwrap(), &inside])
        .unwrap();
    nova
}

fn alice() -> String {
    format!("{LAB}/alice")
}

fn bob() -> String {
    format!("{LAB}/bob")
}

/// What root in the node hears of each act.
fn tried_inside(nova: &Installation, acts: &[String]) -> Vec<String> {
    let mut argv = vec!["/root/attempt"];
    argv.extend(acts.iter().map(String::as_str));
    let said = nova.exec(&alice(), &argv).unwrap();
    said.lines().map(str::to_owned).collect()
}

/// Of the node with this name, by what its folder keeps of it.
fn folder_of(nova: &Installation, name: &str) -> std::path::PathBuf {
    let records = nova.node_records().unwrap();
    let its = records
        .iter()
        .find(|(_, record)| record["spec"]["name"] == name);
    its.unwrap().0.parent().map(Path::to_owned).unwrap()
}
