//! The whole command line against a real server and a simulated agent.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use std::os::unix::fs::MetadataExt;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::{Embedded, Talk, is_alive, wait_for};

#[test]
fn up_says_where_it_is_and_a_second_up_says_it_again() {
    let Some(nova) = Embedded::new("up_says_where_it_is_and_a_second_up_says_it_again") else {
        return;
    };
    let said = nova.ok(&["up", "-d"]);
    let password = std::fs::read_to_string(nova.data().join("admin-password")).unwrap();
    assert!(said.contains(password.trim()), "{said}");
    assert!(said.contains("http://127.0.0.1:"), "{said}");
    for (file, mode) in [("", 0o700), ("admin-password", 0o600), ("up.json", 0o600)] {
        let found = nova.data().join(file).metadata().unwrap().mode() & 0o777;
        assert_eq!(found, mode, "{file}: {found:o}");
    }
    assert!(nova.ok(&["up", "-d"]).contains("already up"));
    assert!(nova.ok(&["up"]).contains("already up"));
    assert_eq!(nova.json(&["status"])["health"]["status"], "ok");
    assert!(nova.ok(&["down"]).contains("No node is running"));
    let again = nova.ok(&["up", "-d"]);
    assert!(!again.contains(password.trim()), "shown once: {again}");
}

#[test]
fn a_lab_is_imported_started_shown_and_stopped() {
    let Some(nova) = Embedded::new("a_lab_is_imported_started_shown_and_stopped") else {
        return;
    };
    nova.ok(&["up", "-d"]);
    nova.start_triangle();
    let shown = nova.ok(&["lab", "show", "ospf triangle"]);
    assert!(shown.contains("r1    frr       running"), "{shown}");
    assert_eq!(nova.json(&["lab", "ls"])[0]["running_count"], 5);
    assert!(
        nova.ok(&["link", "cut", "OSPF triangle", "r1-r2"])
            .contains("is cut")
    );
    assert!(nova.ok(&["lab", "show", "OSPF triangle"]).contains("cut"));
    nova.ok(&["link", "heal", "OSPF triangle", "r1:eth0"]);
    nova.ok(&["node", "restart", "OSPF triangle/r1"]);
    let exported = nova.ok(&["lab", "export", "OSPF triangle"]);
    let exported: serde_json::Value = serde_json::from_str(&exported).unwrap();
    assert_eq!(exported["name"], "OSPF triangle");
    nova.ok(&["lab", "stop", "OSPF triangle"]);
    assert_eq!(nova.json(&["lab", "ls"])[0]["running_count"], 0);
    nova.ok(&["lab", "rm", "--yes", "OSPF triangle"]);
    assert!(nova.ok(&["lab", "ls"]).contains("no labs yet"));
}

#[test]
fn errors_have_their_codes_and_the_next_step() {
    let Some(nova) = Embedded::new("errors_have_their_codes_and_the_next_step") else {
        return;
    };
    let (code, said) = nova.fails(&["lab", "ls"]);
    assert_eq!((code, said.contains("nova-ve up -d")), (69, true), "{said}");
    assert_eq!(nova.fails(&["frobnicate"]).0, 64);
    assert_eq!(nova.fails(&["lab", "import", "/no/such.json"]).0, 66);
    nova.ok(&["up", "-d"]);
    assert_eq!(nova.fails(&["lab", "show", "nothing"]).0, 66);
    let closed = ["--url", "http://127.0.0.1:1", "lab", "ls"];
    assert_eq!(nova.fails(&closed).0, 69);
    nova.start_triangle();
    assert_eq!(nova.fails(&["lab", "rm", "OSPF triangle"]).0, 64);
    assert_eq!(nova.fails(&["exec", "OSPF triangle/r9", "true"]).0, 66);
    assert_eq!(nova.fails(&["down", "--purge"]).0, 64);
}

#[test]
fn a_console_goes_on_after_the_server_was_killed() {
    let Some(nova) = Embedded::new("a_console_goes_on_after_the_server_was_killed") else {
        return;
    };
    nova.ok(&["up", "-d"]);
    nova.start_triangle();
    let mut console = Talk::start(nova.command(&["console", "OSPF triangle/h1"]));
    console.types("first-line\r");
    console.waits_for("first-line");
    let server = nova.pid("server").unwrap();
    kill(Pid::from_raw(server), Signal::SIGKILL).unwrap();
    // What is on its way when a connection breaks may be lost; what is typed afterwards is not.
    console.waits_for("trying again");
    console.types("typed-while-away\r");
    wait_for("another server", || {
        nova.pid("server").is_some_and(|pid| pid != server)
    });
    console.waits_for("typed-while-away");
}

#[test]
fn ctrl_c_ends_server_and_agent_and_says_what_goes_on() {
    let Some(nova) = Embedded::new("ctrl_c_ends_server_and_agent_and_says_what_goes_on") else {
        return;
    };
    let up = Talk::start(nova.command(&["up"]));
    up.waits_for("Ctrl-C stops");
    wait_for("a ready record", || {
        nova.record().is_some_and(|record| record["ready"] == true)
    });
    nova.start_triangle();
    let pids = ["server", "agent"].map(|part| nova.pid(part).unwrap());
    let keeper = Pid::from_raw(i32::try_from(up.child.id()).unwrap());
    kill(keeper, Signal::SIGINT).unwrap();
    up.waits_for("5 nodes go on running");
    wait_for("the end of both", || !pids.iter().any(|pid| is_alive(*pid)));
    wait_for("the record to go", || nova.record().is_none());
}

#[test]
fn a_killed_keeper_is_followed_by_another() {
    let Some(nova) = Embedded::new("a_killed_keeper_is_followed_by_another") else {
        return;
    };
    nova.ok(&["up", "-d"]);
    let before = ["server", "agent"].map(|part| nova.pid(part).unwrap());
    kill(Pid::from_raw(nova.pid("keeper").unwrap()), Signal::SIGKILL).unwrap();
    wait_for("the keeper's end", || {
        nova.ok(&["status"]).contains("keeper gone")
    });
    nova.ok(&["up", "-d"]);
    assert!(
        !before.iter().any(|pid| is_alive(*pid)),
        "the old ones ended"
    );
    assert_eq!(nova.json(&["status"])["health"]["status"], "ok");
}
