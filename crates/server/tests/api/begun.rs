//! A client that leaves in the middle: what was begun is done to its end, or was never begun.

use std::net::SocketAddr;
use std::pin::pin;
use std::task::Poll;

use api::job::JobAct;
use api::page::Paging;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use model::LabId;
use serde_json::{Value, json};

use crate::app::{TestApp, lab_of, until};

/// An operation has far fewer waits, and not each time the same ones: how often it is tried.
const TRIES: usize = 200;

/// Asks, and leaves when the answer is waited for the `wait`th time. Whether it came before.
async fn leave_at(test: &TestApp, request: Request, wait: usize) -> bool {
    let router = TowerToHyperService::new(server::http::router(test.app.clone()));
    let mut answering = pin!(router.call(request));
    let mut waited = 0;
    std::future::poll_fn(|cx| match answering.as_mut().poll(cx) {
        Poll::Ready(answer) => Poll::Ready(answer.is_ok()),
        Poll::Pending if waited == wait => Poll::Ready(false),
        Poll::Pending => {
            waited += 1;
            Poll::Pending
        }
    })
    .await
}

fn request(secret: &str, path: &str, body: &Value) -> Request {
    let peer: SocketAddr = "127.0.0.1:1".parse().unwrap();
    Request::post(path)
        .header("host", "localhost")
        .header("authorization", format!("Bearer {secret}"))
        .header("if-match", "*")
        .header("content-type", "application/json")
        .extension(ConnectInfo(peer))
        .body(Body::from(body.to_string()))
        .unwrap()
}

async fn all_is_done(test: &TestApp) {
    until("what was begun is done", async || {
        test.app.begun.is_empty().then_some(())
    })
    .await;
}

async fn is_wished(test: &TestApp, lab: LabId) -> bool {
    let wishes = test.app.store.run_wishes(lab).await.unwrap();
    wishes.values().any(|wish| wish.on)
}

#[tokio::test]
async fn a_client_that_leaves_at_any_wait_leaves_no_wish_without_its_job() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let (mut wait, mut done_alone) = (0, 0);
    for _ in 0..TRIES {
        let lab = lab_of(&ada, &["h1"]).await.lab.id;
        let path = format!("/api/v1/labs/{lab}/start");
        let asked = request(ada.secret().unwrap(), &path, &json!({}));
        let answered = leave_at(&test, asked, wait).await;
        all_is_done(&test).await;
        let jobs = ada.jobs(&Paging::default()).await.unwrap().items;
        let jobs: Vec<_> = jobs.into_iter().filter(|job| job.lab == lab).collect();
        let has_job = jobs.iter().any(|job| job.act == JobAct::Start);
        assert_eq!(is_wished(&test, lab).await, has_job, "left at wait {wait}");
        done_alone += usize::from(has_job && !answered);
        for job in jobs {
            ada.job(job.id, 10).await.unwrap();
        }
        if answered && done_alone > 0 {
            break;
        }
        wait = if answered { 0 } else { wait + 1 };
    }
    assert!(done_alone > 0, "a client left after the first write");
    test.end().await;
}

#[tokio::test]
async fn a_client_that_leaves_at_any_wait_leaves_no_edit_untold() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    let (mut wait, mut done_alone) = (0, 0);
    for _ in 0..TRIES {
        let before = ada.lab(lab).await.unwrap().lab.revision;
        let (mut heard, _) = test.app.hub.subscribe(None);
        let path = format!("/api/v1/labs/{lab}/edits");
        let edit = json!({ "edit": { "edit": "set_lab", "name": format!("name {wait}") } });
        let answered = leave_at(&test, request(ada.secret().unwrap(), &path, &edit), wait).await;
        all_is_done(&test).await;
        let now = ada.lab(lab).await.unwrap().lab.revision;
        if now != before {
            let told = async {
                loop {
                    let events = test.app.hub.next(&mut heard).await.unwrap();
                    if events.iter().any(|event| event.text.contains("lab_edited")) {
                        return;
                    }
                }
            };
            let told = tokio::time::timeout(crate::app::SOON, told).await;
            told.unwrap_or_else(|_| panic!("left at wait {wait}: nobody was told"));
            done_alone += usize::from(!answered);
        }
        if answered && done_alone > 0 {
            break;
        }
        wait = if answered { 0 } else { wait + 1 };
    }
    assert!(done_alone > 0, "a client left after the first write");
    test.end().await;
}
