//! Log-in, log-out, origins, limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use api::client::{Client, ClientError};
use api::event::WatchEvents;
use reqwest::header;
use server::clock::Clock;
use store::By;

use crate::app::{PASSWORD, SOON, TestApp, manual_clock};

const HOUR_MS: u64 = 60 * 60 * 1000;

#[tokio::test]
async fn the_right_password_begins_a_session_and_log_out_ends_it() {
    let test = TestApp::start().await;
    let (ada, session) = Client::log_in(&test.url, "ada", PASSWORD).await.unwrap();
    assert_eq!(session.user.username, "ada");
    assert_eq!(ada.session().await.unwrap().user, session.user);
    ada.log_out().await.unwrap();
    let error = ada.session().await.unwrap_err();
    assert_eq!(error.code(), Some("unauthenticated"));
    test.end().await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_answer_alike() {
    let test = TestApp::start().await;
    let refusal = async |name| match Client::log_in(&test.url, name, "wrong").await {
        Err(ClientError::Api(problem)) => api::ApiError {
            request_id: None,
            ..*problem
        },
        other => panic!("not refused: {other:?}"),
    };
    assert_eq!(refusal("ada").await, refusal("nobody").await);
    test.end().await;
}

#[tokio::test]
async fn guessing_a_password_is_stopped_also_for_who_then_knows_it() {
    let test = TestApp::start_with(manual_clock().0).await;
    for _ in 0..10 {
        let error = Client::log_in(&test.url, "ada", "wrong").await.unwrap_err();
        assert_eq!(error.code(), Some("wrong_password"));
    }
    let error = Client::log_in(&test.url, "ada", PASSWORD)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("too_many_attempts"));
    test.log_in("bob").await;
    test.end().await;
}

#[tokio::test]
async fn a_jump_of_the_hosts_clock_keeps_nobody_out() {
    let now_ms = Arc::new(AtomicU64::new(1_790_000_000_000));
    let test = TestApp::start_with(Clock::Wall(now_ms.clone())).await;
    let wrong = async || Client::log_in(&test.url, "ada", "wrong").await.unwrap_err();
    for _ in 0..5 {
        assert_eq!(wrong().await.code(), Some("wrong_password"));
    }
    now_ms.fetch_sub(48 * HOUR_MS, Ordering::Relaxed);
    test.log_in("ada").await;
    test.end().await;
}

#[tokio::test]
async fn a_session_ends_after_twelve_idle_hours_and_after_seven_days() {
    let (clock, now_ms) = manual_clock();
    let test = TestApp::start_with(clock).await;
    let ada = test.log_in("ada").await;
    for _ in 0..15 {
        now_ms.fetch_add(11 * HOUR_MS, Ordering::Relaxed);
        ada.session().await.unwrap();
    }
    now_ms.fetch_add(4 * HOUR_MS, Ordering::Relaxed);
    assert!(ada.session().await.is_err(), "older than seven days");
    let ada = test.log_in("ada").await;
    now_ms.fetch_add(13 * HOUR_MS, Ordering::Relaxed);
    assert!(ada.session().await.is_err(), "idle");
    test.end().await;
}

#[tokio::test]
async fn a_cookie_changes_something_only_from_our_own_pages() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let post = async |origin: Option<&str>| {
        let request = reqwest::Client::new()
            .post(format!("{}/api/v1/labs", test.url))
            .header(
                header::COOKIE,
                format!("nova_session={}", ada.secret().unwrap()),
            )
            .json(&serde_json::json!({ "name": "by cookie" }));
        let request = match origin {
            Some(origin) => request.header(header::ORIGIN, origin),
            None => request,
        };
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(post(Some(&test.url)).await, 201);
    assert_eq!(post(None).await, 403);
    assert_eq!(post(Some("null")).await, 403);
    assert_eq!(post(Some("http://elsewhere.example")).await, 403);
    assert_eq!(post(Some(&test.url.replace("http", "https"))).await, 403);
    test.end().await;
}

#[tokio::test]
async fn a_cookie_opens_a_web_socket_only_from_our_own_pages() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let open = async |origin: Option<&str>| {
        use tokio_tungstenite::tungstenite::client::IntoClientRequest;
        let url = format!("{}/api/v1/events", test.url.replace("http", "ws"));
        let mut request = url.into_client_request().unwrap();
        let headers = request.headers_mut();
        let cookie = format!("nova_session={}", ada.secret().unwrap());
        headers.insert("cookie", cookie.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert("origin", origin.parse().unwrap());
        }
        tokio_tungstenite::connect_async(request).await.is_ok()
    };
    assert!(open(Some(&test.url)).await);
    assert!(!open(None).await);
    assert!(!open(Some("http://elsewhere.example")).await);
    test.end().await;
}

#[tokio::test]
async fn another_site_cannot_log_a_browser_in() {
    let test = TestApp::start().await;
    let answer = reqwest::Client::new()
        .post(format!("{}/api/v1/session", test.url))
        .header(header::ORIGIN, "http://elsewhere.example")
        .json(&serde_json::json!({ "username": "ada", "password": PASSWORD }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 403);
    test.end().await;
}

#[tokio::test]
async fn log_out_closes_open_sockets_within_two_seconds() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let mut events = ada.events(&WatchEvents::default()).await.unwrap();
    events.next().await.unwrap().unwrap();
    ada.log_out().await.unwrap();
    let closed = async { while events.next().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(2), closed)
        .await
        .unwrap();
    test.end().await;
}

#[tokio::test]
async fn a_password_changed_on_the_host_closes_open_sockets() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let mut events = ada.events(&WatchEvents::default()).await.unwrap();
    events.next().await.unwrap().unwrap();
    // As `nova-ve-server user reset` does, beside the server.
    let user = test.app.store.user_named("ada").await.unwrap().unwrap();
    test.app
        .store
        .set_password(By::Machine, user.id, "$argon2id$other")
        .await
        .unwrap();
    let closed = async { while events.next().await.is_some() {} };
    tokio::time::timeout(SOON, closed).await.unwrap();
    test.end().await;
}
