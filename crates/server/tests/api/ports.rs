//! TCP ports of nodes, through the API.

use api::client::{ClientError, TerminalFrame};
use api::job::JobAct;
use model::NodeId;

use crate::app::{TestApp, done, lab_of};

#[tokio::test]
async fn bytes_go_to_a_port_and_back_until_either_side_closes() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    let stopped = ada.open_port(lab, NodeId::FIRST, 80).await.err().unwrap();
    assert!(stopped.to_string().contains("h1"), "{stopped}");
    done(&ada, lab, JobAct::Start).await;

    let mut port = ada.open_port(lab, NodeId::FIRST, 80).await.unwrap();
    let sent = vec![7; 100_000];
    port.send(&sent).await.unwrap();
    let mut heard = Vec::new();
    while heard.len() < sent.len() {
        match port.next().await.unwrap().unwrap() {
            TerminalFrame::Output(bytes) => heard.extend_from_slice(&bytes),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(heard, sent);
    port.end_of_input().await.unwrap();
    let last = port.next().await.unwrap().unwrap();
    assert_eq!(last, TerminalFrame::Exit { status: 0 });

    match ada.open_port(lab, NodeId::FIRST, 1).await.err().unwrap() {
        ClientError::Api(problem) => assert_eq!(problem.code, "port_closed"),
        other => panic!("{other}"),
    }
    test.end().await;
}
