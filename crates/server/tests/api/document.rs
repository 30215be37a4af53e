//! The document, its page, and what is not the API.

use crate::app::TestApp;

/// `cargo run -p nova-server -- openapi > crates/server/openapi.json` writes it again.
#[test]
fn the_checked_in_document_is_that_of_the_routes() {
    let checked_in = include_str!("../../openapi.json");
    assert!(
        checked_in == server::http::openapi::text(),
        "openapi.json is stale; write it again by `nova-ve-server openapi`"
    );
}

#[tokio::test]
async fn the_docs_page_loads_nothing_from_elsewhere() {
    let test = TestApp::start().await;
    let page = reqwest::get(format!("{}/api/docs", test.url))
        .await
        .unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let body = page.text().await.unwrap();
    assert!(!body.contains("//"), "an address of elsewhere in {body}");
    for file in [
        "/api/docs/docs.css",
        "/api/docs/docs.js",
        "/api/openapi.json",
    ] {
        let answer = reqwest::get(format!("{}{file}", test.url)).await.unwrap();
        assert_eq!(answer.status(), 200, "{file}");
    }
    test.end().await;
}

#[tokio::test]
async fn every_other_path_is_the_web_client_and_never_under_api() {
    let test = TestApp::start().await;
    for path in ["/", "/labs/anything"] {
        let answer = reqwest::get(format!("{}{path}", test.url)).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(
            answer.text().await.unwrap().contains("<!doctype html>"),
            "{path}"
        );
    }
    let answer = reqwest::get(format!("{}/api/labs", test.url))
        .await
        .unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    test.end().await;
}

#[tokio::test]
async fn a_wrong_method_answers_405_with_words() {
    let test = TestApp::start().await;
    let admin = test.log_in("admin").await;
    for path in ["/api/v1/labs", "/api/v1/session", "/api/health"] {
        let answer = test.raw(&admin, "PATCH", path).send().await.unwrap();
        assert_eq!(answer.status(), 405, "{path}");
        let problem: api::ApiError = answer.json().await.unwrap();
        assert_eq!(problem.code, "method_not_allowed");
    }
    test.end().await;
}
