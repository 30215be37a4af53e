//! Clients that are slow, silent, or send without end.

use std::time::Duration;

use model::access::Role;
use server::border::{Border, HEAD_MAX_BYTES, HEADERS_MAX};

use crate::app::{TestApp, until};
use crate::wire::{Wire, address, ask};

fn hasty() -> Border {
    Border {
        head_within: Duration::from_millis(300),
        body_within: Duration::ZERO,
        upload_silence: Duration::from_millis(300),
        ..Border::default()
    }
}

#[tokio::test]
async fn a_head_that_does_not_come_to_its_end_is_given_up() {
    let test = TestApp::start_with_border(hasty()).await;
    let (mut silent, mut partial, mut idle) = (
        Wire::open(&test).await,
        Wire::open(&test).await,
        Wire::open(&test).await,
    );
    partial.send("GET /api/health HTTP/1.1\r\nHost: loc").await;
    idle.send("GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    assert_eq!(idle.answer().await.status, 200);
    assert!(silent.is_closed().await, "nothing sent");
    assert!(partial.is_closed().await, "half a head");
    assert!(idle.is_closed().await, "no next request");
    test.end().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_to_its_end_is_given_up() {
    let test = TestApp::start_with_border(hasty()).await;
    // A stranger's body has the shortest time.
    let head = "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json";
    for body in [
        "Content-Length: 40\r\n\r\n{\"user",
        "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"us",
    ] {
        let mut wire = Wire::open(&test).await;
        wire.send(format!("{head}\r\n{body}")).await;
        let answer = wire.answer().await;
        assert_eq!((answer.status, answer.code().as_str()), (408, "too_slow"));
        assert!(wire.is_closed().await);
    }
    test.end().await;
}

#[tokio::test]
async fn an_answer_that_nobody_reads_is_given_up_and_its_place_is_free() {
    let border = Border {
        connections: 1,
        answer_silence: Duration::from_millis(300),
        ..Border::default()
    };
    let test = TestApp::start_with_border(border).await;
    // More than the kernel keeps for a client, in answers of one connection.
    let requests = "GET /api/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(100);
    let mut reader = Wire::open(&test).await;
    reader.send(&requests).await;
    for _ in 0..100 {
        assert_eq!(reader.answer().await.status, 200);
    }
    drop(reader);
    let place = async || {
        let status = ask(&test, "GET /api/health", &["Connection: close"]).await;
        (status.status == 200).then_some(())
    };
    until("the place is free", place).await;
    let mut deaf = Wire::open(&test).await;
    deaf.send(&requests).await;
    until("the place is free again", place).await;
    assert!(deaf.is_closed().await);
    test.end().await;
}

#[tokio::test]
async fn a_head_has_a_size_and_a_number_of_headers() {
    let test = TestApp::start().await;
    let fits = format!("X-Long: {}", "x".repeat(HEAD_MAX_BYTES - 200));
    assert_eq!(ask(&test, "GET /api/health", &[&fits]).await.status, 200);
    let over = format!("X-Long: {}", "x".repeat(HEAD_MAX_BYTES));
    assert_eq!(ask(&test, "GET /api/health", &[&over]).await.status, 431);
    let many = |count: usize| (0..count).map(|n| format!("X-{n}: x")).collect::<Vec<_>>();
    let with = async |count: usize| {
        let headers = many(count);
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        ask(&test, "GET /api/health", &headers).await.status
    };
    assert_eq!(with(HEADERS_MAX - 1).await, 200);
    assert_eq!(with(HEADERS_MAX).await, 431);
    let long = format!("GET /{}", "x".repeat(HEAD_MAX_BYTES));
    let status = ask(&test, &long, &[]).await.status;
    assert!([414, 431].contains(&status), "{status}");
    test.end().await;
}

#[tokio::test]
async fn a_request_begun_as_administrator_is_refused_after_the_demotion() {
    let test = TestApp::start().await;
    let admin = test.log_in("admin").await;
    for (demoted, status) in [(false, 204), (true, 401)] {
        admin.set_role("ada", Role::Admin).await.unwrap();
        admin.set_role("bob", Role::Member).await.unwrap();
        let ada = test.log_in("ada").await;
        let body = r#"{"role":"admin"}"#;
        let mut wire = Wire::open(&test).await;
        wire.send(format!(
            "PUT /api/v1/users/bob/role HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
            address(&test),
            ada.secret().unwrap(),
            body.len()
        ))
        .await;
        // The body is asked for: the guard has let the head in.
        assert_eq!(wire.answer().await.status, 100);
        if demoted {
            admin.set_role("ada", Role::Member).await.unwrap();
        }
        wire.send(body).await;
        assert_eq!(wire.answer().await.status, status);
        let bob = admin.user("bob").await.unwrap().user.role;
        assert_eq!(bob == Role::Admin, !demoted);
    }
    test.end().await;
}
