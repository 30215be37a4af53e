//! What of its host a lab reaches for: a member's starts when an administrator allowed it.

use api::client::ClientError;
use api::job::JobAct;
use api::lab::Selection;
use model::edit::Edit;
use model::lab::Bind;
use model::reach::{Ask, Reach};
use model::{Lab, NodeId, NodeKind};

use crate::app::{TestApp, done, lab_of};

/// Node 1 with this bind.
fn binding(lab: &Lab, source: &str) -> Edit {
    let id = NodeId::FIRST;
    let mut node = lab.nodes[&id].clone();
    let NodeKind::Netns(settings) = &mut node.kind else {
        panic!("a netns node")
    };
    settings.binds = vec![Bind {
        source: source.into(),
        target: "/mnt/x".into(),
        write: false,
    }];
    Edit::SetNode { id, node }
}

fn all() -> Selection {
    Selection::default()
}

fn bind(source: &str) -> Ask {
    Ask::new(Reach::Bind, source)
}

#[track_caller]
fn refused(outcome: Result<impl Sized, ClientError>, code: &str) {
    match outcome.err().expect("it is refused") {
        ClientError::Api(problem) => assert_eq!(problem.code, code, "{problem:?}"),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_members_lab_starts_when_an_administrator_allowed_what_it_asks_for() {
    let test = TestApp::start().await;
    let (ada, admin) = (test.log_in("ada").await, test.log_in("admin").await);
    let lab = lab_of(&ada, &["h1", "h2"]).await.lab;
    let edit = binding(&lab, "/srv/x");
    ada.edit(lab.id, lab.revision, edit).await.unwrap();
    refused(ada.act(lab.id, JobAct::Start, &all()).await, "invalid_lab");
    refused(ada.allow(lab.id, vec![bind("/srv/x")]).await, "forbidden");
    let second = Selection {
        nodes: Some(vec![NodeId::try_from(2).unwrap()]),
    };
    ada.act(lab.id, JobAct::Start, &second).await.unwrap();

    let asks = admin.allow(lab.id, vec![bind("/srv/x")]).await.unwrap();
    assert_eq!((asks.len(), asks[0].allowed), (1, true));
    assert_eq!(asks[0].who, "node h1");
    done(&ada, lab.id, JobAct::Start).await;
    assert_eq!(ada.asks(lab.id).await.unwrap(), asks);

    // What is allowed is this path, and no other.
    let lab = ada.lab(lab.id).await.unwrap().lab;
    let edit = binding(&lab, "/srv/y");
    ada.edit(lab.id, lab.revision, edit).await.unwrap();
    refused(
        ada.act(lab.id, JobAct::Restart, &all()).await,
        "invalid_lab",
    );
    let namespace = vec![Ask::new(Reach::HostNamespace, "network")];
    refused(admin.allow(lab.id, namespace).await, "never_allowed");
    test.end().await;
}

#[tokio::test]
async fn what_an_administrator_draws_or_starts_is_allowed_by_that() {
    let test = TestApp::start().await;
    let (ada, admin) = (test.log_in("ada").await, test.log_in("admin").await);
    let lab = lab_of(&ada, &["h1", "h2"]).await.lab;
    let edit = binding(&lab, "/srv/x");
    admin.edit(lab.id, lab.revision, edit).await.unwrap();
    done(&ada, lab.id, JobAct::Start).await;

    let lab = ada.lab(lab.id).await.unwrap().lab;
    let edit = binding(&lab, "/srv/y");
    ada.edit(lab.id, lab.revision, edit.clone()).await.unwrap();
    // Drawn again as it is: no leave for what somebody else drew.
    let lab = ada.lab(lab.id).await.unwrap().lab;
    admin.edit(lab.id, lab.revision, edit).await.unwrap();
    refused(
        ada.act(lab.id, JobAct::Restart, &all()).await,
        "invalid_lab",
    );
    done(&admin, lab.id, JobAct::Restart).await;
    done(&ada, lab.id, JobAct::Restart).await;
    test.end().await;
}
