//! The whole command line against a real server and a simulated agent.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::{Embedded, Talk, is_alive, text, wait_for};

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
fn a_topology_is_imported_with_its_losses_told() {
    let Some(nova) = Embedded::new("a_topology_is_imported_with_its_losses_told") else {
        return;
    };
    let file = nova.data().with_file_name("t.clab.yml");
    let topology = "name: t-${WHO}\ntopology:\n  nodes:\n    r1: {kind: linux, image: frr, ports: [\"80:80\"], \
                    devices: [/dev/kvm]}\n";
    std::fs::write(&file, topology).unwrap();
    let file = file.display().to_string();
    // Before a server is asked, so also where none runs.
    let strict = ["lab", "import", &file, "--set", "WHO=me", "--strict"];
    let (code, said) = nova.fails(&strict);
    assert_eq!(
        (code, said.contains("nova-ve forward t-me/r1:80")),
        (65, true),
        "{said}"
    );
    nova.ok(&["up", "-d"]);
    let whole = nova.json(&[
        "lab",
        "import",
        &file,
        "--set",
        "WHO=me",
        "--map-image",
        "frr=a/b",
    ]);
    assert_eq!(whole["losses"][0]["line"], 4);
    assert_eq!(whole["lab"]["nodes"]["1"]["settings"]["image"], "a/b");
    let output = nova.run(&["lab", "import", &file, "--set", "WHO=you"]);
    let said = text(&output.stderr);
    assert!(
        said.contains("allow them: nova-ve lab allow \"t-you\" --all"),
        "{said}"
    );
    let folder = nova.root().display().to_string();
    nova.ok(&[
        "lab",
        "import",
        &folder,
        "--name",
        "of the folder",
        "--as",
        "netns",
    ]);
    let topology = "name: in\ntopology: {nodes: {a: {kind: linux}}}";
    nova.told(topology, &["lab", "import", "-"]);
    assert_eq!(nova.json(&["lab", "ls"]).as_array().unwrap().len(), 4);
}

#[test]
fn errors_have_their_codes_and_the_next_step() {
    let Some(nova) = Embedded::new("errors_have_their_codes_and_the_next_step") else {
        return;
    };
    let (code, said) = nova.fails(&["lab", "ls"]);
    assert_eq!((code, said.contains("nova-ve up -d")), (69, true), "{said}");
    assert_eq!(nova.fails(&["frobnicate"]).0, 64);
    let (code, said) = nova.fails(&["lab", "import", "/no/such.json"]);
    assert_eq!(
        (code, said.contains("nova-ve samples")),
        (66, true),
        "{said}"
    );
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

#[test]
fn of_several_ups_at_once_one_starts_and_all_say_where() {
    let Some(nova) = Embedded::new("of_several_ups_at_once_one_starts_and_all_say_where") else {
        return;
    };
    let ups: Vec<_> = (0..4)
        .map(|_| {
            let mut up = nova.command(&["up", "-d"]);
            up.stdout(Stdio::piped()).stderr(Stdio::piped());
            up.spawn().unwrap()
        })
        .collect();
    let said: Vec<String> = ups
        .into_iter()
        .map(|up| {
            let output = up.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", text(&output.stderr));
            text(&output.stdout)
        })
        .collect();
    let first = said.iter().filter(|said| said.contains("nova-ve is up"));
    assert_eq!(first.count(), 1, "{said:?}");
    let url = nova.record().unwrap()["url"].as_str().unwrap().to_owned();
    assert!(said.iter().all(|said| said.contains(&url)), "{said:?}");
}

#[test]
fn what_a_shell_had_open_is_not_held_by_what_up_leaves() {
    let Some(nova) = Embedded::new("what_a_shell_had_open_is_not_held_by_what_up_leaves") else {
        return;
    };
    let held = nova.data().with_file_name("held");
    let up = nova.command(&["up", "-d"]);
    let script = format!(
        "exec 7>'{}'; exec '{}' up -d",
        held.display(),
        up.get_program().display()
    );
    nova.as_script(&script);
    for part in ["keeper", "server"] {
        let open = format!("/proc/{}/fd", nova.pid(part).unwrap());
        let files: Vec<PathBuf> = std::fs::read_dir(open)
            .unwrap()
            .filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok())
            .collect();
        assert!(files.len() > 3, "{part}: {files:?}");
        assert!(!files.contains(&held), "{part}: {files:?}");
    }
}

#[test]
fn a_broken_lab_file_is_restored() {
    let Some(nova) = Embedded::new("a_broken_lab_file_is_restored") else {
        return;
    };
    nova.ok(&["up", "-d"]);
    nova.start_triangle();
    let restore = ["lab", "restore", "OSPF triangle"];
    assert!(nova.ok(&restore).contains("is in order"));
    let id = nova.json(&["lab", "ls"])[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let file = nova.data().join(format!("labs/{id}.json"));
    std::fs::write(&file, "{").unwrap();
    wait_for("the broken file to be seen", || {
        nova.ok(&["lab", "ls"]).contains("file broken")
    });
    assert!(nova.ok(&restore).contains("is written again"));
    assert!(!nova.ok(&["lab", "ls"]).contains("file broken"));
    let written: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(written["name"], "OSPF triangle");
}

#[test]
fn a_folder_without_its_identity_is_told_from_one_with_other_things() {
    let Some(nova) =
        Embedded::new("a_folder_without_its_identity_is_told_from_one_with_other_things")
    else {
        return;
    };
    nova.ok(&["up", "-d"]);
    nova.ok(&["down"]);
    let file = nova.data().join("instance_id");
    let id = std::fs::read(&file).unwrap();
    std::fs::write(&file, "no id at all").unwrap();
    let (code, said) = nova.fails(&["up", "-d"]);
    assert_eq!(
        (code, said.contains("something else than an id")),
        (78, true),
        "{said}"
    );
    std::fs::remove_file(&file).unwrap();
    for act in [
        &["up", "-d"][..],
        &["down", "--nodes"],
        &["down", "--purge", "-y"],
    ] {
        let (code, said) = nova.fails(act);
        assert_eq!(
            (code, said.contains("lost its identity")),
            (78, true),
            "{act:?}: {said}"
        );
    }
    assert!(nova.data().join("nova-ve.db").exists());
    std::fs::write(&file, id).unwrap();
    nova.ok(&["up", "-d"]);
}

/// On a disk of 24 MiB of its own, in a mount namespace that goes with the story.
const FULL_DISK: &str = r#"
set -e
nova=$1/bin/nova-ve
out=$1/out
fails() {
    expected=$1; shift
    if "$@" >"$out" 2>&1; then echo "it did not fail: $*" >&2; cat "$out" >&2; exit 1; fi
    grep -q -e "$expected" "$out" || { echo "$* says no $expected but:" >&2; cat "$out" >&2; exit 1; }
}
says() {
    expected=$1; shift
    "$@" >"$out" 2>&1 || { echo "it failed: $*" >&2; cat "$out" >&2; exit 1; }
    grep -q -e "$expected" "$out" || { echo "$* says no $expected but:" >&2; cat "$out" >&2; exit 1; }
}
fill() { dd if=/dev/zero of="$NOVA_VE_DATA/.filler" bs=64k 2>/dev/null || true; }
eventually() {
    n=0
    until "$@" >"$out" 2>&1; do
        n=$((n + 1)); [ $n -lt 600 ] || { echo "it never came: $*" >&2; cat "$out" >&2; exit 1; }
        sleep 0.1
    done
}
mkdir -p "$NOVA_VE_DATA"
mount -t tmpfs -o size=24m tmpfs "$NOVA_VE_DATA"
trap '"$nova" down >/dev/null 2>&1' EXIT

fill
fails "is full" "$nova" up -d
fails "is full" "$nova" up
fails "no nova-ve runs" "$nova" status
rm "$NOVA_VE_DATA/.filler"

says "http://" "$nova" up -d
says "imported" "$nova" lab import "$2"
eventually test -e "$NOVA_VE_DATA/labs/.reserve"
"$nova" lab export "OSPF triangle" >"$1/before"
ls "$NOVA_VE_DATA/labs" >"$1/files"
fill
says "disk      full" "$nova" status
says "database  ok" "$nova" status
says "r1" "$nova" lab show "OSPF triangle"
fails "is full; nothing was changed" "$nova" link cut "OSPF triangle" r1-r2
fails "is full; nothing was changed" "$nova" lab import "$2"
"$nova" lab export "OSPF triangle" >"$1/after"
cmp "$1/before" "$1/after"
[ "$(ls "$NOVA_VE_DATA/labs")" = "$(cat "$1/files")" ]
# Room is kept for what makes room, and for nothing else.
fails "is full; nothing was changed" "$nova" lab start "OSPF triangle"
test -e "$NOVA_VE_DATA/labs/.reserve"
says "" "$nova" lab stop "OSPF triangle"
test ! -e "$NOVA_VE_DATA/labs/.reserve"
fill

# The server dies while nothing can be written: what is said is true, and it comes again by itself.
kill -9 "$(sed -n '/"server"/,/}/s/.*"pid": *\([0-9]*\).*/\1/p' "$NOVA_VE_DATA/up.json")"
"$nova" status >"$out" 2>&1 || true
grep -q "full" "$out"
rm "$NOVA_VE_DATA/.filler"
eventually "$nova" status
says "is cut" "$nova" link cut "OSPF triangle" r1-r2
eventually sh -c '! "$1" status | grep -e gone -e "another than"' - "$nova"
says "" "$nova" down
"#;

#[test]
fn a_full_disk_is_told_reading_goes_on_and_nothing_is_half_written() {
    let test = "a_full_disk_is_told_reading_goes_on_and_nothing_is_half_written";
    let Some(nova) = Embedded::new(test) else {
        return;
    };
    let namespaces: &[&str] = if nix::unistd::geteuid().is_root() {
        &["--mount"]
    } else {
        &["--user", "--map-root-user", "--mount"]
    };
    let has = std::process::Command::new("unshare")
        .args(namespaces)
        .arg("true")
        .output();
    if !has.is_ok_and(|output| output.status.success()) {
        eprintln!("SKIP {test}: no mount namespace can be made here");
        return;
    }
    let lab = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../labs/ospf-triangle.json");
    let mut story = std::process::Command::new("unshare");
    story.args(namespaces).args(["sh", "-c", FULL_DISK, "sh"]);
    story.args([nova.root(), lab]);
    for (name, value) in nova.command(&[]).get_envs() {
        match value {
            Some(value) => story.env(name, value),
            None => story.env_remove(name),
        };
    }
    let output = story.stdin(Stdio::null()).output().unwrap();
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success(), "{said}");
}
