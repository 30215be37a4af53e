//! The agent's socket: cut in the middle of a frame, removed, and used by two servers.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use agent_api::{
    AgentClient, ApplyOutcome, ControllerId, Hello, HostSpec, PROTOCOL, Request, RequestBody,
};
use model::Generation;
use model::spec::RunWish;

use crate::common::{Daemon, eventually, exec, in_own_namespace, lab_id, node_id, two_hosts, wish};
use crate::{both_run, story};

#[test]
fn frames_cut_in_their_middle_harm_nobody() {
    let test = "faults::sockets::frames_cut_in_their_middle_harm_nobody";
    in_own_namespace(test, || story(frames_cut_in_their_middle));
}

#[test]
fn a_removed_socket_is_made_anew_and_streams_work_again() {
    let test = "faults::sockets::a_removed_socket_is_made_anew_and_streams_work_again";
    in_own_namespace(test, || story(a_removed_socket));
}

#[test]
fn of_two_accepted_servers_the_stale_one_is_told_and_stops_nothing() {
    let test = "faults::sockets::of_two_accepted_servers_the_stale_one_is_told_and_stops_nothing";
    in_own_namespace(test, || story(two_accepted_servers));
}

async fn frames_cut_in_their_middle(daemon: Daemon) {
    let agent = daemon.client().await;
    agent.apply(wish(&*agent, 1, two_hosts())).await.unwrap();
    both_run(&*agent).await;
    let nodes = daemon.node_pids();
    let handles = daemon.handles();
    let mut stopped = two_hosts();
    for node in stopped.nodes.values_mut() {
        node.run = RunWish::Off;
    }
    let request = Request {
        id: 7,
        request_id: None,
        body: RequestBody::Apply(wish(&*agent, 2, stopped)),
    };
    let request = serde_json::to_vec(&request).unwrap();
    let socket = daemon.folder().path().join("runtime/agent.sock");
    for cut in [0, 1, 3, 4, 5, request.len() / 2, request.len() + 3] {
        let mut connection = greeted(&socket);
        connection.write_all(&frame(&request)[..cut]).unwrap();
        drop(connection);
    }
    // Too long for anybody: the agent ends the connection and reads none of it.
    let mut connection = greeted(&socket);
    connection.write_all(&u32::MAX.to_be_bytes()).unwrap();
    let mut rest = Vec::new();
    let _ = connection.read_to_end(&mut rest);
    drop(connection);

    eventually("the agent has closed its ends", || async {
        daemon.handles() <= handles
    })
    .await;
    both_run(&*agent).await;
    assert_eq!(daemon.node_pids(), nodes, "half a wish was taken");
    // The same frame, whole, is taken.
    let mut connection = greeted(&socket);
    connection.write_all(&frame(&request)).unwrap();
    eventually("both are stopped", || async {
        daemon.node_pids().is_empty()
    })
    .await;
    daemon.stop().await;
}

async fn a_removed_socket(daemon: Daemon) {
    let agent = daemon.client().await;
    agent.apply(wish(&*agent, 1, two_hosts())).await.unwrap();
    both_run(&*agent).await;
    let nodes = daemon.node_pids();
    std::fs::remove_file(daemon.folder().path().join("runtime/agent.sock")).unwrap();
    eventually("commands run again in a node", || async {
        exec(&*agent, 1, &["true"]).await.status == 0
    })
    .await;
    both_run(&*agent).await;
    assert_eq!(daemon.node_pids(), nodes, "nodes were touched");
    daemon.stop().await;
}

async fn two_accepted_servers(daemon: Daemon) {
    let agent = daemon.client().await;
    agent.apply(wish(&*agent, 5, two_hosts())).await.unwrap();
    both_run(&*agent).await;
    let nodes = daemon.node_pids();
    daemon.accept("other-server");
    let other = daemon.client_named("other-server");
    eventually("the other server is let in", || async {
        other.hello().is_ok()
    })
    .await;
    let mut off = two_hosts();
    off.nodes.get_mut(&node_id(1)).unwrap().run = RunWish::Off;
    let older = HostSpec {
        controller: ControllerId("other-server".into()),
        ..wish(&*other, 4, off.clone())
    };
    let have = Generation(5);
    let outcome = other.apply(older).await.unwrap();
    assert_eq!(outcome[&lab_id()], ApplyOutcome::StaleGeneration { have });
    let same = HostSpec {
        controller: ControllerId("other-server".into()),
        ..wish(&*other, 5, off)
    };
    let outcome = other.apply(same).await.unwrap();
    assert_eq!(outcome[&lab_id()], ApplyOutcome::Conflict { have });
    both_run(&*agent).await;
    assert_eq!(daemon.node_pids(), nodes, "a node was touched");
    daemon.stop().await;
}

fn frame(payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap();
    [&length.to_be_bytes(), payload].concat()
}

/// A server's control connection, its hello answered.
fn greeted(socket: &Path) -> UnixStream {
    let hello = Hello::Control {
        protocol: PROTOCOL,
        controller: ControllerId("test-server".into()),
    };
    let mut connection = UnixStream::connect(socket).unwrap();
    connection
        .write_all(&frame(&serde_json::to_vec(&hello).unwrap()))
        .unwrap();
    let mut length = [0; 4];
    connection.read_exact(&mut length).unwrap();
    let mut welcome = vec![0; u32::from_be_bytes(length) as usize];
    connection.read_exact(&mut welcome).unwrap();
    connection
}
