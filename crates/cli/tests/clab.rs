//! containerlab's verbs against a real server and a simulated agent.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use std::path::PathBuf;

use support::{Embedded, text};

const TOPOLOGY: &str = "\
name: duo
topology:
  nodes:
    r1: {kind: linux, image: alpine, labels: {role: core}}
    r2: {kind: linux, image: alpine}
  links:
    - endpoints: [\"r1:eth1\", \"r2:eth1\"]
";

/// A running nova-ve, and the topology in a folder of its own.
fn started(test: &str) -> Option<(Embedded, PathBuf)> {
    let nova = Embedded::new(test)?;
    let folder = nova.root().join("lab");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("duo.clab.yml"), TOPOLOGY).unwrap();
    nova.ok(&["up", "-d"]);
    Some((nova, folder))
}

#[test]
fn a_topology_is_deployed_inspected_and_destroyed() {
    let Some((nova, folder)) = started("a_topology_is_deployed_inspected_and_destroyed") else {
        return;
    };
    let topo = folder.display().to_string();
    let said = nova.ok(&["clab", "deploy", "-t", &topo]);
    insta::assert_snapshot!(said);
    // Again is the same: nothing is made twice.
    nova.ok(&["clab", "deploy", "-t", &topo, "--max-workers", "2"]);
    let labs = nova.json(&["lab", "ls"]);
    assert_eq!(
        (labs.as_array().unwrap().len(), &labs[0]["running_count"]),
        (1, &2.into())
    );
    let listed = nova.json(&["clab", "inspect", "-t", &topo, "-f", "json"]);
    assert_eq!(listed["duo"][0]["name"], "r1");
    assert_eq!(listed["duo"][1]["kind"], "linux");
    let mut here = nova.command(&["clab", "inspect"]);
    let output = here.current_dir(&folder).output().unwrap();
    assert!(
        text(&output.stdout).contains("r2    linux"),
        "{}",
        text(&output.stderr)
    );
    assert!(
        nova.ok(&["clab", "inspect", "--all"])
            .contains("duo.clab.yml")
    );
    assert!(
        nova.ok(&["clab", "inspect", "--name", "duo", "-f", "csv"])
            .contains("duo,")
    );
    std::fs::remove_file(folder.join("duo.clab.yml")).unwrap();
    let file = folder.join("duo.clab.yml").display().to_string();
    assert!(
        nova.ok(&["clab", "destroy", "-t", &file, "--cleanup"])
            .contains("duo is destroyed")
    );
    assert!(nova.ok(&["lab", "ls"]).contains("no labs yet"));
    assert_eq!(nova.fails(&["clab", "inspect", "-t", &file]).0, 66);
}

#[test]
fn a_changed_file_is_deployed_anew_only_when_that_is_said() {
    let Some((nova, folder)) = started("a_changed_file_is_deployed_anew_only_when_that_is_said")
    else {
        return;
    };
    let file = folder.join("duo.clab.yml");
    let topo = file.display().to_string();
    let (code, said) = nova.fails(&["clab", "deploy", "-t", &topo, "--owner", "eve"]);
    assert_eq!((code, said.contains("lab share")), (64, true), "{said}");
    nova.ok(&["clab", "deploy", "-t", &topo, "--node-filter", "r2"]);
    assert_eq!(nova.json(&["lab", "ls"])[0]["running_count"], 1);
    std::fs::write(&file, TOPOLOGY.replace("r2", "r3")).unwrap();
    let (code, said) = nova.fails(&["clab", "deploy", "-t", &topo]);
    assert_eq!((code, said.contains("--reconfigure")), (73, true), "{said}");
    nova.ok(&["clab", "deploy", "-t", &topo, "-c"]);
    let listed = nova.json(&["clab", "inspect", "--name", "duo"]);
    assert_eq!(listed["duo"][1]["name"], "r3");
    assert_eq!(nova.json(&["lab", "ls"]).as_array().unwrap().len(), 1);
    // Another file of the same name takes nothing away.
    let other = folder.join("other.yml");
    std::fs::write(&other, TOPOLOGY).unwrap();
    let other = other.display().to_string();
    assert_eq!(nova.fails(&["clab", "deploy", "-t", &other, "-c"]).0, 73);
    nova.ok(&["clab", "deploy", "-t", &other, "--name", "second"]);
    assert_eq!(nova.json(&["lab", "ls"]).as_array().unwrap().len(), 2);
}

#[test]
fn only_what_was_deployed_is_destroyed_and_changes_are_asked_for() {
    let Some((nova, folder)) =
        started("only_what_was_deployed_is_destroyed_and_changes_are_asked_for")
    else {
        return;
    };
    let topo = folder.display().to_string();
    nova.start_triangle();
    let (code, said) = nova.fails(&["clab", "destroy", "--name", "OSPF triangle"]);
    assert_eq!(
        (code, said.contains("nova-ve lab rm")),
        (64, true),
        "{said}"
    );
    nova.ok(&["clab", "deploy", "-t", &topo]);
    nova.ok(&["link", "cut", "duo", "r1-r2"]);
    let (code, said) = nova.fails(&["clab", "destroy", "-t", &topo]);
    assert_eq!((code, said.contains("--yes")), (64, true), "{said}");
    nova.ok(&["clab", "destroy", "--all", "--yes", "--graceful"]);
    let labs = nova.json(&["lab", "ls"]);
    assert_eq!(
        (labs.as_array().unwrap().len(), &labs[0]["name"]),
        (1, &"OSPF triangle".into())
    );
}

#[test]
fn commands_run_in_the_nodes_that_are_chosen() {
    let Some((nova, folder)) = started("commands_run_in_the_nodes_that_are_chosen") else {
        return;
    };
    let topo = folder.display().to_string();
    nova.ok(&["clab", "deploy", "-t", &topo]);
    let exec = [
        "clab",
        "exec",
        "-t",
        &topo,
        "--cmd",
        "echo 'a b'",
        "-f",
        "json",
    ];
    let all: serde_json::Value = serde_json::from_str(&nova.ok(&exec)).unwrap();
    assert_eq!(all["r1"][0]["cmd"][1], "a b");
    assert_eq!(all["r2"][0]["return-code"], 0);
    let one = nova.ok(&[
        "clab",
        "exec",
        "-t",
        &topo,
        "--label",
        "role=core",
        "--cmd",
        "echo x",
    ]);
    assert!(
        one.starts_with("r1: echo x") && !one.contains("r2"),
        "{one}"
    );
    assert_eq!(
        nova.fails(&[
            "clab", "exec", "-t", &topo, "--label", "role=x", "--cmd", "a"
        ])
        .0,
        66
    );
    let (code, said) = nova.fails(&["clab", "graph"]);
    assert_eq!(
        (code, said.contains("the browser draws")),
        (64, true),
        "{said}"
    );
}

#[test]
fn configurations_are_saved_and_copied() {
    let Some((nova, folder)) = started("configurations_are_saved_and_copied") else {
        return;
    };
    let file = folder.join("duo.clab.yml");
    std::fs::write(&file, TOPOLOGY.replacen("alpine", "frr", 1)).unwrap();
    let (topo, copy) = (file.display().to_string(), folder.join("copies"));
    nova.ok(&["clab", "deploy", "-t", &topo]);
    let said = nova.ok(&[
        "clab",
        "save",
        "-t",
        &topo,
        "--copy",
        &copy.display().to_string(),
    ]);
    assert!(
        said.contains("r1: saved /etc/frr/frr.conf") && !said.contains("r2"),
        "{said}"
    );
    assert!(copy.join("clab-duo/r1/frr.conf").exists());
    // What was saved is in the lab alone.
    let (code, said) = nova.fails(&["clab", "destroy", "-t", &topo]);
    assert_eq!((code, said.contains("--yes")), (64, true), "{said}");
    nova.ok(&["clab", "destroy", "-t", &topo, "-c"]);
}
