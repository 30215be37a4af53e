//! The programs die; the lab does not.
#![expect(clippy::unwrap_used, reason = "a test")]

use system_tests::{Console, Installation, Part, say, wait_for};

const TRIANGLE: &str = "OSPF triangle";

fn full_neighbours(nova: &Installation, router: &str) -> anyhow::Result<Vec<u64>> {
    let answer = nova.vtysh(
        &format!("{TRIANGLE}/{router}"),
        "show ip ospf neighbor detail json",
    )?;
    let neighbours = answer["neighbors"].as_object().cloned().unwrap_or_default();
    let full = neighbours
        .values()
        .filter_map(|list| list.get(0))
        .filter(|neighbour| {
            neighbour["nbrState"]
                .as_str()
                .is_some_and(|state| state.starts_with("Full"))
        });
    Ok(full
        .filter_map(|neighbour| neighbour["lastPrgrsvChangeMsec"].as_u64())
        .collect())
}

fn wait_until_full(nova: &Installation) {
    for router in ["r1", "r2", "r3"] {
        wait_for(&format!("two full neighbours of {router}"), 90, || {
            Ok((full_neighbours(nova, router)?.len() == 2).then_some(()))
        })
        .unwrap();
    }
}

#[test]
fn ospf_and_an_open_console_outlive_a_kill_of_server_and_agent() {
    let nova = Installation::up().unwrap();
    nova.start_sample("ospf-triangle.json").unwrap();
    wait_until_full(&nova);
    let h1 = format!("{TRIANGLE}/h1/shell");
    let mut console = Console::open(&nova, &h1).unwrap();
    console.type_line("echo the-shell-is-$$-").unwrap();
    let shell = console.wait_for_text("the-shell-is-").unwrap();
    let before = full_neighbours(&nova, "r1").unwrap();

    nova.kill_and_wait_for_another(Part::Agent).unwrap();
    nova.kill_and_wait_for_another(Part::Server).unwrap();

    let after = full_neighbours(&nova, "r1").unwrap();
    say(&format!(
        "full since (ms): before {before:?}, after {after:?}"
    ));
    assert_eq!(after.len(), 2, "r1 lost a neighbour");
    for (old, new) in before.iter().zip(&after) {
        assert!(
            new > old,
            "an OSPF session began anew: {old} ms, then {new} ms"
        );
    }
    // The console that was open goes on by itself, with the same shell.
    console.type_line("echo the-same-shell-is-$$-").unwrap();
    assert_eq!(console.wait_for_text("the-same-shell-is-").unwrap(), shell);
    // A new one sees what was printed before.
    let second = Console::open(&nova, &h1).unwrap();
    assert_eq!(second.wait_for_text("the-shell-is-").unwrap(), shell);
    // The next pass converges: a cut is still carried out, and healed.
    nova.nova(&["link", "cut", TRIANGLE, "r1-r2"]).unwrap();
    wait_for("r1 to feel the cut", 20, || {
        Ok((full_neighbours(&nova, "r1")?.len() == 1).then_some(()))
    })
    .unwrap();
    nova.nova(&["link", "heal", TRIANGLE, "r1-r2"]).unwrap();
    wait_until_full(&nova);
    drop((console, second));
    nova.end().unwrap();
}

#[test]
fn a_server_on_an_empty_database_stops_nothing() {
    let nova = Installation::up().unwrap();
    nova.start_sample("ospf-triangle.json").unwrap();
    wait_until_full(&nova);
    let nodes = nova.node_records().unwrap();
    assert_eq!(nodes.len(), 5);
    nova.nova(&["down"]).unwrap();
    let aside = nova.data().join("aside");
    std::fs::create_dir(&aside).unwrap();
    let moved = move_state(nova.data(), &aside);

    nova.nova(&["up", "-d"]).unwrap();
    let status = nova.nova_json(&["status"]).unwrap();
    say(&format!("on the empty database: {}", status["health"]));
    assert_eq!(nova.node_records().unwrap(), nodes, "a node was touched");
    let alive = nodes.iter().filter(|(_, record)| is_alive(record)).count();
    assert_eq!(alive, 5, "a node was stopped");

    nova.nova(&["down"]).unwrap();
    move_back(nova.data(), &aside, &moved);
    nova.nova(&["up", "-d"]).unwrap();
    nova.wait_until_healthy().unwrap();
    assert_eq!(nova.node_records().unwrap(), nodes, "a node was touched");
    wait_until_full(&nova);
    nova.end().unwrap();
}

fn is_alive(record: &serde_json::Value) -> bool {
    let pid = record["pid"]
        .as_u64()
        .expect("node.json has the supervisor's pid");
    std::path::Path::new(&format!("/proc/{pid}/stat")).exists()
}

/// The database and the lab files, as if the disk had been replaced.
fn move_state(data: &std::path::Path, aside: &std::path::Path) -> Vec<std::ffi::OsString> {
    let mut moved = Vec::new();
    for entry in std::fs::read_dir(data).unwrap() {
        let name = entry.unwrap().file_name();
        let text = name.to_string_lossy().into_owned();
        if text.starts_with("nova-ve.db") || text == "labs" {
            std::fs::rename(data.join(&name), aside.join(&name)).unwrap();
            moved.push(name);
        }
    }
    assert!(
        moved.len() >= 2,
        "the state was not where it was looked for"
    );
    moved
}

fn move_back(data: &std::path::Path, aside: &std::path::Path, names: &[std::ffi::OsString]) {
    for entry in std::fs::read_dir(data).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("nova-ve.db") {
            std::fs::remove_file(&path).unwrap();
        } else if name == "labs" {
            std::fs::remove_dir_all(&path).unwrap();
        }
    }
    for name in names {
        std::fs::rename(aside.join(name), data.join(name)).unwrap();
    }
}

#[test]
fn down_leaves_nodes_running_and_up_finds_them() {
    let nova = Installation::up().unwrap();
    nova.start_sample("shared-network.json").unwrap();
    let nodes = nova.node_records().unwrap();
    let said = nova.nova(&["down"]).unwrap();
    assert!(said.contains("running"), "what stays must be said: {said}");
    assert!(nodes.iter().all(|(_, record)| is_alive(record)));
    nova.nova(&["up", "-d"]).unwrap();
    nova.wait_until_healthy().unwrap();
    assert_eq!(nova.node_records().unwrap(), nodes);
    nova.end().unwrap();
}
