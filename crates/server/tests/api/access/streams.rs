//! What is open ends within two seconds of its right or its credential, and events are for whom
//! they are due, by the rights of now.

use std::collections::BTreeSet;
use std::time::Duration;

use api::client::{Client, ClientError, Events, Terminal};
use api::event::{Event, Frame, WatchEvents};
use api::job::JobAct;
use api::node::{ExecStart, OpenConsole, ReadLogs};
use api::page::Paging;
use api::user::{RemoveUser, SetPassword};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use model::access::{LabRight, Right, Role};
use model::{LabId, LinkId};

use super::world::{World, key_of};
use crate::app::{PASSWORD, SOON, TestApp, done, lab_of, link, node};

/// As long as anything may go on after its right has gone.
const AT_LATEST: Duration = Duration::from_secs(2);

/// Everything that can be open in a running lab, by one user.
struct Open {
    events: Events,
    events_of_lab: Events,
    console: Terminal,
    command: Terminal,
    upload: tokio::task::JoinHandle<Result<(), ClientError>>,
    exec: tokio::task::JoinHandle<Result<api::node::ExecResult, ClientError>>,
}

async fn open_all(client: &Client, lab: LabId) -> Open {
    let watch = async |lab| {
        let query = WatchEvents {
            lab,
            ..WatchEvents::default()
        };
        let mut events = client.events(&query).await.unwrap();
        events.next().await.unwrap().unwrap();
        events
    };
    let argv = vec!["cat".to_owned()];
    let start = ExecStart {
        argv: argv.clone(),
        env: [].into(),
        tty: None,
    };
    let query = OpenConsole::default();
    let mut console = client.console(lab, node(1), "shell", &query).await.unwrap();
    console.next().await.unwrap().unwrap();
    let mut command = client.exec_stream(lab, node(1), &start).await.unwrap();
    command.send(b"x").await.unwrap();
    command.next().await.unwrap().unwrap();
    Open {
        events: watch(None).await,
        events_of_lab: watch(Some(lab)).await,
        console,
        command,
        upload: upload_without_end(client, lab),
        exec: command_without_end(client, lab),
    }
}

/// An upload whose body never ends by itself.
fn upload_without_end(
    client: &Client,
    lab: LabId,
) -> tokio::task::JoinHandle<Result<(), ClientError>> {
    let client = client.clone();
    let body = stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        Some((Ok(Bytes::from_static(&[0; 512])), ()))
    });
    tokio::spawn(async move { client.put_files(lab, node(1), "/root", body.boxed()).await })
}

/// The simulated node's `sleep` outlives every test.
fn command_without_end(
    client: &Client,
    lab: LabId,
) -> tokio::task::JoinHandle<Result<api::node::ExecResult, ClientError>> {
    let client = client.clone();
    let body = api::node::Exec {
        argv: vec!["sleep".into(), "60".into()],
        env: [].into(),
        stdin: String::new(),
    };
    tokio::spawn(async move { client.exec(lab, node(1), &body).await })
}

impl Open {
    /// Everything that needs a right in the lab ends; what came before the end is left out.
    async fn ends(&mut self) {
        let closed = async {
            while self.console.next().await.is_some_and(|frame| frame.is_ok()) {}
            while self.command.next().await.is_some_and(|frame| frame.is_ok()) {}
            while self.events_of_lab.next().await.is_some() {}
            assert!((&mut self.upload).await.unwrap().is_err(), "the upload");
            assert!((&mut self.exec).await.unwrap().is_err(), "the command");
        };
        let in_time = tokio::time::timeout(AT_LATEST, closed).await;
        in_time.expect("everything in the lab is closed within two seconds");
    }

    /// And what shows no lab in particular.
    async fn all_ends(&mut self) {
        self.ends().await;
        let closed = async { while self.events.next().await.is_some() {} };
        let in_time = tokio::time::timeout(AT_LATEST, closed).await;
        in_time.expect("the events are closed within two seconds");
    }
}

/// A running lab of ada's that bob may operate.
async fn shared_lab(test: &TestApp) -> (Client, Client, LabId) {
    let (ada, bob) = (test.log_in("ada").await, test.log_in("bob").await);
    let lab = lab_of(&ada, &["h1", "h2"]).await.lab.id;
    ada.share_lab(lab, "bob", Right::Operate).await.unwrap();
    done(&ada, lab, JobAct::Start).await;
    (ada, bob, lab)
}

async fn token_of(test: &TestApp, client: &Client) -> Client {
    let body = api::token::CreateToken {
        name: "ci".into(),
        expires_in_days: None,
    };
    let made = client.create_token(&body).await.unwrap();
    Client::new(&test.url, Some(made.secret)).unwrap()
}

#[tokio::test]
async fn what_is_open_ends_with_the_share() {
    let test = TestApp::start().await;
    let (ada, bob, lab) = shared_lab(&test).await;
    let mut open = open_all(&bob, lab).await;
    ada.unshare_lab(lab, "bob").await.unwrap();
    open.ends().await;
    // The session is as good as before.
    bob.session().await.unwrap();
    test.end().await;
}

#[tokio::test]
async fn a_lesser_right_ends_what_needs_more_and_nothing_else() {
    let test = TestApp::start().await;
    let (ada, bob, lab) = shared_lab(&test).await;
    let mut open = open_all(&bob, lab).await;
    ada.share_lab(lab, "bob", Right::View).await.unwrap();
    let closed = async { while open.console.next().await.is_some_and(|frame| frame.is_ok()) {} };
    tokio::time::timeout(AT_LATEST, closed).await.unwrap();
    assert!(open.upload.await.unwrap().is_err());
    ada.cut_link(lab, link(1)).await.unwrap();
    let told = cut_is_told(&mut open.events_of_lab, link(1));
    tokio::time::timeout(SOON, told).await.unwrap();
    test.end().await;
}

async fn cut_is_told(events: &mut Events, wanted: LinkId) {
    use model::edit::Edit;
    loop {
        if let Frame::Event(envelope) = events.next().await.unwrap().unwrap()
            && let Event::LabEdited { edit, .. } = envelope.event
            && matches!(*edit, Edit::SetLinkState { id, .. } if id == wanted)
        {
            return;
        }
    }
}

#[tokio::test]
async fn what_is_open_ends_with_the_log_out_and_that_of_others_goes_on() {
    let test = TestApp::start().await;
    let (_ada, bob, lab) = shared_lab(&test).await;
    let other = test.log_in("bob").await;
    let mut others = other.events(&WatchEvents::default()).await.unwrap();
    others.next().await.unwrap().unwrap();
    let mut open = open_all(&bob, lab).await;
    bob.log_out().await.unwrap();
    open.all_ends().await;
    let more = tokio::time::timeout(Duration::from_millis(50), async {
        while others.next().await.is_some() {}
    });
    assert!(more.await.is_err(), "the other session is closed too");
    test.end().await;
}

#[tokio::test]
async fn what_a_token_opened_ends_with_the_token() {
    let test = TestApp::start().await;
    let (_ada, bob, lab) = shared_lab(&test).await;
    let by_token = token_of(&test, &bob).await;
    let mut open = open_all(&by_token, lab).await;
    let id = bob.tokens().await.unwrap()[0].id;
    bob.delete_token(id).await.unwrap();
    open.all_ends().await;
    bob.session().await.unwrap();
    test.end().await;
}

#[tokio::test]
async fn another_password_role_or_the_end_of_a_user_ends_all_that_is_open() {
    let test = TestApp::start().await;
    let admin = test.log_in("admin").await;
    let (_ada, mut bob, lab) = shared_lab(&test).await;
    for way in 0..4 {
        let by_token = token_of(&test, &bob).await;
        let mut open = [open_all(&bob, lab).await, open_all(&by_token, lab).await];
        let password = SetPassword {
            password: PASSWORD.into(),
            current_password: (way == 0).then(|| PASSWORD.into()),
        };
        match way {
            0 => bob.set_password("bob", &password).await.unwrap(),
            1 => admin.set_password("bob", &password).await.unwrap(),
            2 => admin.set_role("bob", Role::Admin).await.unwrap(),
            _ => admin
                .delete_user("bob", &RemoveUser::default())
                .await
                .unwrap(),
        }
        for open in &mut open {
            open.all_ends().await;
        }
        assert_eq!(
            bob.session().await.unwrap_err().code(),
            Some("unauthenticated")
        );
        assert!(by_token.session().await.is_err());
        if way < 3 {
            bob = test.log_in("bob").await;
        }
    }
    test.end().await;
}

#[tokio::test]
async fn a_session_ended_from_elsewhere_ends_what_it_opened() {
    let test = TestApp::start().await;
    let (_ada, bob, lab) = shared_lab(&test).await;
    let elsewhere = test.log_in("bob").await;
    let mut open = open_all(&bob, lab).await;
    elsewhere.end_session(key_of(&bob).id()).await.unwrap();
    open.all_ends().await;
    elsewhere.session().await.unwrap();
    test.end().await;
}

#[tokio::test]
async fn a_command_does_not_begin_on_a_socket_that_outlived_its_right() {
    use futures_util::SinkExt;
    use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};
    let test = TestApp::start().await;
    let (ada, bob, lab) = shared_lab(&test).await;
    let open = async || {
        let url = test.url.replace("http", "ws");
        let url = format!("{url}/api/v1/labs/{lab}/nodes/1/exec/stream");
        let mut request = url.into_client_request().unwrap();
        let bearer = format!("Bearer {}", bob.secret().unwrap());
        let headers = request.headers_mut();
        headers.insert("authorization", bearer.parse().unwrap());
        tokio_tungstenite::connect_async(request).await.unwrap().0
    };
    let first = || Message::Text(r#"{"argv":["echo","began"]}"#.into());
    let (mut before, mut after) = (open().await, open().await);
    before.send(first()).await.unwrap();
    let answer = before.next().await.unwrap().unwrap();
    assert_eq!(answer, Message::Binary(Bytes::from_static(b"\x01began\n")));
    ada.unshare_lab(lab, "bob").await.unwrap();
    // The server may have closed already.
    let _ = after.send(first()).await;
    let answer = tokio::time::timeout(AT_LATEST, after.next()).await.unwrap();
    let words = answer.unwrap().unwrap().into_text().unwrap();
    assert!(
        words.contains("your right to this lab has ended"),
        "{words}"
    );
    test.end().await;
}

#[tokio::test]
async fn logs_that_are_followed_end_with_the_right() {
    let test = TestApp::start().await;
    let (ada, bob, lab) = shared_lab(&test).await;
    let query = ReadLogs {
        follow: true,
        ..ReadLogs::default()
    };
    let mut logs = bob.logs(lab, node(1), &query).await.unwrap();
    logs.next().await.unwrap().unwrap();
    ada.unshare_lab(lab, "bob").await.unwrap();
    let ended = async { while logs.next().await.is_some_and(|bytes| bytes.is_ok()) {} };
    tokio::time::timeout(AT_LATEST, ended).await.unwrap();
    test.end().await;
}

/// The event's word, as it goes over the wire.
fn word(event: &Event) -> String {
    let json = serde_json::to_value(event).unwrap();
    json["event"].as_str().unwrap().to_owned()
}

/// What is heard of the lab until the marker that everybody hears.
async fn heard(events: &mut Events, lab: LabId, mark: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    loop {
        let frame = tokio::time::timeout(SOON, events.next()).await.unwrap();
        let Frame::Event(envelope) = frame.unwrap().unwrap() else {
            continue;
        };
        match &envelope.event {
            Event::Agent { why, .. } if why == mark => return words,
            event if envelope.lab == Some(lab) => {
                words.insert(word(event));
            }
            _ => {}
        }
    }
}

fn marker(mark: &str) -> Event {
    Event::Agent {
        reachable: true,
        why: mark.into(),
    }
}

/// Every event about a lab that there is, but its coming and going.
const EVENTS_OF_A_LAB: [&str; 11] = [
    "lab_edited",
    "lab_replaced",
    "lab_file",
    "lab_status",
    "node_status",
    "link_status",
    "discovered_link",
    "lost_link",
    "moved_link",
    "job",
    "notice",
];

/// One event of each kind about the lab, as the server's own loops would tell them.
async fn tell_everything(world: &World, lab: LabId) {
    let app = &world.test.app;
    let job = world.person("ada").session.jobs(&Paging::default()).await;
    let job = serde_json::to_value(&job.unwrap().items[0]).unwrap();
    let status = app.labs.get(lab).await.unwrap().unwrap();
    let detail = world.person("ada").session.lab(lab).await.unwrap().status;
    let node_status = serde_json::to_value(&detail.nodes[&node(1)]).unwrap();
    let link_status = serde_json::to_value(&detail.links[&link(1)]).unwrap();
    let whole = serde_json::to_value(&detail).unwrap();
    let revision = status.lab.revision.0;
    let edit = serde_json::json!({ "edit": "set_lab", "name": "x" });
    let drift = |kind: &str| {
        let drift = serde_json::json!({ "id": "x", "kind": kind, "device": "secret", "why": "" });
        serde_json::json!({ "event": kind, "drift": drift, "gone": false })
    };
    for event in [
        drift("discovered_link"),
        drift("lost_link"),
        drift("moved_link"),
        serde_json::json!({ "event": "lab_edited", "revision": revision, "author": "ada", "edit": edit }),
        serde_json::json!({ "event": "lab_replaced", "revision": revision }),
        serde_json::json!({ "event": "lab_file", "file": { "file": "ok" } }),
        serde_json::json!({ "event": "lab_status", "status": whole }),
        serde_json::json!({ "event": "node_status", "node": 1, "status": node_status }),
        serde_json::json!({ "event": "link_status", "link": 1, "status": link_status }),
        serde_json::json!({ "event": "job", "job": job }),
        serde_json::json!({ "event": "notice", "node": 1, "message": "secret" }),
    ] {
        let event: Event = serde_json::from_value(event).unwrap();
        app.publish_lab(lab, event).await.unwrap();
    }
}

/// Every kind of event that the document knows is told in these stories.
#[test]
fn no_kind_of_event_is_forgotten_here() {
    let document: serde_json::Value = serde_json::from_str(&server::http::openapi::text()).unwrap();
    let kinds = document["components"]["schemas"]["Event"]["oneOf"]
        .as_array()
        .unwrap();
    let kinds: BTreeSet<&str> = kinds.iter().map(kind_of).collect();
    let others = ["lab_created", "lab_removed", "my_right", "agent"];
    let told: BTreeSet<&str> = EVENTS_OF_A_LAB.into_iter().chain(others).collect();
    assert_eq!(told, kinds);
}

fn kind_of(schema: &serde_json::Value) -> &str {
    let parts = schema["allOf"].as_array().into_iter().flatten();
    let properties = std::iter::once(schema).chain(parts);
    let mut kinds = properties.filter_map(|part| part["properties"]["event"]["enum"][0].as_str());
    kinds.next().unwrap()
}

/// Everybody of the world listens to everything.
async fn listeners(world: &World) -> Vec<(&'static str, Events)> {
    let mut listeners = Vec::new();
    for person in &world.people {
        let query = WatchEvents::default();
        let mut events = person.session.events(&query).await.unwrap();
        events.next().await.unwrap().unwrap();
        listeners.push((person.name, events));
    }
    listeners
}

fn set(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn each_event_is_told_to_whom_it_is_due_and_to_nobody_whose_share_is_gone() {
    let world = World::new().await;
    let lab = world.lab().await;
    let app = &world.test.app;
    let mut listeners = listeners(&world).await;
    tell_everything(&world, lab).await;
    app.publish(marker("first"));
    for (name, events) in &mut listeners {
        let due: &[&str] = if *name == "nobody" {
            &[]
        } else {
            &EVENTS_OF_A_LAB
        };
        assert_eq!(heard(events, lab, "first").await, set(due), "{name}");
    }

    let ada = &world.person("ada").session;
    for name in ["viewer", "editor"] {
        ada.unshare_lab(lab, name).await.unwrap();
    }
    ada.share_lab(lab, "nobody", Right::View).await.unwrap();
    tell_everything(&world, lab).await;
    app.publish(marker("second"));
    for (name, events) in &mut listeners {
        let mut due = set(&EVENTS_OF_A_LAB);
        match *name {
            "viewer" | "editor" => due = set(&["my_right"]),
            "nobody" => due.extend(set(&["my_right"])),
            _ => {}
        }
        assert_eq!(heard(events, lab, "second").await, due, "{name}");
    }

    ada.delete_lab(lab).await.unwrap();
    app.publish(marker("third"));
    for (name, events) in &mut listeners {
        let heard = heard(events, lab, "third").await.contains("lab_removed");
        assert_eq!(heard, !["viewer", "editor"].contains(name), "{name}");
    }
    world.end().await;
}

#[tokio::test]
async fn who_comes_again_is_not_told_what_he_may_not_know_any_more() {
    let test = TestApp::start().await;
    let (ada, bob, lab) = shared_lab(&test).await;
    let query = WatchEvents::default();
    let mut events = bob.events(&query).await.unwrap();
    let Some(Ok(Frame::Hello { epoch, sequence })) = events.next().await else {
        panic!("the first frame is hello")
    };
    drop(events);
    ada.cut_link(lab, link(1)).await.unwrap();
    let again = WatchEvents {
        epoch: Some(epoch),
        after: Some(sequence),
        lab: None,
    };
    let missed = async |mark| {
        let mut events = bob.events(&again).await.unwrap();
        test.app.publish(marker(mark));
        heard(&mut events, lab, mark).await
    };
    assert!(missed("first").await.contains("lab_edited"));
    ada.unshare_lab(lab, "bob").await.unwrap();
    assert_eq!(missed("second").await, set(&["my_right"]));
    ada.delete_lab(lab).await.unwrap();
    assert_eq!(missed("third").await, set(&["my_right"]));
    test.end().await;
}

#[tokio::test]
async fn a_new_right_is_told_to_its_user_alone() {
    let test = TestApp::start().await;
    let (ada, bob) = (test.log_in("ada").await, test.log_in("bob").await);
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    let mut of_bob = bob.events(&WatchEvents::default()).await.unwrap();
    let mut of_ada = ada.events(&WatchEvents::default()).await.unwrap();
    for events in [&mut of_bob, &mut of_ada] {
        events.next().await.unwrap().unwrap();
    }
    ada.share_lab(lab, "bob", Right::Edit).await.unwrap();
    test.app.publish(marker("then"));
    let told = async {
        loop {
            if let Frame::Event(envelope) = of_bob.next().await.unwrap().unwrap()
                && let Event::MyRight { right } = envelope.event
            {
                return right;
            }
        }
    };
    let right = tokio::time::timeout(SOON, told).await.unwrap();
    assert_eq!(right, Some(LabRight::Edit));
    assert_eq!(heard(&mut of_ada, lab, "then").await, set(&[]));
    test.end().await;
}
