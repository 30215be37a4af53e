//! Every operation of the document refuses who may not: a stranger, and a user who is not the owner.

use std::collections::BTreeSet;

use api::client::Client;
use api::job::JobAct;
use api::lab::Selection;
use serde_json::{Value, json};

use crate::app::{TestApp, lab_of};

/// An operation of the document.
struct Operation {
    id: String,
    method: String,
    path: String,
}

/// A body that the operation takes, so that nothing but the caller is wrong with the request.
fn body_for(id: &str) -> Option<Value> {
    let end = json!({ "interface": { "node": 1, "interface": 0 } });
    Some(match id {
        "create_session" => json!({ "username": "ada", "password": "wrong" }),
        "create_lab" | "create_network" | "replace_network" => json!({ "name": "x" }),
        "import_lab" => json!({ "lab": { "schema": 1, "id": uuid::Uuid::nil(), "name": "x" } }),
        "create_edit" => json!({ "edit": { "edit": "set_lab", "name": "x" } }),
        "create_node" => json!({ "template": "host" }),
        "create_link" | "replace_link" => json!({ "a": end, "b": { "network": 1 } }),
        "replace_node" => json!({ "name": "x", "kind": "netns", "settings": {} }),
        "exec_in_node" => json!({ "argv": ["true"] }),
        _ => return None,
    })
}

fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(&server::http::openapi::text()).unwrap();
    let paths = document["paths"].as_object().unwrap().iter();
    let all = paths.flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .iter()
            .map(|(method, operation)| Operation {
                id: operation["operationId"].as_str().unwrap().into(),
                method: method.to_uppercase(),
                path: path.clone(),
            })
    });
    all.collect()
}

/// A request for the operation in the given lab with nothing wrong but, perhaps, the caller.
fn request(test: &TestApp, operation: &Operation, lab: &str, job: &str) -> reqwest::RequestBuilder {
    let path = operation.path.replace("{lab}", lab).replace("{job}", job);
    let path = ["{node}", "{network}", "{link}"]
        .iter()
        .fold(path, |path, part| path.replace(part, "1"))
        .replace("{console}", "shell")
        .replace("{name}", "ospf-triangle");
    let url = format!("{}{path}", test.url);
    let method = operation.method.parse().unwrap();
    let request = reqwest::Client::new()
        .request(method, url)
        .header("if-match", "*");
    let request = match operation.id.as_str() {
        "get_files" | "put_files" => request.query(&[("path", "/etc")]),
        "watch_events" => request.query(&[("lab", lab)]),
        _ => request,
    };
    let request = match operation.id.as_str() {
        "watch_events" | "open_console" | "stream_exec_in_node" => request
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        _ => request,
    };
    match body_for(&operation.id) {
        Some(body) => request.json(&body),
        None => request,
    }
}

async fn status(request: reqwest::RequestBuilder, client: Option<&Client>) -> u16 {
    let request = match client.and_then(Client::secret) {
        Some(secret) => request.bearer_auth(secret),
        None => request,
    };
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_stranger_is_refused_everywhere_but_at_the_listed_doors() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab.id.to_string();
    let open: BTreeSet<&str> = include_str!("public.txt").lines().collect();
    let job = uuid::Uuid::nil().to_string();
    let mut found = BTreeSet::new();
    let all = operations();
    for operation in &all {
        let request = request(&test, operation, &lab, &job);
        if status(request, None).await != 401 || operation.id == "create_session" {
            found.insert(operation.id.as_str());
        }
    }
    assert_eq!(
        found, open,
        "tests/api/public.txt lists what strangers may do"
    );
    assert!(all.len() > 50, "the document was read");
    test.end().await;
}

#[tokio::test]
async fn another_member_does_not_find_the_lab_whatever_is_asked() {
    let test = TestApp::start().await;
    let (ada, bob) = (test.log_in("ada").await, test.log_in("bob").await);
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    let job = ada
        .act(lab, JobAct::Start, &Selection::default())
        .await
        .unwrap();
    ada.job(job.id, 10).await.unwrap();
    let (lab, job) = (lab.to_string(), job.id.to_string());
    let mut asked = 0;
    for operation in operations() {
        let concerns = ["{lab}", "{job}"]
            .iter()
            .any(|part| operation.path.contains(part));
        if !concerns && operation.id != "watch_events" {
            continue;
        }
        let answer = status(request(&test, &operation, &lab, &job), Some(&bob)).await;
        assert_eq!(answer, 404, "{} for another member", operation.id);
        asked += 1;
    }
    assert!(asked > 40, "only {asked} operations concern a lab");
    test.end().await;
}

#[tokio::test]
async fn the_owner_is_let_in_by_the_same_requests() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    for id in [
        "get_lab",
        "list_edits",
        "create_edit",
        "create_node",
        "get_node",
        "watch_events",
    ] {
        let lab = lab_of(&ada, &["h1"]).await.lab.id.to_string();
        let operation = operations().into_iter().find(|one| one.id == id).unwrap();
        let answer = status(request(&test, &operation, &lab, ""), Some(&ada)).await;
        assert!(answer < 300, "{id}: {answer}");
    }
    test.end().await;
}

#[tokio::test]
async fn lists_show_only_what_may_be_seen() {
    let test = TestApp::start().await;
    let (ada, bob, admin) = (
        test.log_in("ada").await,
        test.log_in("bob").await,
        test.log_in("admin").await,
    );
    lab_of(&ada, &["h1"]).await;
    assert_eq!(ada.labs().await.unwrap().len(), 1);
    assert_eq!(bob.labs().await.unwrap().len(), 0);
    assert_eq!(admin.labs().await.unwrap().len(), 1);
    test.end().await;
}
