//! Images of a server's host: a real server and a simulated agent.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use support::{Embedded, text};

const TOPOLOGY: &str = "\
name: solo
topology: {nodes: {r1: {kind: linux, image: 'frr-ssh:latest'}}}
";

#[test]
fn images_are_listed_brought_and_removed() {
    let Some(nova) = Embedded::new("images_are_listed_brought_and_removed") else {
        return;
    };
    nova.ok(&["up", "-d"]);
    let listed = nova.ok(&["image", "ls"]);
    assert!(listed.contains("nova-ve/frr:latest   104 MB"), "{listed}");
    assert_eq!(
        nova.ok(&["image", "pull", "alpine"]).trim(),
        "alpine:latest is here"
    );
    let failed = nova.run(&["image", "pull", "missing-one"]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(text(&failed.stderr).contains("nova-ve image build"));
    let archive = nova.root().join("some.tar");
    std::fs::write(&archive, vec![7; 200_000]).unwrap();
    let said = nova.ok(&["image", "import", &archive.display().to_string()]);
    assert_eq!(said.trim(), "loaded:latest is here");

    let topology = nova.root().join("solo.clab.yml");
    std::fs::write(&topology, TOPOLOGY).unwrap();
    let topology = topology.display().to_string();
    let imported = nova.run(&["lab", "import", &topology]);
    let told = text(&imported.stderr);
    assert!(
        told.contains("frr-ssh:latest  r1     nova-ve/frr:latest"),
        "{told}"
    );
    let mapped = ["--name", "mapped", "--map-image", "frr-ssh=nova-ve/frr"];
    let mapped = [&["lab", "import", &topology][..], &mapped].concat();
    assert!(!text(&nova.run(&mapped).stderr).contains("does not have"));

    let refused = nova.run(&["image", "rm", "nova-ve/frr"]);
    assert_eq!(refused.status.code(), Some(75));
    assert!(
        text(&refused.stderr).contains("mapped"),
        "{}",
        text(&refused.stderr)
    );
    let would = nova.ok(&["image", "prune", "--all", "--dry-run"]);
    assert!(
        would.contains("alpine:latest") && !would.contains("frr"),
        "{would}"
    );
    nova.ok(&["image", "prune", "--all", "--yes"]);
    assert_eq!(
        nova.json(&["image", "ls"])["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    nova.ok(&["image", "rm", "--force", "nova-ve/frr"]);
    nova.ok(&["down", "--nodes"]);
}
