//! What people and kernels do to containers behind the driver's back.

use std::time::Duration;

use model::lab::RestartPolicy;
use model::seen::NodePhase;
use model::status::NodeState;
use runtime::{DriverEvent, NodeDriver};

use super::lab::{again, container, lab, with};

#[tokio::test]
async fn one_that_is_restarted_by_hand_waits_for_its_interfaces_again() {
    let Some(mut lab) = lab("one_that_is_restarted_by_hand_waits").await else {
        return;
    };
    let node = lab
        .started(&container("r1", "echo up; exec sleep 1000"))
        .await;
    let before = lab.until(node, "running").await;
    let name = format!("nova-ve-{node}");
    lab.docker(&["restart", "-t", "0", &name]);
    let held = |seen: &runtime::NodeObserved| seen.phase == NodePhase::Held;
    let seen = lab.until_seen(node, "held", held).await;
    assert_eq!((seen.start, &seen.fingerprint), (1, &before.fingerprint));
    assert_ne!(seen.life, before.life);
    lab.driver.release(node).await.unwrap();
    lab.until(node, "running").await;
    lab.remove(node).await;
}

#[tokio::test]
async fn one_that_is_killed_or_removed_by_hand_is_to_be_made_again() {
    let Some(mut lab) = lab("one_that_is_killed_or_removed_by_hand").await else {
        return;
    };
    let spec = container("r1", "exec sleep 1000");
    let node = lab.started(&spec).await;
    let mut events = lab.driver.watch();
    for act in [["kill"].as_slice(), &["rm", "-f"], &["stop", "-t", "0"]] {
        let name = format!("nova-ve-{node}");
        while events.try_recv().is_ok() {}
        lab.docker(&[act, &[name.as_str()]].concat());
        let told = tokio::time::timeout(Duration::from_secs(5), events.recv()).await;
        assert!(matches!(told.unwrap().unwrap(), DriverEvent::Changed(told) if told == node));
        let seen = lab.until(node, "stopped").await;
        assert_eq!(
            (seen.phase, seen.start),
            (NodePhase::Data, 0),
            "after {act:?}"
        );
        lab.start(node, &spec).await;
        lab.until(node, "running").await;
    }
    assert_eq!(lab.seen(node).await.processes[0].restarts, 3);
    lab.remove(node).await;
}

#[tokio::test]
async fn one_that_ends_by_itself_stays_so_unless_its_policy_says_otherwise() {
    let Some(mut lab) = lab("one_that_ends_by_itself_stays_so").await else {
        return;
    };
    for (policy, status, word, stays) in [
        (RestartPolicy::Never, 0, "stopped", true),
        (RestartPolicy::Never, 3, "failed", true),
        (RestartPolicy::OnFailure, 0, "stopped", true),
        (RestartPolicy::OnFailure, 3, "failed", false),
        (RestartPolicy::Always, 0, "failed", false),
    ] {
        let script = format!("echo first; echo last words; exit {status}");
        let spec = with(container("r1", &script), |docker| docker.restart = policy);
        let node = lab.node(1);
        lab.start(node, &spec).await;
        let seen = lab.until(node, word).await;
        let start = u64::from(stays);
        assert_eq!(
            (seen.phase, seen.start),
            (NodePhase::Data, start),
            "{policy:?} {status}"
        );
        if word == "failed" {
            let why =
                format!("its main process ended with exit status {status} (first | last words)");
            assert_eq!(seen.state, NodeState::Failed { why });
        }
        assert_eq!(seen.processes[0].last_end, format!("exit status {status}"));
        lab.another_driver();
        assert_eq!(
            lab.seen(node).await.start,
            start,
            "the next agent knows it too"
        );
        lab.start(node, &again(&spec, 2)).await;
        lab.remove(node).await;
    }
}

#[tokio::test]
async fn one_that_shall_not_run_and_is_started_by_hand_is_ended() {
    let Some(mut lab) = lab("one_that_shall_not_run_is_ended").await else {
        return;
    };
    let node = lab
        .started(&container("r1", "echo up; exec sleep 1000"))
        .await;
    lab.until_log(node, "up").await;
    lab.driver.stop(node, Duration::from_secs(1)).await.unwrap();
    let name = format!("nova-ve-{node}");
    let mut events = lab.driver.watch();
    lab.docker(&["start", &name]);
    let told = async {
        loop {
            if let DriverEvent::Notice { message, .. } = events.recv().await.unwrap() {
                return message;
            }
        }
    };
    let told = tokio::time::timeout(Duration::from_secs(10), told)
        .await
        .unwrap();
    assert!(told.contains("started by hand"), "{told}");
    lab.until(node, "stopped").await;
    assert_eq!(lab.log(node, "main").await.matches("up").count(), 1);
    lab.remove(node).await;
}

#[tokio::test]
async fn nobody_but_the_containers_first_process_is_let_in() {
    let Some(mut lab) = lab("nobody_but_the_first_process_is_let_in").await else {
        return;
    };
    let node = lab.started(&container("r1", "exec sleep 1000")).await;
    let before = lab.until(node, "running").await;
    // The gate's own program, run once more inside, waits for ever and changes nothing.
    let kind = runtime::StreamKind::Exec {
        argv: ["/.nova-ve/gate", "/bin/echo", "let in"]
            .map(str::to_owned)
            .into(),
        env: std::collections::BTreeMap::new(),
        tty: None,
    };
    let stream = lab.open(node, kind).await;
    let waited = tokio::time::timeout(Duration::from_secs(1), super::lab::end_of(stream)).await;
    assert!(waited.is_err(), "{waited:?}");
    assert_eq!(lab.seen(node).await, before);
    let deadline = std::time::Instant::now() + Duration::from_secs(10);
    while lab.sh(node, "ps | grep -c [g]ate").await.trim() != "0" {
        assert!(
            std::time::Instant::now() < deadline,
            "a closed stream ends its command"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    lab.remove(node).await;
}
