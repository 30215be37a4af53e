//! Bad input: a clear answer, and nothing changed.

use api::ApiError;
use reqwest::header;

use crate::app::{TestApp, lab_of};

const IMPORT: &str = "/api/v1/labs/import";

async fn import(test: &TestApp, body: impl Into<reqwest::Body>) -> ApiError {
    let ada = test.log_in("ada").await;
    let request = test.raw(&ada, "POST", IMPORT).body(body);
    let request = request.header(header::CONTENT_TYPE, "application/json");
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn truncated_json_is_refused_with_line_and_column() {
    let test = TestApp::start().await;
    let problem = import(&test, "{\n  \"lab\": {").await;
    assert_eq!(
        (problem.status, problem.code.as_str()),
        (400, "invalid_json")
    );
    assert!(problem.title.contains("line 2 column"), "{problem}");
    test.end().await;
}

#[tokio::test]
async fn deep_nesting_is_refused() {
    let test = TestApp::start().await;
    let problem = import(&test, format!("{{\"lab\":{}", "[".repeat(1_000_000))).await;
    assert_eq!(problem.status, 400, "{problem}");
    let deep = format!("{{\"x\":{}{}}}", "{\"x\":".repeat(5000), "}".repeat(5000));
    let lab = format!("{{\"lab\":{{\"schema\":1,\"name\":\"x\",\"extra\":{deep}}}}}");
    let problem = import(&test, lab).await;
    assert!(problem.title.contains("recursion limit"), "{problem}");
    test.end().await;
}

#[tokio::test]
async fn a_huge_lab_is_refused_with_the_limit_in_words() {
    let test = TestApp::start().await;
    let problem = import(&test, vec![b' '; 17 * 1024 * 1024]).await;
    assert_eq!((problem.status, problem.code.as_str()), (413, "too_large"));
    assert!(problem.title.contains("16777216"), "{problem}");
    test.end().await;
}

#[tokio::test]
async fn unknown_fields_and_other_media_types_are_refused() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let body = serde_json::json!({ "name": "x", "colour": "red" });
    let answer = test
        .raw(&ada, "POST", "/api/v1/labs")
        .json(&body)
        .send()
        .await
        .unwrap();
    let problem: ApiError = answer.json().await.unwrap();
    assert!(
        problem.title.contains("unknown field `colour`"),
        "{problem}"
    );
    let request = test
        .raw(&ada, "POST", "/api/v1/labs")
        .body("{\"name\":\"x\"}");
    let request = request.header(header::CONTENT_TYPE, "text/plain");
    assert_eq!(request.send().await.unwrap().status(), 415);
    let answer = test
        .raw(&ada, "GET", "/api/v1/labs?colour=red")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 400);
    test.end().await;
}

#[tokio::test]
async fn ids_out_of_range_are_things_that_are_not_there() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    for path in [
        format!("/api/v1/labs/{lab}/nodes/10000"),
        format!("/api/v1/labs/{lab}/nodes/x"),
        format!("/api/v1/labs/{lab}/links/0"),
        "/api/v1/labs/not-a-uuid".into(),
    ] {
        let answer = test.raw(&ada, "GET", &path).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        let problem: ApiError = answer.json().await.unwrap();
        assert_eq!(problem.code, "not_found");
    }
    test.end().await;
}

#[tokio::test]
async fn an_invalid_lab_is_refused_with_everything_that_is_wrong() {
    let test = TestApp::start().await;
    let lab = serde_json::json!({ "lab": {
        "schema": 1, "id": uuid::Uuid::new_v4(), "name": "x",
        "nodes": {
            "1": { "name": "same", "kind": "netns", "settings": {} },
            "2": { "name": "SAME", "kind": "netns", "settings": {} },
            "3": { "name": "bad\u{0}name", "kind": "netns", "settings": {} },
        },
    }});
    let problem = import(&test, lab.to_string()).await;
    assert_eq!(
        (problem.status, problem.code.as_str()),
        (422, "invalid_lab")
    );
    assert!(problem.problems.len() >= 2, "{problem}");
    test.end().await;
}
