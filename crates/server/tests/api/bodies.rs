//! Bodies that are too large, packed, doubled or no text; and how little of them comes back.

use crate::app::{TestApp, lab_of};
use crate::wire::{Answer, ask, ask_body};

const MIB: usize = 1 << 20;

async fn post(test: &TestApp, path: &str, more: &str, body: &[u8]) -> Answer {
    let ada = test.log_in("ada").await;
    let mut wire = crate::wire::Wire::open(test).await;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\nIf-Match: *\r\n\
         Content-Type: application/json\r\n{more}Content-Length: {}\r\n\r\n",
        ada.secret().unwrap(),
        body.len()
    );
    wire.send([head.as_bytes(), body].concat()).await;
    wire.answer().await
}

/// A body of exactly `bytes` that would make a lab.
fn lab_body(bytes: usize) -> Vec<u8> {
    let lab = br#"{"name":"x"}"#;
    let mut body = vec![b' '; bytes - lab.len()];
    body.extend_from_slice(lab);
    body
}

#[tokio::test]
async fn a_body_of_two_mebibytes_fits_and_a_larger_one_is_refused() {
    let test = TestApp::start().await;
    let labs = "/api/v1/labs";
    assert_eq!(post(&test, labs, "", &lab_body(2 * MIB)).await.status, 201);
    let over = post(&test, labs, "", &lab_body(2 * MIB + 1)).await;
    assert_eq!((over.status, over.code().as_str()), (413, "too_large"));
    test.end().await;
}

#[tokio::test]
async fn a_strangers_body_is_small() {
    let test = TestApp::start().await;
    let log_in = async |bytes: usize| {
        let words = r#"{"username":"nobody","password":"wrong"}"#;
        let body = format!("{}{words}", " ".repeat(bytes - words.len()));
        ask_body(&test, "POST /api/v1/session", &[], &body)
            .await
            .status
    };
    assert_eq!(log_in(8 << 10).await, 401);
    assert_eq!(log_in((8 << 10) + 1).await, 413);
    test.end().await;
}

#[tokio::test]
async fn bodies_that_are_no_plain_json_are_refused_with_words() {
    let test = TestApp::start().await;
    let labs = "/api/v1/labs";
    assert_eq!(
        post(&test, labs, "Content-Encoding: identity\r\n", &lab_body(20))
            .await
            .status,
        201
    );
    let packed = post(&test, labs, "Content-Encoding: gzip\r\n", &lab_body(20)).await;
    assert_eq!(
        (packed.status, packed.code().as_str()),
        (415, "wrong_encoding")
    );
    for (body, words) in [
        (&b"\xEF\xBB\xBF{\"name\":\"x\"}"[..], "byte order mark"),
        (b"{\"name\":\"x\",\"name\":\"y\"}", "duplicate field `name`"),
        (b"{\"name\":\"\xFF\"}", "invalid unicode"),
        (b"{\"name\":\"\\ud800\"}", "hex escape"),
        (b"{\"name\":\"x\"} x", "trailing characters"),
        (b"{\"name\":", "EOF"),
        (b"", "EOF"),
    ] {
        let answer = post(&test, labs, "", body).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "invalid_json")
        );
        assert!(answer.body.contains(words), "{}", answer.body);
    }
    test.end().await;
}

#[tokio::test]
async fn a_refusal_repeats_little_of_what_was_sent() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let bearer = format!("Authorization: Bearer {}", ada.secret().unwrap());
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    let long = "y".repeat(500_000);
    for (path, body) in [
        (
            "/api/v1/labs".to_owned(),
            format!("{{\"name\":\"{long}\"}}"),
        ),
        ("/api/v1/labs".into(), format!("{{\"{long}\":1}}")),
        (
            format!("/api/v1/labs/{lab}/nodes"),
            format!("{{\"template\":\"{long}\"}}"),
        ),
        (
            format!("/api/v1/labs/{lab}/edits"),
            format!("{{\"edit\":{{\"edit\":\"{long}\"}}}}"),
        ),
        (
            format!("/api/v1/labs/{lab}/edits"),
            format!("{{\"edit\":{{\"edit\":\"set_lab\",\"name\":\"{long}\"}}}}"),
        ),
    ] {
        let answer = post(&test, &path, "", body.as_bytes()).await;
        assert!(
            (400..500).contains(&answer.status),
            "{path}: {}",
            answer.status
        );
        assert!(
            answer.body.len() < 4096,
            "{path}: {} bytes came back",
            answer.body.len()
        );
    }
    let long = "y".repeat(20_000);
    let headers = [
        (bearer.as_str(), format!("If-Match: {long}")),
        (&bearer, format!("Origin: http://{long}")),
    ];
    for (bearer, header) in headers {
        let answer = ask(
            &test,
            &format!("POST /api/v1/labs/{lab}/undo"),
            &[bearer, &header],
        )
        .await;
        assert!(answer.body.len() < 4096, "{} bytes", answer.body.len());
    }
    test.end().await;
}
