//! Drift: told once and once more, repaired, adopted by an edit; and how often the agent walks.

use agent_api::Discovery;
use api::client::{Client, Events};
use api::drift::{DriftList, RepairDrift};
use api::event::{Event, Frame, WatchEvents};
use api::job::JobAct;
use model::drift::{Drift, DriftKind};
use model::edit::Edit;
use model::{LabId, Position};

use crate::app::{SOON, TestApp, done, lab_of, until};

async fn drift_of(client: &Client, lab: LabId, count: usize) -> DriftList {
    until("the drift is told", || async {
        let list = client.drift(lab).await.unwrap();
        (list.items.len() == count).then_some(list)
    })
    .await
}

/// The next event about drift: its kind, its id, and whether it is gone.
async fn next_drift(events: &mut Events) -> (DriftKind, String, bool) {
    loop {
        let frame = tokio::time::timeout(SOON, events.next()).await;
        let Frame::Event(envelope) = frame.expect("in time").unwrap().unwrap() else {
            continue;
        };
        let (drift, gone): (Drift, bool) = match envelope.event {
            Event::DiscoveredLink { drift, gone }
            | Event::LostLink { drift, gone }
            | Event::MovedLink { drift, gone } => (drift, gone),
            _ => continue,
        };
        return (drift.kind, drift.id, gone);
    }
}

#[tokio::test]
async fn a_lost_link_is_told_once_and_once_more_when_it_is_repaired() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["lost-1", "h2"]).await.lab;
    let mut events = ada.events(&WatchEvents::default()).await.unwrap();
    done(&ada, lab.id, JobAct::Start).await;
    let (kind, id, gone) = next_drift(&mut events).await;
    assert_eq!((kind, gone), (DriftKind::LostLink, false));
    let list = drift_of(&ada, lab.id, 1).await;
    assert_eq!((&list.items[0].drift.id, list.cadence_s), (&id, 30));
    assert!(list.items[0].can_repair);
    // Nothing tells it again: the next event about drift is that it is gone.
    let begun = ada
        .repair_drift(lab.id, &RepairDrift::default())
        .await
        .unwrap();
    assert_eq!(begun.ids, std::slice::from_ref(&id));
    assert_eq!(
        next_drift(&mut events).await,
        (DriftKind::LostLink, id, true)
    );
    drift_of(&ada, lab.id, 0).await;
    test.end().await;
}

#[tokio::test]
async fn a_lost_link_is_adopted_by_the_edit_that_removes_it() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["lost-1", "h2"]).await.lab;
    done(&ada, lab.id, JobAct::Start).await;
    let list = drift_of(&ada, lab.id, 1).await;
    let adopt = list.items[0].adopt.clone().unwrap();
    assert!(matches!(adopt, Edit::RemoveLink { .. }), "{adopt:?}");
    ada.edit(lab.id, lab.revision, adopt).await.unwrap();
    drift_of(&ada, lab.id, 0).await;
    ada.undo(lab.id).await.unwrap();
    drift_of(&ada, lab.id, 1).await;
    test.end().await;
}

#[tokio::test]
async fn a_foreign_device_is_discovered_not_repaired_and_adopted_as_an_uplink() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab;
    let network = Edit::AddNetwork {
        id: 7.try_into().unwrap(),
        network: model::Network {
            name: "foreign-lan".into(),
            position: Position::default(),
            uplink: None,
            gateway: None,
            extra: serde_json::Map::new(),
        },
    };
    let revision = ada
        .edit(lab.id, lab.revision, network)
        .await
        .unwrap()
        .revision;
    done(&ada, lab.id, JobAct::Start).await;
    let list = drift_of(&ada, lab.id, 1).await;
    let item = &list.items[0];
    assert_eq!(item.drift.kind, DriftKind::DiscoveredLink);
    assert!(!item.can_repair);
    let begun = ada
        .repair_drift(lab.id, &RepairDrift::default())
        .await
        .unwrap();
    assert_eq!(begun.ids, Vec::<String>::new());
    drift_of(&ada, lab.id, 1).await;
    // An interface of the host: an administrator's to give.
    let admin = test.log_in("admin").await;
    let adopt = item.adopt.clone().unwrap();
    admin.edit(lab.id, revision, adopt).await.unwrap();
    drift_of(&ada, lab.id, 0).await;
    test.end().await;
}

#[tokio::test]
async fn what_is_moved_once_more_is_told_once_more() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1", "h2"]).await.lab;
    done(&ada, lab.id, JobAct::Start).await;
    let mut events = ada.events(&WatchEvents::default()).await.unwrap();
    let mut drift = Drift::new("moved-link-1-d1i0".into(), DriftKind::MovedLink);
    for place in ["br1", "br2"] {
        drift.why = format!("it is in the bridge {place}");
        test.sim.set_drifts(lab.id, vec![drift.clone()]);
        let told = next_drift(&mut events).await;
        assert_eq!(told, (DriftKind::MovedLink, drift.id.clone(), false));
    }
    test.sim.set_drifts(lab.id, Vec::new());
    let told = next_drift(&mut events).await;
    assert_eq!(told, (DriftKind::MovedLink, drift.id, true));
    test.end().await;
}

#[tokio::test]
async fn the_agent_is_told_the_cadence_and_a_new_one_after_a_reconnection_too() {
    let test = TestApp::start().await;
    let told = async |cadence_s| {
        until("the agent knows its cadence", || async {
            (test.sim.discovery() == Discovery { cadence_s }).then_some(())
        })
        .await;
    };
    told(30).await;
    test.app.set_discovery(Discovery { cadence_s: 7 });
    told(7).await;
    test.sim.set_reachable(false);
    test.app.set_discovery(Discovery { cadence_s: 9 });
    test.sim.set_reachable(true);
    told(9).await;
    test.end().await;
}

#[tokio::test]
async fn without_its_agent_a_repair_is_refused_with_words() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab;
    test.sim.set_reachable(false);
    let refused = ada.repair_drift(lab.id, &RepairDrift::default()).await;
    let api::client::ClientError::Api(problem) = refused.unwrap_err() else {
        panic!("not refused by the server")
    };
    assert_eq!(
        (problem.status, problem.code.as_str()),
        (503, "agent_unreachable")
    );
    test.end().await;
}
