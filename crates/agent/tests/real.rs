//! The real program on a real kernel: two hosts on one link, as root and as an ordinary user.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;
mod containers;
mod faults;
mod networks;
mod past;

use agent_api::stream::{Control, WindowSize};
use agent_api::{AgentClient, ApplyOutcome, LabEntry, Opening, StreamFrame};
use common::{
    Daemon, as_ordinary_user, eventually, exec, in_own_namespace, lab_id, node_id, two_hosts, wish,
};
use futures_util::{SinkExt, StreamExt};
use model::Generation;
use model::spec::RunWish;
use model::status::{NodeState, Plumbed};

#[test]
fn two_hosts_reach_each_other_as_root() {
    in_own_namespace("two_hosts_reach_each_other_as_root", || {
        story(two_hosts_reach_each_other);
    });
}

#[test]
fn two_hosts_reach_each_other_without_root() {
    as_ordinary_user("two_hosts_reach_each_other_without_root", || {
        story(two_hosts_reach_each_other);
    });
}

#[test]
fn a_killed_agent_leaves_nodes_and_consoles_as_they_are_as_root() {
    in_own_namespace(
        "a_killed_agent_leaves_nodes_and_consoles_as_they_are_as_root",
        || {
            story(a_killed_agent_leaves_nodes_and_consoles);
        },
    );
}

#[test]
fn a_killed_agent_leaves_nodes_and_consoles_as_they_are_without_root() {
    as_ordinary_user(
        "a_killed_agent_leaves_nodes_and_consoles_as_they_are_without_root",
        || {
            story(a_killed_agent_leaves_nodes_and_consoles);
        },
    );
}

#[test]
fn nodes_whose_holder_died_are_started_again_with_their_links() {
    let test = "nodes_whose_holder_died_are_started_again_with_their_links";
    as_ordinary_user(test, || story(nodes_whose_holder_died));
}

#[test]
fn an_agent_that_is_killed_at_any_moment_goes_on_from_there() {
    in_own_namespace(
        "an_agent_that_is_killed_at_any_moment_goes_on_from_there",
        || {
            story(an_agent_that_is_killed_at_any_moment);
        },
    );
}

#[test]
fn a_supervisor_that_is_killed_is_started_again() {
    in_own_namespace("a_supervisor_that_is_killed_is_started_again", || {
        story(a_supervisor_that_is_killed);
    });
}

#[test]
fn systemd_is_told_and_a_reload_says_what_waits_for_a_restart() {
    in_own_namespace(
        "systemd_is_told_and_a_reload_says_what_waits_for_a_restart",
        || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(systemd_is_told());
        },
    );
}

#[test]
fn a_second_agent_is_refused_and_accept_lets_another_server_in() {
    in_own_namespace(
        "a_second_agent_is_refused_and_accept_lets_another_server_in",
        || {
            story(a_second_agent_is_refused);
        },
    );
}

fn story<F: Future<Output = ()>>(tell: impl FnOnce(Daemon) -> F) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let daemon = Daemon::start().await;
        let folder = common::SweptAtTheEnd(daemon.folder());
        tell(daemon).await;
        common::sweep_leaves_nothing(&folder.0);
    });
}

async fn systemd_is_told() {
    let data = std::sync::Arc::new(tempfile::tempdir().unwrap());
    std::fs::write(data.path().join("instance_id"), "test-instance\n").unwrap();
    let heard = manager(&data.path().join("notify"));
    let told = |wanted: &str| {
        loop {
            let told = heard.recv_timeout(std::time::Duration::from_secs(30));
            let told = told.unwrap();
            if told.contains(wanted) {
                return told;
            }
        }
    };
    let daemon = Daemon::start_in(data.clone()).await;
    let ready = told("READY=1");
    assert!(ready.contains("STATUS=serves "), "{ready}");
    told("WATCHDOG=1");
    daemon.reload();
    told("RELOADING=1");
    told("READY=1");
    assert!(daemon.client().await.hello().is_ok(), "it works on");
    daemon.stop().await;
    told("STOPPING=1");
    common::sweep_leaves_nothing(&data);
}

/// Reads all the time, as systemd does: who tells it something waits when its queue is full.
fn manager(socket: &std::path::Path) -> std::sync::mpsc::Receiver<String> {
    let socket = std::os::unix::net::UnixDatagram::bind(socket).unwrap();
    let (tell, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut buffer = [0_u8; 4096];
        while let Ok(length) = socket.recv(&mut buffer) {
            let told = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if tell.send(told).is_err() {
                return;
            }
        }
    });
    heard
}

async fn two_hosts_reach_each_other(daemon: Daemon) {
    let agent = daemon.client().await;
    let outcome = agent.apply(wish(&*agent, 1, two_hosts())).await.unwrap();
    assert_eq!(outcome[&lab_id()], ApplyOutcome::Accepted);
    both_run(&*agent).await;
    let ping = exec(&*agent, 1, &["ping", "-c", "2", "-i", "0.2", "10.0.0.2"]).await;
    assert_eq!(ping.status, 0, "{}", ping.text);
    let hostname = exec(&*agent, 2, &["hostname"]).await;
    assert_eq!(hostname.text.trim(), "h2");
    assert_eq!(exec(&*agent, 1, &["no-such-program"]).await.status, 127);

    let mut stopped = two_hosts();
    stopped.nodes.get_mut(&node_id(2)).unwrap().run = RunWish::Off;
    agent.apply(wish(&*agent, 2, stopped)).await.unwrap();
    eventually("h2 is stopped and its link idle", || async {
        let lab = agent
            .status()
            .await
            .unwrap()
            .labs
            .remove(&lab_id())
            .unwrap();
        lab.nodes[&node_id(2)].state == NodeState::Stopped
            && lab
                .links
                .values()
                .all(|link| link.plumbed == Plumbed::Idle && !link.a.carrier)
    })
    .await;

    let mut gone = wish(&*agent, 3, two_hosts());
    gone.labs.insert(
        lab_id(),
        LabEntry::Tombstone {
            generation: Generation(3),
        },
    );
    agent.apply(gone).await.unwrap();
    eventually("the lab is removed", || async {
        agent
            .status()
            .await
            .unwrap()
            .removed
            .contains_key(&lab_id())
    })
    .await;
    assert!(
        daemon.node_folders().is_empty(),
        "{:?}",
        daemon.node_folders()
    );
    daemon.stop().await;
}

async fn a_killed_agent_leaves_nodes_and_consoles(daemon: Daemon) {
    let agent = daemon.client().await;
    agent.apply(wish(&*agent, 1, two_hosts())).await.unwrap();
    both_run(&*agent).await;
    let mut console = agent.open(shell_from(0)).await.unwrap();
    console
        .input
        .send(StreamFrame::Data("MARK=kept; echo begun-$MARK\n".into()))
        .await
        .unwrap();
    let seen = read_until(&mut console, "begun-kept").await;
    let before = daemon.node_pids();
    assert_eq!(before.len(), 2);

    let daemon = daemon.kill_and_start_again().await;
    let agent = daemon.client().await;
    both_run(&*agent).await;
    assert_eq!(daemon.node_pids(), before, "nodes were touched");
    let mut again = agent.open(shell_from(0)).await.unwrap();
    assert_eq!(
        read_until(&mut again, "begun-kept").await,
        seen,
        "the scrollback is whole"
    );
    again
        .input
        .send(StreamFrame::Data("echo after-$MARK\n".into()))
        .await
        .unwrap();
    read_until(&mut again, "after-kept").await;
    let ping = exec(&*agent, 1, &["ping", "-c", "1", "10.0.0.2"]).await;
    assert_eq!(ping.status, 0, "{}", ping.text);
    daemon.stop().await;
}

async fn nodes_whose_holder_died(daemon: Daemon) {
    let agent = daemon.client().await;
    agent.apply(wish(&*agent, 1, two_hosts())).await.unwrap();
    both_run(&*agent).await;
    let before = daemon.node_pids();
    let daemon = daemon.kill_with_its_holder_and_start_again().await;
    let agent = daemon.client().await;
    both_run(&*agent).await;
    assert!(
        daemon
            .node_pids()
            .iter()
            .all(|(node, pid)| before[node] != *pid)
    );
    let ping = exec(&*agent, 1, &["ping", "-c", "1", "10.0.0.2"]).await;
    assert_eq!(ping.status, 0, "{}", ping.text);
    daemon.stop().await;
}

/// Each round restarts both hosts and kills the agent a little later on its way.
async fn an_agent_that_is_killed_at_any_moment(mut daemon: Daemon) {
    for round in 1..=12 {
        let agent = daemon.client().await;
        let mut spec = two_hosts();
        for node in spec.nodes.values_mut() {
            node.run = RunWish::On { start: round };
        }
        agent.apply(wish(&*agent, round, spec)).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(12 * (round - 1))).await;
        daemon = daemon.kill_and_start_again().await;
        let agent = daemon.client().await;
        eventually("both run for this round's wish", || async {
            let status = agent.status().await.unwrap();
            let lab = status.labs.get(&lab_id()).cloned().unwrap_or_default();
            lab.nodes.len() == 2 && lab.nodes.values().all(|node| node.start == round)
        })
        .await;
        both_run(&*agent).await;
        let ping = exec(&*agent, 1, &["ping", "-c", "1", "-W", "2", "10.0.0.2"]).await;
        assert_eq!(ping.status, 0, "round {round}: {}", ping.text);
    }
    daemon.stop().await;
}

async fn a_supervisor_that_is_killed(daemon: Daemon) {
    let agent = daemon.client().await;
    agent.apply(wish(&*agent, 1, two_hosts())).await.unwrap();
    both_run(&*agent).await;
    let before = daemon.node_pids();
    let (folder, pid) = before.first_key_value().unwrap();
    common::kill(*pid);
    eventually("it is another process", || async {
        daemon.node_pids().get(folder).is_some_and(|now| now != pid)
    })
    .await;
    eventually("both reach each other again", || async {
        exec(&*agent, 1, &["ping", "-c", "1", "-W", "1", "10.0.0.2"])
            .await
            .status
            == 0
    })
    .await;
    let after = daemon.node_pids();
    assert_eq!(
        before
            .iter()
            .filter(|(node, pid)| after[*node] == **pid)
            .count(),
        1
    );
    daemon.stop().await;
}

async fn a_second_agent_is_refused(daemon: Daemon) {
    let first = daemon.client().await;
    let said = daemon.start_another_on_the_same_folder();
    assert!(said.contains("another agent works"), "{said}");
    let stranger = daemon.client_named("stranger");
    eventually("the stranger is refused", || async {
        stranger
            .hello()
            .is_err_and(|why| why.to_string().contains("nova-ve-agent accept stranger"))
    })
    .await;
    daemon.accept("stranger");
    eventually("the stranger is let in", || async {
        stranger.hello().is_ok()
    })
    .await;
    first.status().await.unwrap();
    daemon.stop().await;
}

async fn both_run(agent: &dyn AgentClient) {
    eventually("both hosts run and their link is plumbed", || async {
        let status = agent.status().await.unwrap();
        let Some(lab) = status.labs.get(&lab_id()) else {
            return false;
        };
        let failed = lab
            .nodes
            .values()
            .find(|node| matches!(node.state, NodeState::Failed { .. }));
        assert!(failed.is_none(), "{failed:?}");
        lab.nodes.len() == 2
            && lab
                .nodes
                .values()
                .all(|node| node.state == NodeState::Running { booted: true })
            && lab.links.values().all(|link| link.plumbed == Plumbed::Yes)
    })
    .await;
}

fn shell_from(from_offset: u64) -> Opening {
    Opening::Console {
        lab: lab_id(),
        node: node_id(1),
        console: "shell".into(),
        size: WindowSize {
            columns: 80,
            rows: 24,
        },
        from_offset,
    }
}

/// Reads until the text is there; answers all that came before it.
async fn read_until(stream: &mut agent_api::AgentStream, wanted: &str) -> String {
    let mut text = String::new();
    let reading = async {
        while !text.contains(wanted) {
            match stream
                .output
                .next()
                .await
                .expect("the console closed")
                .unwrap()
            {
                StreamFrame::Data(bytes) => text.push_str(&String::from_utf8_lossy(&bytes)),
                StreamFrame::Control(Control::Replay { offset }) => assert_eq!(offset, 0),
                other => panic!("unexpected on a console: {other:?}"),
            }
        }
    };
    let read = tokio::time::timeout(std::time::Duration::from_secs(20), reading).await;
    assert!(read.is_ok(), "{wanted:?} did not come, only {text:?}");
    text.split(wanted).next().unwrap().to_owned()
}

#[test]
fn a_holder_that_nobody_wrote_down_ends() {
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Command, Stdio};

    let mut child = Command::new(env!("CARGO_BIN_EXE_nova-ve-agent"))
        .arg("holder-process")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut words = BufReader::new(child.stdout.take().unwrap()).lines();
    let Some(first) = words.next() else {
        eprintln!("SKIP a_holder_that_nobody_wrote_down_ends: no namespaces for this user");
        child.wait().unwrap();
        return;
    };
    assert_eq!(first.unwrap(), "unshared");
    stdin.write_all(b"mapped\n").unwrap();
    assert_eq!(words.next().unwrap().unwrap(), "ready");
    // As a kill of the agent would.
    drop(stdin);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    let ended = loop {
        if child.try_wait().unwrap().is_some() || std::time::Instant::now() > deadline {
            break child.try_wait().unwrap();
        }
        std::thread::yield_now();
    };
    let _ = child.kill();
    assert!(ended.is_some_and(|status| !status.success()));
}
