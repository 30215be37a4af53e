//! Whatever is killed at whatever moment: nothing is left over, and the same act makes it whole.

use std::path::Path;
use std::time::{Duration, Instant};

use model::seen::NodePhase;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use runtime::{NodeDriver, NodeRef};

use super::lab::{Lab, host, lab, node};

/// From before the launcher has started to after the node is made, on a slow machine.
const MOMENTS_MS: [u64; 12] = [0, 1, 2, 4, 6, 9, 12, 16, 22, 30, 45, 70];

#[tokio::test]
async fn a_launcher_killed_at_any_moment_leaves_no_process_and_no_broken_node() {
    let Some(lab) = lab("a_launcher_killed_at_any_moment") else {
        return;
    };
    let node = node(1);
    for moment in MOMENTS_MS {
        let driver = lab.driver.clone();
        let ensure = tokio::spawn(async move { driver.ensure(node, &host("r1")).await });
        tokio::time::sleep(Duration::from_millis(moment)).await;
        for pid in launchers() {
            // It may have ended just now.
            let _ = kill(pid, Signal::SIGKILL);
        }
        let made = ensure.await.unwrap();
        settled(&lab, node).await;
        let phase = lab
            .driver
            .observe(node.lab)
            .await
            .unwrap()
            .get(&node.node)
            .map(|seen| seen.phase);
        assert!(
            made.is_err() || phase == Some(NodePhase::Held),
            "{moment} ms: {made:?}, {phase:?}"
        );
        lab.start(node, &host("r1")).await;
        assert_eq!(lab.sh(node, "hostname").await.out, "r1\n");
        lab.remove(node).await;
    }
}

#[tokio::test]
async fn an_agent_gone_at_any_moment_leaves_a_node_that_the_next_one_goes_on_with() {
    let Some(mut lab) = lab("an_agent_gone_at_any_moment") else {
        return;
    };
    let node = node(1);
    for moment in MOMENTS_MS {
        let driver = lab.driver.clone();
        let ensure = tokio::spawn(async move { driver.ensure(node, &host("r1")).await });
        tokio::time::sleep(Duration::from_millis(moment)).await;
        ensure.abort();
        lab.another_driver();
        let deadline = Instant::now() + Duration::from_secs(10);
        // The first may still be at it: then the next pass finds what it made.
        while lab.driver.ensure(node, &host("r1")).await.unwrap().phase != NodePhase::Held {
            assert!(Instant::now() < deadline, "{moment} ms");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        lab.driver.release(node).await.unwrap();
        assert_eq!(lab.sh(node, "hostname").await.out, "r1\n");
        lab.remove(node).await;
    }
}

/// Children of this test's own thread (its runtime has no other), so never another test's.
fn launchers() -> Vec<Pid> {
    let thread = nix::unistd::gettid();
    let children = std::fs::read_to_string(format!("/proc/self/task/{thread}/children"));
    let children = children.unwrap_or_default();
    let pids = children
        .split_whitespace()
        .filter_map(|pid| pid.parse().ok());
    pids.filter(|pid| is_launcher(*pid))
        .map(Pid::from_raw)
        .collect()
}

fn is_launcher(pid: i32) -> bool {
    let exe = std::fs::read_link(format!("/proc/{pid}/exe"));
    exe.is_ok_and(|exe| exe.ends_with(Path::new("node-supervisor")))
}

/// Until neither launcher nor a child of it is at work any more: its node stands, or its lock is free.
async fn settled(lab: &Lab, node: NodeRef) {
    let lock = lab.data.path().join(format!("runtime/nodes/{node}/lock"));
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let stands = lab.driver.netns(node).await.is_ok();
        let free = std::fs::File::open(&lock).map_or(true, |file| file.try_lock().is_ok());
        if stands || free {
            return;
        }
        assert!(Instant::now() < deadline, "something of the node lives on");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
