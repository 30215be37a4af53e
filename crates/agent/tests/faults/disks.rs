//! The disk of the data folder is full, or can only be read.

use std::fs;
use std::future::Future;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use agent_api::{AgentClient, ApplyOutcome, LabEntry};
use model::Generation;
use model::spec::{LabSpec, RunWish};
use model::status::NodeState;
use nix::mount::{MsFlags, mount, umount};
use system_tests::Host;

use crate::both_run;
use crate::common::{
    Daemon, SweptAtTheEnd, alone_as_root, eventually, exec, is_alone, kill, lab_id, node_id,
    sweep_leaves_nothing, two_hosts, wish, wish_of,
};

#[test]
fn a_full_disk_refuses_the_wish_with_words_and_touches_nothing() {
    let test = "faults::disks::a_full_disk_refuses_the_wish_with_words_and_touches_nothing";
    alone_as_root(test, || on_a_small_disk(a_full_disk));
}

#[test]
fn on_a_full_disk_nodes_can_be_stopped_and_removed() {
    let test = "faults::disks::on_a_full_disk_nodes_can_be_stopped_and_removed";
    alone_as_root(test, || on_a_small_disk(stops_on_a_full_disk));
}

#[test]
fn a_disk_that_can_only_be_read_stops_no_node() {
    let test = "faults::disks::a_disk_that_can_only_be_read_stops_no_node";
    alone_as_root(test, || on_a_small_disk(a_read_only_disk));
}

async fn a_full_disk(daemon: Daemon) {
    let agent = daemon.client().await;
    agent.apply(wish(&*agent, 1, two_hosts())).await.unwrap();
    both_run(&*agent).await;
    let nodes = daemon.node_pids();
    let filler = fill(daemon.folder().path());

    // An edit: refused with the reason, and nothing of it is done.
    let outcome = agent.apply(wish(&*agent, 2, restarted())).await.unwrap();
    assert_says(&outcome[&lab_id()], "No space left on device");
    assert_says(
        &outcome[&lab_id()],
        "free space on its disk and the next wish is kept",
    );
    both_run(&*agent).await;
    assert_eq!(daemon.node_pids(), nodes, "nodes were touched");
    // What runs needs no disk: a command, and another agent.
    assert_eq!(
        exec(&*agent, 1, &["ping", "-c", "1", "10.0.0.2"])
            .await
            .status,
        0
    );
    let daemon = daemon.kill_and_start_again().await;
    let agent = daemon.client().await;
    both_run(&*agent).await;
    assert_eq!(daemon.node_pids(), nodes, "nodes were touched");

    // A node that must be made: it says why it is not, and comes by itself when there is space.
    let (folder, pid) = nodes.first_key_value().unwrap();
    kill(*pid);
    eventually("the node says that the disk is full", || async {
        state_of(&*agent, 1)
            .await
            .is_some_and(|state| state.detail().contains("No space left on device"))
    })
    .await;
    fs::remove_file(filler).unwrap();
    eventually("it runs again", || async {
        let is_new = daemon.node_pids().get(folder).is_some_and(|now| now != pid);
        is_new && state_of(&*agent, 1).await == Some(NodeState::Running { booted: true })
    })
    .await;
    both_run(&*agent).await;
    let outcome = agent.apply(wish(&*agent, 2, restarted())).await.unwrap();
    assert_eq!(outcome[&lab_id()], ApplyOutcome::Accepted);
    daemon.stop().await;
}

async fn stops_on_a_full_disk(daemon: Daemon) {
    let agent = daemon.client().await;
    agent.apply(wish(&*agent, 1, two_hosts())).await.unwrap();
    both_run(&*agent).await;
    let reserve = daemon.folder().path().join("runtime/ledger/.reserve");
    eventually("room is kept", || async { reserve.exists() }).await;
    fill(daemon.folder().path());

    // What asks for more does not get the room.
    let outcome = agent.apply(wish(&*agent, 2, restarted())).await.unwrap();
    assert_says(&outcome[&lab_id()], "No space left on device");
    assert!(reserve.exists());

    let mut stopped = two_hosts();
    stopped.nodes.get_mut(&node_id(1)).unwrap().run = RunWish::Off;
    let outcome = agent.apply(wish(&*agent, 2, stopped)).await.unwrap();
    assert_eq!(outcome[&lab_id()], ApplyOutcome::Accepted);
    assert!(!reserve.exists());
    eventually("the node is stopped", || async {
        daemon.node_pids().len() == 1 && state_of(&*agent, 1).await == Some(NodeState::Stopped)
    })
    .await;

    let gone = LabEntry::Tombstone {
        generation: Generation(3),
    };
    let outcome = agent.apply(wish_of(&*agent, gone).unwrap()).await.unwrap();
    assert_eq!(outcome[&lab_id()], ApplyOutcome::Accepted);
    eventually("the lab is gone", || async {
        let status = agent.status().await.unwrap();
        status.removed.contains_key(&lab_id())
    })
    .await;
    daemon.stop().await;
}

async fn a_read_only_disk(daemon: Daemon) {
    let agent = daemon.client().await;
    agent.apply(wish(&*agent, 1, two_hosts())).await.unwrap();
    both_run(&*agent).await;
    let nodes = daemon.node_pids();
    make_read_only(daemon.folder().path());
    let outcome = agent.apply(wish(&*agent, 2, restarted())).await.unwrap();
    assert_says(&outcome[&lab_id()], "Read-only file system");
    both_run(&*agent).await;
    assert_eq!(daemon.node_pids(), nodes, "nodes were touched");

    // No agent starts there, and it says why; the nodes run on.
    let said = daemon.kill_and_say_why_none_starts().await;
    assert!(said.0.contains("Read-only file system"), "{}", said.0);
    let folder = said.1;
    umount(folder.path()).unwrap();
    let daemon = Daemon::start_in(folder).await;
    let agent = daemon.client().await;
    both_run(&*agent).await;
    assert_eq!(daemon.node_pids(), nodes, "nodes were touched");
    daemon.stop().await;
}

/// A tmpfs of a few MB below the data folder, and nothing left behind on it or elsewhere.
fn on_a_small_disk<F: Future<Output = ()>>(tell: impl FnOnce(Daemon) -> F) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let disk = tempfile::tempdir().unwrap();
    let (tmpfs, size) = (Some("tmpfs"), Some("size=16m"));
    mount(tmpfs, disk.path(), tmpfs, MsFlags::empty(), size).unwrap();
    let data = Arc::new(tempfile::tempdir_in(disk.path()).unwrap());
    fs::write(data.path().join("instance_id"), "test-instance\n").unwrap();
    let before = Host::of(data.path(), is_alone());
    runtime.block_on(async {
        let swept = SweptAtTheEnd(data.clone());
        tell(Daemon::start_in(data.clone()).await).await;
        sweep_leaves_nothing(&swept.0);
        let after = Host::of(data.path(), is_alone());
        after.must_equal(&before).unwrap();
    });
    drop(data);
    umount(disk.path()).unwrap();
}

/// To the last byte.
fn fill(data: &Path) -> std::path::PathBuf {
    let path = data.join("filler");
    let mut file = fs::File::create(&path).unwrap();
    for size in [1 << 16, 1 << 10, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
    path
}

/// What is open already can still be written, as after an error of a disk.
fn make_read_only(folder: &Path) {
    let nothing = None::<&str>;
    let bind = MsFlags::MS_BIND;
    let read_only = MsFlags::MS_REMOUNT | bind | MsFlags::MS_RDONLY;
    mount(Some(folder), folder, nothing, bind, nothing).unwrap();
    mount(nothing, folder, nothing, read_only, nothing).unwrap();
}

fn restarted() -> LabSpec {
    let mut spec = two_hosts();
    for node in spec.nodes.values_mut() {
        node.run = RunWish::On { start: 2 };
    }
    spec
}

fn assert_says(outcome: &ApplyOutcome, words: &str) {
    let ApplyOutcome::Invalid { problems } = outcome else {
        panic!("not refused: {outcome:?}");
    };
    assert!(
        problems.iter().any(|problem| problem.contains(words)),
        "{problems:?}"
    );
}

async fn state_of(agent: &dyn AgentClient, node: u64) -> Option<NodeState> {
    let status = agent.status().await.ok()?;
    Some(
        status
            .labs
            .get(&lab_id())?
            .nodes
            .get(&node_id(node))?
            .state
            .clone(),
    )
}
