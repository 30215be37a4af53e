//! What an operator sees: ids of requests, and the page of figures.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::StatusCode;

use super::app::{SOON, TestApp, done, lab_of};
use super::page::{Page, parse};

async fn page_of(test: &TestApp) -> Page {
    let answer = reqwest::get(format!("{}/api/metrics", test.url))
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let kind = answer.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    parse(&answer.text().await.unwrap()).unwrap()
}

#[tokio::test]
async fn every_answer_has_the_id_of_its_request_and_problems_name_it() {
    let test = TestApp::start().await;
    let client = reqwest::Client::new();
    let get = |path: &str| client.get(format!("{}{path}", test.url));
    let own = get("/api/health")
        .header("X-Request-Id", "trace-7.a")
        .send()
        .await
        .unwrap();
    assert_eq!(own.headers()["x-request-id"], "trace-7.a");
    let refused = get("/api/v1/labs")
        .header("X-Request-Id", "trace-8")
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);
    let problem: api::ApiError = refused.json().await.unwrap();
    assert_eq!(problem.request_id.as_deref(), Some("trace-8"));
    let page = get("/no-such-page").send().await.unwrap();
    assert_eq!(page.headers()["x-request-id"].len(), 32, "one is drawn");
    let forged = get("/api/health")
        .header("X-Request-Id", "a b=\"c\"")
        .send()
        .await
        .unwrap();
    assert_eq!(
        forged.headers()["x-request-id"].len(),
        32,
        "not what was sent"
    );
    test.end().await;
}

#[tokio::test]
async fn a_job_names_the_request_that_began_it() {
    let test = TestApp::start().await;
    let client = test.log_in("ada").await;
    let lab = lab_of(&client, &["r1", "r2"]).await.lab.id;
    let start = test.raw(&client, "POST", &format!("/api/v1/labs/{lab}/start"));
    let answer = start
        .header("X-Request-Id", "go-1")
        .json(&serde_json::json!({}))
        .send();
    let answer = answer.await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let job: api::job::Job = answer.json().await.unwrap();
    let ended = client.job(job.id, SOON.as_secs()).await.unwrap();
    assert_eq!(ended.request_id.as_deref(), Some("go-1"));
    test.end().await;
}

#[tokio::test]
async fn the_page_of_figures_tells_what_was_done() {
    let test = TestApp::start().await;
    let client = test.log_in("ada").await;
    let lab = lab_of(&client, &["r1", "r2"]).await.lab.id;
    done(&client, lab, api::job::JobAct::Start).await;
    let page = page_of(&test).await;
    let one = |name: &str, labels: &[(&str, &str)]| page.value(name, labels);
    assert_eq!(
        one("nova_ve_nodes", &[("kind", "netns"), ("state", "running")]),
        Some(2.0)
    );
    assert_eq!(one("nova_ve_labs", &[("state", "running")]), Some(1.0));
    assert_eq!(one("nova_ve_agent_connected", &[]), Some(1.0));
    assert_eq!(one("nova_ve_agent_supervisors", &[]), Some(2.0));
    assert_eq!(
        one("nova_ve_log_ins_total", &[("outcome", "ok")]),
        Some(1.0)
    );
    assert_eq!(one("nova_ve_sessions", &[]), Some(1.0));
    let ended = [("act", "start"), ("outcome", "succeeded")];
    assert_eq!(one("nova_ve_job_duration_seconds_count", &ended), Some(1.0));
    let asked = [("operation", "create_lab"), ("class", "2xx")];
    assert_eq!(
        one("nova_ve_http_request_duration_seconds_count", &asked),
        Some(1.0)
    );
    let commits = [("operation", "commit")];
    assert!(
        one(
            "nova_ve_database_operation_duration_seconds_count",
            &commits
        ) > Some(0.0)
    );
    let memory = one(
        "nova_ve_process_resident_memory_bytes",
        &[("program", "server")],
    );
    assert!(memory > Some(1_000_000.0), "{memory:?}");
    assert!(page.families.len() > 25, "{:?}", page.families);
    test.end().await;
}

#[tokio::test]
async fn figures_are_for_this_host_alone_and_a_proxy_is_another() {
    let test = TestApp::start().await;
    page_of(&test).await;
    let client = reqwest::Client::new();
    for name in ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"] {
        let asked = client
            .get(format!("{}/api/metrics", test.url))
            .header(name, "192.0.2.1");
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status(), 404, "{name}");
        let unknown = client
            .get(format!("{}/api/no-such-thing", test.url))
            .send()
            .await
            .unwrap();
        let (answer, unknown): (api::ApiError, api::ApiError) =
            (answer.json().await.unwrap(), unknown.json().await.unwrap());
        assert_eq!(answer.code, unknown.code, "as if there were nothing");
    }
    test.end().await;
}

#[tokio::test]
async fn no_client_can_make_the_page_of_figures_longer() {
    let test = TestApp::start().await;
    let client = reqwest::Client::new();
    let ask = |method: &str, path: String| {
        let method = method.parse().unwrap();
        client.request(method, format!("{}{path}", test.url)).send()
    };
    let names = |page: &Page| -> BTreeSet<(String, BTreeMap<String, String>)> {
        let samples = page.samples.iter();
        samples
            .map(|(name, labels, _)| (name.clone(), labels.clone()))
            .collect()
    };
    // Each class of answer once, so that its rows are there already.
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/api/v1/x"),
        ("DELETE", "/api/health"),
    ] {
        ask(method, path.into()).await.unwrap();
    }
    ask("GET", "/api/v1/labs/x".into()).await.unwrap();
    page_of(&test).await;
    let before = names(&page_of(&test).await);
    for number in 0..200 {
        ask("GET", format!("/{number}%22%7D%0Aforged%201"))
            .await
            .unwrap();
        ask("GET", format!("/api/v1/labs/{number}%0A%22"))
            .await
            .unwrap();
        ask("GET", format!("/api/{number}?operation={number}"))
            .await
            .unwrap();
        ask(&format!("X{number}"), "/api/health".into())
            .await
            .unwrap();
    }
    let after = names(&page_of(&test).await);
    let new: Vec<_> = after.difference(&before).collect();
    assert!(new.is_empty(), "{new:?}");
    test.end().await;
}
