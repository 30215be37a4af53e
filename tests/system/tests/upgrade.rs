//! The data folder of the first release, `tests/fixtures/upgrade`, under the programs of today.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::Path;

use system_tests::{Installation, wait_for};

const LAB: &str = "OSPF triangle";

/// Path in the data folder and contents: the tests run where the tree cannot be read.
macro_rules! frozen {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../../fixtures/upgrade/data/", $path)).as_slice())),*]
    };
}

const FROZEN: &[(&str, &[u8])] = frozen![
    "admin-password",
    "instance_id",
    "nova-ve.db",
    "labs/.folder_id",
    "labs/.trash/6f1e0c52-6a5b-4d0e-9d0a-3b1f5a7c0003-1796073670815.json",
    "labs/6f1e0c52-6a5b-4d0e-9d0a-3b1f5a7c0001.json",
    "labs/6f1e0c52-6a5b-4d0e-9d0a-3b1f5a7c0002.json",
    "runtime/controllers.json",
    "runtime/host_id",
    "runtime/ledger/6f1e0c52-6a5b-4d0e-9d0a-3b1f5a7c0001.json",
    "runtime/ledger/6f1e0c52-6a5b-4d0e-9d0a-3b1f5a7c0002.json",
    "runtime/ledger/6f1e0c52-6a5b-4d0e-9d0a-3b1f5a7c0003.json",
];

fn thaw(data: &Path) -> anyhow::Result<()> {
    for (path, contents) in FROZEN {
        let path = data.join(path);
        fs::create_dir_all(path.parent().unwrap())?;
        fs::write(path, contents)?;
    }
    Ok(())
}

#[test]
fn what_the_first_release_ran_runs_again_without_a_word() {
    let nova = Installation::up_on(thaw).unwrap();
    wait_for("the nodes that were started", 60, || {
        let labs = nova.nova_json(&["lab", "ls"])?;
        let labs = labs.as_array().cloned().unwrap_or_default();
        let running: Vec<_> = labs
            .iter()
            .map(|lab| (lab["name"].as_str(), lab["running_count"].as_u64()))
            .collect();
        let expected = [
            (Some(LAB), Some(5)),
            (Some("Switching and a router"), Some(0)),
        ];
        Ok((running == expected).then_some(()))
    })
    .unwrap();
    assert!(nova.nova(&["lab", "show", LAB]).unwrap().contains("cut"));
    wait_for("h1 to reach h2", 60, || {
        let answered = nova.pings(&format!("{LAB}/h1"), "10.0.2.10");
        Ok(answered.then_some(()))
    })
    .unwrap();
    assert_eq!(
        nova.nova_json(&["status"]).unwrap()["health"]["status"],
        "ok"
    );
    nova.end().unwrap();
}
