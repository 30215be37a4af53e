//! Configurations: shown beside what the node starts with, and kept in the lab.

use api::client::ClientError;
use api::job::JobAct;
use model::access::Right;
use model::{NodeId, NodeKind};

use crate::app::{TestApp, done, lab_of};

const FILE: &str = "/etc/frr/frr.conf";

#[tokio::test]
async fn what_a_node_runs_with_becomes_what_it_starts_with() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let created = lab_of(&ada, &["r1", "h2"]).await.lab;
    let (lab, r1) = (created.id, NodeId::FIRST);
    let mut node = created.nodes[&r1].clone();
    node.template = "frr".into();
    let edit = model::edit::Edit::SetNode { id: r1, node };
    ada.edit(lab, created.revision, edit).await.unwrap();
    refused(ada.config(lab, r1).await, "not_running");
    done(&ada, lab, JobAct::Start).await;

    let before = ada.config(lab, r1).await.unwrap();
    assert_eq!((before.file.as_str(), &before.startup), (FILE, &None));
    assert!(
        before.diff.contains("+this node is simulated"),
        "{before:?}"
    );
    let saved = ada.save_config(lab, r1).await.unwrap();
    assert!(saved.changed);
    let now = ada.lab(lab).await.unwrap().lab;
    assert_eq!(now.revision, saved.revision);
    let NodeKind::Netns(settings) = &now.nodes[&r1].kind else {
        panic!("a netns node")
    };
    assert_eq!(settings.files[FILE].content, before.running);
    assert_eq!(ada.config(lab, r1).await.unwrap().diff, "");
    let again = ada.save_config(lab, r1).await.unwrap();
    assert_eq!((again.changed, again.revision), (false, saved.revision));
    ada.undo(lab).await.unwrap();
    assert_eq!(ada.config(lab, r1).await.unwrap().startup, None);

    refused(
        ada.save_config(lab, 2.try_into().unwrap()).await,
        "no_config",
    );
    let bob = test.log_in("bob").await;
    ada.share_lab(lab, "bob", Right::Operate).await.unwrap();
    bob.config(lab, r1).await.unwrap();
    refused(bob.save_config(lab, r1).await, "forbidden");
    test.end().await;
}

#[track_caller]
fn refused(outcome: Result<impl Sized, ClientError>, code: &str) {
    match outcome.err().expect("it is refused") {
        ClientError::Api(problem) => assert_eq!(problem.code, code, "{problem:?}"),
        other => panic!("{other}"),
    }
}
