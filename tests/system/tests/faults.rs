//! The programs of an installation are killed: what they answered stays, what runs is untouched, and
//! the person is told.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use system_tests::{Installation, Part, say, wait_for};

const LAB: &str = "OSPF triangle";

#[test]
fn a_killed_keeper_is_told_and_up_takes_over_without_touching_a_node() {
    let nova = Installation::up().unwrap();
    nova.start_sample("shared-network.json").unwrap();
    let nodes = nova.node_records().unwrap();
    let keeper = nova.record().unwrap()["keeper"]["pid"].as_i64().unwrap();
    kill(pid(keeper), Signal::SIGKILL).unwrap();

    wait_for("status to miss the keeper", 20, || {
        let said = nova.nova(&["status"])?;
        let told = "its keeper is gone: nothing starts it again; to mend: nova-ve up -d";
        Ok(said.contains(told).then_some(()))
    })
    .unwrap();
    nova.nova(&["up", "-d"]).unwrap();
    assert_ne!(nova.record().unwrap()["keeper"]["pid"], keeper);
    assert!(!nova.nova(&["status"]).unwrap().contains("gone"));
    nova.kill_and_wait_for_another(Part::Agent).unwrap();
    assert_eq!(nova.node_records().unwrap(), nodes, "a node was touched");
    nova.end().unwrap();
}

/// One person edits as fast as answers come; meanwhile server and agent die, alone and together.
#[test]
fn no_answered_edit_is_lost_and_no_node_touched_when_server_and_agent_die() {
    let nova = Installation::up().unwrap();
    nova.start_sample("ospf-triangle.json").unwrap();
    let nodes = nova.node_records().unwrap();
    let before = revision(&nova);
    let is_over = AtomicBool::new(false);
    let (answered, unanswered) = std::thread::scope(|scope| {
        let editing = scope.spawn(|| edit_until(&nova, &is_over));
        for parts in [
            &[Part::Server][..],
            &[Part::Agent][..],
            &[Part::Server, Part::Agent][..],
        ] {
            kill_together(&nova, parts);
        }
        is_over.store(true, Ordering::Relaxed);
        editing.join().unwrap()
    });
    nova.wait_until_healthy().unwrap();
    let after = revision(&nova);
    say(&format!(
        "{answered} edits answered, {unanswered} not; revision {before} to {after}"
    ));
    assert!(answered > 3, "nothing was proven");
    assert!(after >= before + answered, "an answered edit is lost");
    assert!(
        after <= before + answered + unanswered,
        "an edit was made twice"
    );
    assert_eq!(nova.node_records().unwrap(), nodes, "a node was touched");

    // And the installation still does what it is told.
    nova.nova(&["link", "heal", LAB, "r1-r2"]).unwrap();
    let link = || nova.nova_json(&["lab", "show", LAB]);
    wait_for("the link to be up in file and kernel", 30, || {
        Ok(link()?
            .to_string()
            .contains("\"plumbed\":\"yes\"")
            .then_some(()))
    })
    .unwrap();
    nova.end().unwrap();
}

/// How many were answered, and how many nobody knows of. An answer without a new revision is of a
/// link that was so already, since the act before it never came to the server: no edit.
fn edit_until(nova: &Installation, is_over: &AtomicBool) -> (u64, u64) {
    let (mut answered, mut unanswered) = (0, 0);
    let mut last = revision(nova);
    for act in ["cut", "heal"].into_iter().cycle() {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        match nova.nova_json(&["link", act, LAB, "r1-r2"]) {
            Ok(edited) => {
                let now = edited["revision"].as_u64().unwrap();
                answered += u64::from(now > last);
                last = now;
            }
            Err(_) => unanswered += 1,
        }
    }
    (answered, unanswered)
}

fn kill_together(nova: &Installation, parts: &[Part]) {
    let pids: Vec<i32> = parts.iter().map(|part| nova.pid(*part).unwrap()).collect();
    for pid in &pids {
        kill(Pid::from_raw(*pid), Signal::SIGKILL).unwrap();
    }
    wait_for(&format!("other processes than {parts:?}"), 60, || {
        let now: Vec<i32> = parts
            .iter()
            .map(|part| nova.pid(*part))
            .collect::<anyhow::Result<_>>()?;
        Ok(now
            .iter()
            .zip(&pids)
            .all(|(now, old)| now != old)
            .then_some(()))
    })
    .unwrap();
    nova.wait_until_healthy().unwrap();
}

fn revision(nova: &Installation) -> u64 {
    let detail: Value = nova.nova_json(&["lab", "show", LAB]).unwrap();
    detail["lab"]["revision"].as_u64().unwrap()
}

fn pid(number: i64) -> Pid {
    Pid::from_raw(i32::try_from(number).unwrap())
}
