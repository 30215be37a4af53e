//! The protocol over a real unix socket: the client of this crate, and peers that behave badly.
#![cfg(feature = "sim")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::time::Duration;

use agent_api::codec::{self, Wire};
use agent_api::stream::{Control, WindowSize};
use agent_api::{
    AgentClient, AgentError, ApplyOutcome, ControllerId, Hello, HelloReply, LabEntry, Opening,
    PROTOCOL, StreamFrame, Ticket,
};
use bytes::Bytes;
use common::{Socket, controller, eventually, lab_id, node_id, one_node, read_until};
use futures_util::{SinkExt, StreamExt};
use model::Generation;
use model::status::NodeState;
use tokio::net::UnixStream;

async fn say(wire: &mut Wire<UnixStream>, text: &[u8]) {
    wire.send(Bytes::copy_from_slice(text)).await.unwrap();
}

async fn answer(wire: &mut Wire<UnixStream>) -> HelloReply {
    codec::decode(&wire.next().await.unwrap().unwrap()).unwrap()
}

async fn refusal(wire: &mut Wire<UnixStream>) -> String {
    match answer(wire).await {
        HelloReply::Refused { why, .. } => why,
        other => panic!("not refused: {other:?}"),
    }
}

async fn greet(socket: &Socket, hello: &Hello) -> Wire<UnixStream> {
    let mut wire = socket.dial().await;
    say(&mut wire, &serde_json::to_vec(hello).unwrap()).await;
    wire
}

#[tokio::test]
async fn a_lab_is_applied_and_its_node_comes_up() {
    let socket = Socket::serve();
    let agent = socket.client().await;
    let outcome = agent.apply(one_node(1, "r1")).await.unwrap();
    assert_eq!(outcome[&lab_id()], ApplyOutcome::Accepted);
    eventually("the node runs", || async {
        let status = agent.status().await.unwrap();
        status.labs[&lab_id()].nodes[&node_id()].state == NodeState::Running { booted: true }
    })
    .await;
    assert_eq!(
        agent.apply(one_node(1, "r1")).await.unwrap()[&lab_id()],
        ApplyOutcome::Unchanged
    );
}

#[tokio::test]
async fn an_older_generation_and_other_contents_are_refused() {
    let socket = Socket::serve();
    let agent = socket.client().await;
    agent.apply(one_node(5, "r1")).await.unwrap();
    let have = Generation(5);
    let stale = agent.apply(one_node(4, "r1")).await.unwrap();
    assert_eq!(stale[&lab_id()], ApplyOutcome::StaleGeneration { have });
    let other = agent.apply(one_node(5, "r2")).await.unwrap();
    assert_eq!(other[&lab_id()], ApplyOutcome::Conflict { have });
}

#[tokio::test]
async fn a_tombstone_removes_and_an_older_wish_cannot_bring_it_back() {
    let socket = Socket::serve();
    let agent = socket.client().await;
    agent.apply(one_node(1, "r1")).await.unwrap();
    let mut wish = one_node(1, "r1");
    wish.labs.insert(
        lab_id(),
        LabEntry::Tombstone {
            generation: Generation(2),
        },
    );
    agent.apply(wish).await.unwrap();
    eventually("the lab is removed", || async {
        agent.status().await.unwrap().removed.get(&lab_id()) == Some(&Generation(2))
    })
    .await;
    let back = agent.apply(one_node(1, "r1")).await.unwrap();
    assert_eq!(
        back[&lab_id()],
        ApplyOutcome::StaleGeneration {
            have: Generation(2)
        }
    );
}

#[tokio::test]
async fn a_console_goes_on_where_it_was_cut_off() {
    let socket = Socket::serve();
    let agent = socket.client().await;
    socket.start_node(&*agent).await;
    let open = |from_offset| Opening::Console {
        lab: lab_id(),
        node: node_id(),
        console: "shell".into(),
        size: WindowSize {
            columns: 80,
            rows: 24,
        },
        from_offset,
    };
    let mut first = agent.open(open(0)).await.unwrap();
    first
        .input
        .send(StreamFrame::Data("echo one\r".into()))
        .await
        .unwrap();
    let seen = read_until(&mut first, "\r\none\r\n").await;
    drop(first);
    let mut second = agent.open(open(seen)).await.unwrap();
    let replay = second.output.next().await.unwrap().unwrap();
    assert_eq!(
        replay,
        StreamFrame::Control(Control::Replay { offset: seen })
    );
    second
        .input
        .send(StreamFrame::Data("ping 10.0.0.2\r".into()))
        .await
        .unwrap();
    read_until(&mut second, "64 bytes from 10.0.0.2: icmp_seq=2").await;
}

#[tokio::test]
async fn a_command_ends_with_its_status() {
    let socket = Socket::serve();
    let agent = socket.client().await;
    socket.start_node(&*agent).await;
    for (program, ended) in [("false", 1), ("no-such-program", 127)] {
        let opening = Opening::Exec {
            lab: lab_id(),
            node: node_id(),
            argv: vec![program.into()],
            env: std::collections::BTreeMap::new(),
            tty: None,
        };
        let frames: Vec<_> = agent.open(opening).await.unwrap().output.collect().await;
        match frames.last().unwrap().as_ref().unwrap() {
            StreamFrame::Control(Control::Exit { status } | Control::Failed { status, .. }) => {
                assert_eq!(*status, ended, "{program}");
            }
            other => panic!("{program} did not end: {other:?}"),
        }
    }
}

#[tokio::test]
async fn an_unknown_node_has_no_stream() {
    let socket = Socket::serve();
    let agent = socket.client().await;
    let opening = Opening::Logs {
        lab: lab_id(),
        node: node_id(),
        process: None,
        follow: false,
    };
    match agent.open(opening).await.err().unwrap() {
        AgentError::Failed { code, .. } => assert_eq!(code, "unknown_lab"),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_ticket_that_was_never_given_is_refused() {
    let socket = Socket::serve();
    let ticket = Ticket("0".repeat(32));
    let mut wire = greet(
        &socket,
        &Hello::Stream {
            protocol: PROTOCOL,
            ticket,
        },
    )
    .await;
    assert!(refusal(&mut wire).await.contains("ticket"));
}

#[tokio::test]
async fn a_second_controller_is_refused_until_it_is_accepted() {
    let socket = Socket::serve();
    let _first = socket.client().await;
    let stranger = ControllerId("stranger".into());
    let hello = Hello::Control {
        protocol: PROTOCOL,
        controller: stranger.clone(),
    };
    let why = refusal(&mut greet(&socket, &hello).await).await;
    assert!(why.contains("nova-ve-agent accept stranger"), "{why}");
    socket.agent.accept(stranger);
    let mut wire = greet(&socket, &hello).await;
    assert!(matches!(
        answer(&mut wire).await,
        HelloReply::Welcome { .. }
    ));
}

#[tokio::test]
async fn another_user_is_refused() {
    let socket = Socket::serve_for(vec![4_000_000]);
    let why = refusal(&mut socket.dial().await).await;
    assert!(why.contains("server_user"), "{why}");
}

#[tokio::test]
async fn a_hello_that_is_none_or_too_long_ends_the_connection_alone() {
    let socket = Socket::serve();
    let agent = socket.client().await;
    let mut wire = socket.dial().await;
    say(&mut wire, b"{\"hello\":\"sailor\"}").await;
    assert!(refusal(&mut wire).await.contains("not a hello"));
    let mut wire = socket.dial().await;
    wire.codec_mut().set_max_frame_length(usize::MAX);
    // It may be closed while we still write.
    let _ = wire
        .send(Bytes::from(vec![b'x'; codec::HELLO_LIMIT_BYTES + 1]))
        .await;
    assert!(!matches!(wire.next().await, Some(Ok(_))));
    agent.status().await.unwrap();
}

#[tokio::test]
async fn a_request_that_is_none_ends_the_connection_alone() {
    let socket = Socket::serve();
    let agent = socket.client().await;
    let hello = Hello::Control {
        protocol: PROTOCOL,
        controller: controller(),
    };
    let mut wire = greet(&socket, &hello).await;
    answer(&mut wire).await;
    say(
        &mut wire,
        b"{\"id\":1,\"request\":\"apply\",\"with\":{\"labs\":[[[",
    )
    .await;
    assert!(wire.next().await.is_none());
    agent.status().await.unwrap();
}

#[tokio::test]
async fn a_client_connects_again_by_itself() {
    let mut socket = Socket::serve();
    let agent = socket.client().await;
    socket.stop().await;
    eventually("it noticed", || async { agent.hello().is_err() }).await;
    assert!(matches!(
        agent.status().await,
        Err(AgentError::Unreachable(_))
    ));
    socket.restart();
    eventually("it is back", || async { agent.hello().is_ok() }).await;
    agent.status().await.unwrap();
}

#[tokio::test]
async fn a_stream_that_nobody_reads_delays_no_request() {
    let socket = Socket::serve();
    let agent = socket.client().await;
    socket.start_node(&*agent).await;
    let opening = Opening::Exec {
        lab: lab_id(),
        node: node_id(),
        argv: vec!["cat".into()],
        env: std::collections::BTreeMap::new(),
        tty: None,
    };
    let mut stream = agent.open(opening).await.unwrap();
    // Writes until every buffer on the way is full: `cat` gives it all back and nobody reads.
    let chunk = StreamFrame::Data(vec![0; codec::STREAM_CHUNK_BYTES].into());
    while let Ok(sent) =
        tokio::time::timeout(Duration::from_millis(300), stream.input.send(chunk.clone())).await
    {
        sent.unwrap();
    }
    tokio::time::timeout(Duration::from_secs(20), agent.status())
        .await
        .unwrap()
        .unwrap();
}
