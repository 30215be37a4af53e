//! Many at once: connections in all, streams of one user, and frames that are too large.

use api::event::WatchEvents;
use api::job::JobAct;
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use server::border::Border;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::app::{TestApp, done, lab_of, until};
use crate::wire::{Wire, ask};

#[tokio::test]
async fn more_connections_than_there_is_room_for_are_told_so() {
    let border = Border {
        connections: 3,
        ..Border::default()
    };
    let test = TestApp::start_with_border(border).await;
    let mut open = Vec::new();
    for _ in 0..3 {
        let mut wire = Wire::open(&test).await;
        wire.send("GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .await;
        assert_eq!(wire.answer().await.status, 200);
        open.push(wire);
    }
    let refused = ask(&test, "GET /api/health", &[]).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (503, "too_many_connections")
    );
    // Those that are in stay in, and a place that is left is given again.
    open[0]
        .send("GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    assert_eq!(open[0].answer().await.status, 200);
    open.pop();
    until("a place is free", async || {
        (ask(&test, "GET /api/health", &[]).await.status == 200).then_some(())
    })
    .await;
    drop(open);
    test.end().await;
}

#[tokio::test]
async fn one_user_has_so_many_streams_and_takes_no_others() {
    let border = Border {
        streams_a_user: 2,
        ..Border::default()
    };
    let test = TestApp::start_with_border(border).await;
    let (ada, bob) = (test.log_in("ada").await, test.log_in("bob").await);
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    done(&ada, lab, JobAct::Start).await;
    let query = WatchEvents::default();
    let first = ada.events(&query).await.unwrap();
    let _second = ada.events(&query).await.unwrap();
    let refused = ada.events(&query).await.err().unwrap();
    assert_eq!(refused.code(), Some("too_many_streams"), "{refused}");
    let files = format!("/api/v1/labs/{lab}/nodes/1/files?path=/etc");
    let answer = test.raw(&ada, "GET", &files).send().await.unwrap();
    assert_eq!(answer.status(), 429, "files are streams too");
    bob.events(&query).await.unwrap();
    drop(first);
    until("a stream that was closed leaves its place", async || {
        ada.events(&query).await.ok()
    })
    .await;
    test.end().await;
}

#[tokio::test]
async fn a_stream_without_a_place_begins_nothing_on_the_host() {
    let border = Border {
        streams_a_user: 1,
        ..Border::default()
    };
    let test = TestApp::start_with_border(border).await;
    let ada = test.log_in("ada").await;
    // It does not run, which only the host says.
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    let node = format!("/api/v1/labs/{lab}/nodes/1");
    let asked = async || {
        let mut codes = Vec::new();
        for (method, path) in [
            ("POST", "exec"),
            ("GET", "files?path=/etc"),
            ("PUT", "files?path=/etc"),
            ("GET", "logs"),
        ] {
            let mut request = test.raw(&ada, method, &format!("{node}/{path}"));
            if path == "exec" {
                request = request.json(&json!({ "argv": ["true"] }));
            }
            let answer = request.send().await.unwrap();
            codes.push(answer.json::<api::ApiError>().await.unwrap().code);
        }
        codes
    };
    assert_eq!(asked().await, ["not_running"; 4]);
    let _first = ada.events(&WatchEvents::default()).await.unwrap();
    assert_eq!(asked().await, ["too_many_streams"; 4]);
    test.end().await;
}

#[tokio::test]
async fn a_message_of_one_mebibyte_fits_and_a_larger_one_ends_the_socket() {
    const MIB: usize = 1 << 20;
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    done(&ada, lab, JobAct::Start).await;
    let url = format!(
        "{}/api/v1/labs/{lab}/nodes/1/consoles/shell",
        test.url.replace("http", "ws")
    );
    let send = async |bytes: usize| {
        let mut request = url.clone().into_client_request().unwrap();
        let bearer = format!("Bearer {}", ada.secret().unwrap());
        request
            .headers_mut()
            .insert("authorization", bearer.parse().unwrap());
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        let _ = socket.send(Message::Binary(vec![b'x'; bytes].into())).await;
        let _ = socket.send(Message::Ping("still there?".into())).await;
        while let Some(Ok(message)) = socket.next().await {
            if matches!(&message, Message::Pong(words) if &words[..] == b"still there?") {
                return true;
            }
        }
        false
    };
    assert!(send(MIB).await);
    assert!(!send(MIB + 1).await);
    test.end().await;
}
