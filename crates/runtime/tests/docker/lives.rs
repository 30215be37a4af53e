//! From nothing to running to nothing.

use std::time::Duration;

use model::seen::NodePhase;
use model::spec::{NodeSpec, RunWish};
use model::status::NodeState;
use runtime::{DriverError, NodeDriver};

use super::lab::{again, container, lab, with};

const GRACE: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_container_is_held_then_runs_then_leaves_only_its_data_then_nothing() {
    let Some(mut lab) = lab("a_container_is_held_then_runs").await else {
        return;
    };
    let node = lab.node(7);
    let spec = container("r", "ls /sys/class/net; exec sleep 1000");
    lab.driver.prepare(node, &spec, &|_| ()).await.unwrap();
    let held = lab.driver.ensure(node, &spec).await.unwrap();
    assert_eq!((held.phase, held.start), (NodePhase::Held, 1));
    assert_eq!(held.fingerprint, spec.fingerprint());
    assert_eq!(
        held.consoles, [""; 0],
        "nothing of the lab runs before the release"
    );
    assert_eq!(held.state.detail(), "connecting its interfaces");
    lab.driver.netns(node).await.unwrap();
    assert_eq!(
        lab.log(node, "main").await,
        "",
        "the image's own program waits"
    );

    lab.driver.release(node).await.unwrap();
    let running = lab.seen(node).await;
    assert_eq!(
        (running.phase, &running.state, running.life),
        (
            NodePhase::Running,
            &NodeState::Running { booted: true },
            held.life
        )
    );
    assert_eq!(running.consoles, ["main", "shell"]);
    assert!(running.life > 0);
    assert_eq!(lab.sh(node, "cat /proc/1/comm").await, "sleep\n");
    lab.driver.stop(node, GRACE).await.unwrap();
    let rests = lab.seen(node).await;
    assert_eq!(
        (rests.phase, &rests.state),
        (NodePhase::Data, &NodeState::Stopped)
    );
    assert_eq!((rests.start, rests.life), (0, 0));
    lab.remove(node).await;
}

#[tokio::test]
async fn every_act_can_be_done_again() {
    let Some(mut lab) = lab("every_act_of_a_container_can_be_done_again").await else {
        return;
    };
    let spec = container("r1", "exec sleep 1000");
    let node = lab.started(&spec).await;
    let pid = lab.pid(node).await;
    lab.start(node, &spec).await;
    assert_eq!(lab.pid(node).await, pid, "a running node is left alone");
    for _ in 0..2 {
        lab.driver.stop(node, GRACE).await.unwrap();
    }
    let released = lab.driver.release(node).await;
    assert!(
        matches!(released, Err(DriverError::NotRunning { .. })),
        "{released:?}"
    );
    for _ in 0..2 {
        lab.driver.remove(node).await.unwrap();
    }
    assert_eq!(lab.left(node), "");
    let off = NodeSpec {
        run: RunWish::Off,
        ..spec
    };
    assert!(matches!(
        lab.driver.ensure(node, &off).await,
        Err(DriverError::BadSpec(_))
    ));
}

/// The agent makes them between `ensure` and `release`; here it is done by hand.
#[tokio::test]
async fn the_first_process_sees_its_interface() {
    let Some(mut lab) = lab("the_first_process_sees_its_interface").await else {
        return;
    };
    let node = lab.node(1);
    let spec = container("r1", "ip -o link show dev eth0; exec sleep 1000");
    lab.driver.prepare(node, &spec, &|_| ()).await.unwrap();
    lab.driver.ensure(node, &spec).await.unwrap();
    let pid = lab.pid(node).await.to_string();
    let net = format!("--net=/proc/{pid}/ns/net");
    let add = [
        "ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth1",
    ];
    let made = std::process::Command::new("nsenter")
        .arg(net)
        .args(add)
        .status();
    assert!(made.unwrap().success());
    lab.driver.release(node).await.unwrap();
    lab.until(node, "running").await;
    lab.until_log(node, "eth0").await;
    lab.remove(node).await;
}

#[tokio::test]
async fn what_it_wrote_outlives_a_stop_and_goes_with_another_spec_but_its_volumes_stay() {
    let Some(mut lab) = lab("what_it_wrote_outlives_a_stop").await else {
        return;
    };
    let spec = with(container("r1", "exec sleep 1000"), |docker| {
        docker.volumes.insert("/var/lib/x".into());
    });
    let node = lab.started(&spec).await;
    lab.sh(node, "echo own >/root/layer; echo own >/var/lib/x/volume")
        .await;
    lab.driver.stop(node, GRACE).await.unwrap();
    lab.start(node, &again(&spec, 2)).await;
    let read = "cat /root/layer /var/lib/x/volume 2>&1";
    assert_eq!(lab.sh(node, read).await, "own\nown\n");

    lab.driver.stop(node, GRACE).await.unwrap();
    let other = with(again(&spec, 3), |docker| {
        docker.env.insert("A".into(), "b".into());
    });
    lab.start(node, &other).await;
    let after = lab.sh(node, read).await;
    assert_eq!(
        after,
        "cat: can't open '/root/layer': No such file or directory\nown\n"
    );

    lab.driver.stop(node, GRACE).await.unwrap();
    lab.driver.wipe(node, 1).await.unwrap();
    assert_eq!(lab.left(node), "");
    assert_eq!(lab.seen(node).await.wipe, 1);
    let wiped = NodeSpec {
        wipe: 1,
        ..again(&other, 4)
    };
    lab.start(node, &wiped).await;
    assert_eq!(lab.sh(node, "ls /var/lib/x").await, "");
    lab.remove(node).await;
}

#[tokio::test]
async fn a_program_that_heeds_no_signal_is_not_waited_for_and_one_that_does_is() {
    let Some(mut lab) = lab("a_program_that_heeds_no_signal").await else {
        return;
    };
    let deaf = lab.started(&container("r1", "exec sleep 1000")).await;
    let begun = std::time::Instant::now();
    lab.driver
        .stop(deaf, Duration::from_secs(20))
        .await
        .unwrap();
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    let script = "trap 'echo goodbye; exit 0' TERM; echo ready; while :; do sleep 0.05; done";
    let heeds = lab.started(&container("r2", script)).await;
    lab.until_log(heeds, "ready").await;
    lab.driver
        .stop(heeds, Duration::from_secs(20))
        .await
        .unwrap();
    lab.until_log(heeds, "goodbye").await;
    for node in [deaf, heeds] {
        lab.remove(node).await;
    }
}

#[tokio::test]
async fn an_agent_that_starts_again_finds_every_container_as_it_is() {
    let Some(mut lab) = lab("an_agent_finds_every_container").await else {
        return;
    };
    let spec = container("r1", "exec sleep 1000");
    let running = lab.started(&spec).await;
    let held = lab.node(2);
    lab.driver.ensure(held, &spec).await.unwrap();
    let pids = [lab.pid(running).await, lab.pid(held).await];
    let before = [lab.seen(running).await, lab.seen(held).await];
    lab.another_driver();
    let seen = lab
        .until_seen(held, "held", |seen| seen.phase == NodePhase::Held)
        .await;
    assert_eq!((seen.life, seen.start), (before[1].life, 1));
    let seen = lab.seen(running).await;
    assert_eq!(
        (seen.phase, seen.life),
        (NodePhase::Running, before[0].life)
    );
    assert_eq!(seen.fingerprint, before[0].fingerprint);
    lab.driver.release(held).await.unwrap();
    assert_eq!([lab.pid(running).await, lab.pid(held).await], pids);
    assert_eq!(lab.sh(held, "cat /proc/1/comm").await, "sleep\n");
    for node in [running, held] {
        lab.remove(node).await;
    }
}
