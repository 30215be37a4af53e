//! Events: in order, again after a break, and only for who may hear them.

use api::client::{Client, Events};
use api::event::{Event, Frame, WatchEvents};
use api::job::JobAct;
use api::lab::CreateLab;
use model::edit::Edit;

use crate::app::{SOON, TestApp, add_host, done, lab_of, node};

async fn next(events: &mut Events) -> Frame {
    let frame = tokio::time::timeout(SOON, events.next()).await;
    frame.expect("a frame comes in time").unwrap().unwrap()
}

async fn hello(client: &Client, query: WatchEvents) -> (Events, String, u64) {
    let mut events = client.events(&query).await.unwrap();
    let Frame::Hello { epoch, sequence } = next(&mut events).await else {
        panic!("the first frame is hello")
    };
    (events, epoch, sequence)
}

/// The next event that tells of something `wanted`.
async fn find(events: &mut Events, wanted: impl Fn(&Event) -> bool) -> (u64, Event) {
    loop {
        if let Frame::Event(envelope) = next(events).await
            && wanted(&envelope.event)
        {
            return (envelope.sequence, envelope.event);
        }
    }
}

#[tokio::test]
async fn an_edit_and_the_states_of_a_starting_node_are_told() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab;
    let (mut events, ..) = hello(&ada, WatchEvents::default()).await;
    ada.edit(lab.id, lab.revision, add_host(2, "h2"))
        .await
        .unwrap();
    let (_, edited) = find(&mut events, |event| {
        matches!(event, Event::LabEdited { .. })
    })
    .await;
    let Event::LabEdited { author, edit, .. } = edited else {
        panic!("{edited:?}")
    };
    assert_eq!(author, "ada");
    assert!(matches!(*edit, Edit::AddNode { id, .. } if id == node(2)));
    done(&ada, lab.id, JobAct::Start).await;
    let running = |event: &Event| match event {
        Event::NodeStatus { status, .. } => status.state.word() == "running",
        Event::LabStatus { status } => status
            .nodes
            .values()
            .any(|node| node.state.word() == "running"),
        _ => false,
    };
    find(&mut events, running).await;
    find(
        &mut events,
        |event| matches!(event, Event::Job { job } if job.ended_ms.is_some()),
    )
    .await;
    test.end().await;
}

#[tokio::test]
async fn who_comes_again_hears_what_was_missed_once() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let (events, epoch, sequence) = hello(&ada, WatchEvents::default()).await;
    drop(events);
    let create = |name: &str| CreateLab {
        name: name.into(),
        description: String::new(),
    };
    ada.create_lab(&create("missed")).await.unwrap();
    let again = WatchEvents {
        epoch: Some(epoch.clone()),
        after: Some(sequence),
        lab: None,
    };
    let (mut events, ..) = hello(&ada, again).await;
    let (seen, event) = find(&mut events, |_| true).await;
    assert_eq!(
        event,
        Event::LabCreated {
            name: "missed".into()
        }
    );
    let again = WatchEvents {
        epoch: Some(epoch),
        after: Some(seen),
        lab: None,
    };
    let (mut events, ..) = hello(&ada, again).await;
    ada.create_lab(&create("later")).await.unwrap();
    let (_, event) = find(&mut events, |_| true).await;
    assert_eq!(
        event,
        Event::LabCreated {
            name: "later".into()
        }
    );
    test.end().await;
}

#[tokio::test]
async fn another_epoch_is_told_to_reload() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let (_, epoch, sequence) = hello(&ada, WatchEvents::default()).await;
    let test = test.restart().await;
    let ada = test.log_in("ada").await;
    let before = WatchEvents {
        epoch: Some(epoch),
        after: Some(sequence),
        lab: None,
    };
    let (mut events, ..) = hello(&ada, before).await;
    assert_eq!(next(&mut events).await, Frame::Reload);
    test.end().await;
}

#[tokio::test]
async fn others_hear_nothing_of_a_lab_they_may_not_see() {
    let test = TestApp::start().await;
    let (ada, bob) = (test.log_in("ada").await, test.log_in("bob").await);
    let (mut of_bob, ..) = hello(&bob, WatchEvents::default()).await;
    lab_of(&ada, &["h1"]).await;
    let mine = CreateLab {
        name: "of bob".into(),
        description: String::new(),
    };
    bob.create_lab(&mine).await.unwrap();
    let created = |event: &Event| !matches!(event, Event::Agent { .. });
    let (_, first) = find(&mut of_bob, created).await;
    assert_eq!(
        first,
        Event::LabCreated {
            name: "of bob".into()
        }
    );
    test.end().await;
}
