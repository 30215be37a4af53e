//! Lab files changed, broken or removed by hand while the server runs.

use api::event::{Event, Frame, WatchEvents};
use api::job::JobAct;
use api::lab::FileState;
use model::edit::Edit;

use crate::app::{TestApp, done, lab_of, node, until};

#[tokio::test]
async fn a_file_changed_by_hand_is_a_new_revision_and_is_told() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab;
    let mut events = ada.events(&WatchEvents::default()).await.unwrap();
    let path = test.lab_file(lab.id);
    let contents = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, contents.replace("\"h1\"", "\"changed\"")).unwrap();
    loop {
        if let Frame::Event(envelope) = events.next().await.unwrap().unwrap()
            && let Event::LabReplaced { revision } = envelope.event
        {
            assert!(revision > lab.revision);
            break;
        }
    }
    let now = ada.lab(lab.id).await.unwrap().lab;
    assert_eq!(now.nodes[&node(1)].name, "changed");
    test.end().await;
}

#[tokio::test]
async fn a_broken_file_stops_nothing_and_can_be_restored() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab;
    done(&ada, lab.id, JobAct::Start).await;
    std::fs::write(test.lab_file(lab.id), "{ broken").unwrap();
    let broken = until("the file is shown broken", async || {
        let detail = ada.lab(lab.id).await.unwrap();
        matches!(detail.file, FileState::Broken { .. }).then_some(detail)
    })
    .await;
    assert_eq!(broken.status.nodes[&node(1)].state.word(), "running");
    let rename = Edit::SetLab {
        name: Some("x".into()),
        description: None,
    };
    let error = ada
        .edit(lab.id, broken.lab.revision, rename)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("lab_broken"));
    let mended = ada.restore_lab(lab.id).await.unwrap();
    assert_eq!(
        (mended.file, &mended.lab.nodes),
        (FileState::Ok, &lab.nodes)
    );
    test.end().await;
}

#[tokio::test]
async fn a_removed_file_is_shown_missing_and_its_nodes_go_on() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab;
    done(&ada, lab.id, JobAct::Start).await;
    std::fs::remove_file(test.lab_file(lab.id)).unwrap();
    let missing = until("the file is shown missing", async || {
        let detail = ada.lab(lab.id).await.unwrap();
        (detail.file == FileState::Missing).then_some(detail)
    })
    .await;
    assert_eq!(missing.status.nodes[&node(1)].state.word(), "running");
    assert_eq!(missing.lab.nodes, lab.nodes);
    test.end().await;
}
