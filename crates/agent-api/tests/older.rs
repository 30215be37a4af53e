//! Server and agent of different protocols over a real socket: the one of 2 is played by what it said,
//! `tests/fixtures/upgrade/protocol-2`.
#![cfg(feature = "sim")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::path::Path;
use std::sync::{Arc, Mutex};

use agent_api::codec::{self, Wire};
use agent_api::message::FromAgent;
use agent_api::stream::WindowSize;
use agent_api::unix::{UnixAgent, socket};
use agent_api::{
    AgentClient, AgentError, Hello, HelloReply, OLDEST_PROTOCOL, Opening, PROTOCOL, Speaks,
    StreamFrame,
};
use bytes::Bytes;
use common::{Socket, controller, eventually, lab_id, node_id, read_until};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::UnixStream;

const REFUSED: &str = include_str!("../../../tests/fixtures/upgrade/protocol-2/hello_reply.jsonl");

/// The agent's end of a socket of its own, which answers a hello with `refuse`, or hands it on to
/// today's agent; the numbers said, in their order.
fn before_the_agent(
    folder: &Path,
    agent: &Path,
    refuse: impl Fn(u32) -> Option<Vec<u8>> + Clone + Send + 'static,
) -> Arc<Mutex<Vec<u32>>> {
    let said = Arc::new(Mutex::new(Vec::new()));
    let listener = socket::listen(&folder.join("older.sock")).unwrap();
    let (agent, heard) = (agent.to_owned(), said.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (agent, heard, refuse) = (agent.clone(), heard.clone(), refuse.clone());
            tokio::spawn(async move {
                let mut wire = codec::wire(stream);
                let hello = wire.next().await.unwrap().unwrap();
                let value: Value = serde_json::from_slice(&hello).unwrap();
                let number = u32::try_from(value["protocol"].as_u64().unwrap()).unwrap();
                heard.lock().unwrap().push(number);
                if let Some(refusal) = refuse(number) {
                    wire.send(Bytes::from(refusal)).await.unwrap();
                    return;
                }
                hand_on(wire, &agent, hello.freeze()).await;
            });
        }
    });
    said
}

async fn hand_on(wire: Wire<UnixStream>, agent: &Path, hello: Bytes) {
    let mut behind = codec::wire(socket::connect(agent).await.unwrap());
    behind.send(hello).await.unwrap();
    // What was not read of either is in the socket still: nobody speaks before the answer.
    let (mut front, mut back) = (wire.into_inner(), behind.into_inner());
    let _ = tokio::io::copy_bidirectional(&mut front, &mut back).await;
}

/// As an agent of protocol 2 refuses any other number.
fn refuses_all_but_2(said: u32) -> Option<Vec<u8>> {
    let frozen = REFUSED
        .lines()
        .find(|line| line.contains("refused"))
        .unwrap();
    let words = frozen.replace("protocol 3", &format!("protocol {said}"));
    (said != 2).then(|| words.into_bytes())
}

#[tokio::test]
async fn a_lab_runs_on_an_agent_of_the_version_before() {
    let (socket, folder) = (Socket::serve(), tempfile::tempdir().unwrap());
    let said = before_the_agent(folder.path(), socket.path(), refuses_all_but_2);
    let agent = UnixAgent::connect(folder.path().join("older.sock"), controller());
    eventually("it is connected", || async { agent.hello().is_ok() }).await;
    let hello = agent.hello().unwrap();
    assert!(
        matches!(hello, HelloReply::Welcome { protocol: 2, .. }),
        "{hello:?}"
    );
    socket.start_node(&*agent).await;
    let opening = Opening::Console {
        lab: lab_id(),
        node: node_id(),
        console: "shell".into(),
        size: WindowSize {
            columns: 80,
            rows: 24,
        },
        from_offset: 0,
    };
    let mut console = agent.open(opening).await.unwrap();
    let line = StreamFrame::Data("echo one\r".into());
    console.input.send(line).await.unwrap();
    read_until(&mut console, "\r\none\r\n").await;
    assert_eq!(*said.lock().unwrap(), [PROTOCOL, 2, 2]);
}

#[tokio::test]
async fn another_refusal_is_not_taken_for_one_of_the_protocol() {
    let (socket, folder) = (Socket::serve(), tempfile::tempdir().unwrap());
    let refuse = |_| {
        let why = "controller x is unknown here; it speaks protocol 3, this agent 2: install";
        Some(serde_json::to_vec(&json!({"hello": "refused", "why": why})).unwrap())
    };
    let said = before_the_agent(folder.path(), socket.path(), refuse);
    let agent = UnixAgent::connect(folder.path().join("older.sock"), controller());
    eventually("it was refused twice", || async {
        said.lock().unwrap().len() > 1
    })
    .await;
    assert!(matches!(agent.hello(), Err(AgentError::Refused(_))));
    assert!(said.lock().unwrap().iter().all(|said| *said == PROTOCOL));
}

#[tokio::test]
async fn an_agent_that_speaks_none_of_ours_is_told_with_what_to_upgrade() {
    let (socket, folder) = (Socket::serve(), tempfile::tempdir().unwrap());
    let refuse = |_| {
        let speaks = json!({"oldest": PROTOCOL + 1, "newest": PROTOCOL + 2});
        let reply = json!({"hello": "refused", "why": "no", "speaks": speaks});
        Some(serde_json::to_vec(&reply).unwrap())
    };
    before_the_agent(folder.path(), socket.path(), refuse);
    let agent = UnixAgent::connect(folder.path().join("older.sock"), controller());
    eventually("the person is told", || async {
        let told = agent.hello().err().map(|why| why.to_string());
        told.is_some_and(|told| told.ends_with("upgrade the server"))
    })
    .await;
}

/// Says hello with this number and hears the answer.
async fn hello(socket: &Socket, protocol: u32) -> (Wire<UnixStream>, HelloReply) {
    let mut wire = socket.dial().await;
    let hello = Hello::Control {
        protocol,
        controller: controller(),
    };
    wire.send(codec::encode(&hello).unwrap()).await.unwrap();
    let answer = codec::decode(&wire.next().await.unwrap().unwrap()).unwrap();
    (wire, answer)
}

#[tokio::test]
async fn an_agent_speaks_every_number_that_it_knows_and_says_which() {
    let socket = Socket::serve();
    for number in OLDEST_PROTOCOL..=PROTOCOL {
        let (mut wire, answer) = hello(&socket, number).await;
        assert!(
            matches!(answer, HelloReply::Welcome { protocol, .. } if protocol == number),
            "{answer:?}"
        );
        let ping = br#"{"id":5,"body":{"request":"ping"}}"#;
        wire.send(Bytes::from_static(ping)).await.unwrap();
        let answer = wire.next().await.unwrap().unwrap();
        let answer = codec::decode::<FromAgent>(&answer).unwrap();
        assert!(matches!(answer, FromAgent::Reply(reply) if reply.id == 5));
    }
}

#[tokio::test]
async fn a_number_that_the_agent_does_not_know_is_refused_with_what_to_upgrade() {
    let socket = Socket::serve();
    for (number, older) in [(PROTOCOL + 1, "agent"), (OLDEST_PROTOCOL - 1, "server")] {
        let (_, answer) = hello(&socket, number).await;
        let HelloReply::Refused { why, speaks } = answer else {
            panic!("{answer:?}");
        };
        assert!(why.ends_with(&format!("upgrade the {older}")), "{why}");
        assert_eq!(speaks, Some(Speaks::OURS));
    }
}
