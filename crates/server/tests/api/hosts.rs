//! Names that are not ours: a page of another site whose name points at our address.

use crate::app::{PASSWORD, TestApp};
use crate::wire::{address, ask, ask_body};
use server::border::Border;

#[tokio::test]
async fn a_page_whose_name_was_pointed_at_us_gets_nothing() {
    let test = TestApp::start_with_border(Border::default()).await;
    let body = format!("{{\"username\":\"ada\",\"password\":\"{PASSWORD}\"}}");
    let log_in = async |host: &str| {
        let headers = [format!("Host: {host}"), format!("Origin: http://{host}")];
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        let answer = ask_body(&test, "POST /api/v1/session", &headers, &body).await;
        answer.status
    };
    for ours in [
        address(&test),
        "localhost:8000",
        "lab.example",
        "rack7.local:8000",
    ] {
        assert_eq!(log_in(ours).await, 201, "{ours}");
    }
    for other in [
        "evil.example",
        "evil.example:8000",
        "lab.example.evil.example",
    ] {
        assert_eq!(log_in(other).await, 421, "{other}");
    }
    for path in [
        "/",
        "/labs/x",
        "/api/health",
        "/api/docs",
        "/api/v1/events",
        "/assets/x",
    ] {
        let answer = ask(&test, &format!("GET {path}"), &["Host: evil.example"]).await;
        assert_eq!((answer.status, answer.code().as_str()), (421, "wrong_host"));
        assert!(
            answer.body.contains("NOVA_VE_ALLOWED_HOSTS"),
            "{}",
            answer.body
        );
    }
    test.end().await;
}

#[tokio::test]
async fn a_request_names_exactly_one_host() {
    let test = TestApp::start().await;
    let ask = async |line: &str, headers: &[&str]| ask(&test, line, headers).await.status;
    assert_eq!(ask("GET /api/health", &["Host: localhost"]).await, 200);
    assert_eq!(
        ask("GET http://localhost/api/health", &["Host: localhost"]).await,
        200
    );
    for (line, headers) in [
        ("GET /api/health", &["Host:"][..]),
        (
            "GET /api/health",
            &["Host: localhost", "Host: evil.example"],
        ),
        ("GET http://evil.example/api/health", &["Host: localhost"]),
        ("GET /api/health", &["Host: ada@localhost"]),
        ("GET /api/health", &["Host: local/host"]),
    ] {
        assert_eq!(ask(line, headers).await, 400, "{line} {headers:?}");
    }
    let mut wire = crate::wire::Wire::open(&test).await;
    wire.send("GET /api/health HTTP/1.1\r\n\r\n").await;
    assert_eq!(wire.answer().await.status, 400, "no host");
    test.end().await;
}
