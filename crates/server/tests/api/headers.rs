//! Headers of every kind of answer, methods, and paths that want to be something else.

use crate::app::{TestApp, lab_of};
use crate::wire::{Answer, ask, ask_body};

const API: &str = "default-src 'none'; frame-ancestors 'none'";

fn assert_guarded(path: &str, answer: &Answer) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{name} of {path}");
    }
    assert!(answer.header("permissions-policy").contains("camera=()"));
    let policy = answer.header("content-security-policy");
    assert!(
        policy.contains("frame-ancestors 'none'"),
        "{path}: {policy}"
    );
    assert!(
        !policy.contains("unsafe-eval") && !policy.contains('*'),
        "{policy}"
    );
    let told = |name: &str| name.starts_with("access-control-") || name == "server";
    assert!(!answer.names().any(told), "{path}: {answer:?}");
}

#[tokio::test]
async fn every_answer_has_the_headers_of_its_kind() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let bearer = format!("Authorization: Bearer {}", ada.secret().unwrap());
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    let export = format!("GET /api/v1/labs/{lab}/export");
    for (line, status, policy) in [
        ("GET /api/health", 200, API),
        ("GET /api/openapi.json", 200, API),
        ("GET /api/docs", 200, "default-src 'none'; style-src 'self'"),
        ("GET /api/v1/labs", 200, API),
        (export.as_str(), 200, API),
        ("GET /api/nothing", 404, API),
        ("GET /api/v1/labs/nothing", 404, API),
        ("GET /api/v1/labs?colour=red", 400, API),
        ("GET /api/v1/events", 400, API),
        ("PATCH /api/v1/labs", 405, API),
        ("POST /api/v1/labs", 415, API),
        ("GET /", 200, "default-src 'self'"),
        ("GET /labs/anything", 200, "default-src 'self'"),
        ("GET /assets/none.js", 404, "default-src 'self'"),
        ("POST /", 405, "default-src 'self'"),
    ] {
        let answer = ask(&test, line, &[&bearer]).await;
        assert_eq!(answer.status, status, "{line}");
        assert_guarded(line, &answer);
        let given = answer.header("content-security-policy");
        assert!(given.starts_with(policy), "{line}: {given}");
        let cached = answer.header("cache-control");
        assert!(
            !line.contains("/api/v1") || cached == "no-store",
            "{line}: {cached}"
        );
    }
    let answer = ask(&test, &export, &[&bearer]).await;
    let file = answer.header("content-disposition");
    assert!(file.starts_with("attachment; filename=\""), "{file}");
    let answer = ask(&test, "GET /api/v1/labs", &[]).await;
    assert_eq!(answer.status, 401);
    assert_guarded("refused", &answer);
    test.end().await;
}

#[tokio::test]
async fn no_other_site_is_allowed_anything_by_cors() {
    let test = TestApp::start().await;
    for path in ["/api/v1/labs", "/api/v1/session", "/api/health", "/"] {
        let headers = [
            "Origin: http://elsewhere.example",
            "Access-Control-Request-Method: POST",
            "Access-Control-Request-Headers: content-type",
        ];
        let answer = ask(&test, &format!("OPTIONS {path}"), &headers).await;
        assert!([401, 405].contains(&answer.status), "{path}: {answer:?}");
        assert_guarded(path, &answer);
        let answer = ask(&test, &format!("GET {path}"), &headers[..1]).await;
        assert_guarded(path, &answer);
    }
    test.end().await;
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let bearer = format!("Authorization: Bearer {}", ada.secret().unwrap());
    for (path, method, allowed) in [
        ("/api/v1/labs", "DELETE", "GET,HEAD,POST"),
        ("/api/v1/labs", "TRACE", "GET,HEAD,POST"),
        ("/api/health", "POST", "GET,HEAD"),
        ("/api/v1/session", "PROPFIND", "DELETE,GET,HEAD,POST"),
        ("/", "PUT", "GET,HEAD"),
    ] {
        let answer = ask(&test, &format!("{method} {path}"), &[&bearer]).await;
        assert_eq!(answer.status, 405, "{method} {path}");
        let mut named: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
        named.sort_unstable();
        named.dedup();
        assert_eq!(named.join(","), allowed, "{method} {path}");
    }
    let head = ask(&test, "HEAD /api/health", &[]).await;
    assert_eq!((head.status, head.body.trim_end_matches('\0')), (200, ""));
    test.end().await;
}

#[tokio::test]
async fn paths_with_tricks_lead_nowhere() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let bearer = format!("Authorization: Bearer {}", ada.secret().unwrap());
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    let long = "x".repeat(20_000);
    for path in [
        "/api/v1/../v1/labs".to_owned(),
        "/api/v1/%2e%2e/v1/labs".into(),
        "/api/v1/labs/..%2f..%2flabs".into(),
        "/api/v1//labs".into(),
        "/api/v1/labs/".into(),
        "/api/v1/labs/%00".into(),
        format!("/api/v1/labs/{lab}%00"),
        format!("/api/v1/labs/{lab}%2fstatus"),
        format!("/api/v1/labs/{lab}/nodes/1/consoles/..%2f..%2fetc"),
        format!("/api/v1/labs/{lab}/nodes/%ff"),
        format!("/api/v1/labs/{long}"),
        format!("/api/{long}"),
    ] {
        let answer = ask(&test, &format!("GET {path}"), &[&bearer]).await;
        let refused = [400, 404].contains(&answer.status);
        assert!(refused, "{} for {:.60}", answer.status, path);
        assert!(answer.body.len() < 4096, "{} bytes back", answer.body.len());
        assert!(!answer.body.contains("root:"));
    }
    // Not below /api, so the web client: never a file of the host, never an answer of the API.
    for path in [
        "//api/v1/labs",
        "/%61pi/v1/labs",
        "/..%2f..%2fetc/passwd",
        "/%00",
        "/../../etc/passwd",
    ] {
        let answer = ask(&test, &format!("GET {path}"), &[&bearer]).await;
        assert!([200, 404].contains(&answer.status), "{path}");
        assert!(!answer.body.contains("root:"), "{path}");
        assert!(!answer.header("content-type").contains("json"), "{path}");
    }
    test.end().await;
}

#[tokio::test]
async fn reading_changes_nothing() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let bearer = format!("Authorization: Bearer {}", ada.secret().unwrap());
    let lab = lab_of(&ada, &["h1", "h2"]).await.lab;
    let document: serde_json::Value = serde_json::from_str(&server::http::openapi::text()).unwrap();
    let mut asked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        if item.get("get").is_none() {
            continue;
        }
        let path = path.replace("{lab}", &lab.id.to_string());
        let path = path.replace("{job}", &uuid::Uuid::nil().to_string());
        let path = ["{node}", "{network}", "{link}"]
            .iter()
            .fold(path, |path, part| path.replace(part, "1"));
        let path = path.replace("{console}", "shell").replace("{user}", "ada");
        let answer = ask(&test, &format!("GET {path}"), &[&bearer]).await;
        assert!(answer.status < 500, "{path}: {answer:?}");
        asked += 1;
    }
    assert!(asked > 15, "only {asked} operations read");
    assert_eq!(ada.lab(lab.id).await.unwrap().lab.revision, lab.revision);
    assert_eq!(ada.labs().await.unwrap().len(), 1);
    assert!(ada.session().await.is_ok(), "still logged in");
    test.end().await;
}

#[tokio::test]
async fn two_lengths_never_make_a_second_request() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let bearer = format!("Authorization: Bearer {}", ada.secret().unwrap());
    let hidden = "GET /api/v1/labs HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let smuggle = async |framing: &str, body: &str| {
        let mut wire = crate::wire::Wire::open(&test).await;
        let head = format!(
            "POST /api/v1/labs HTTP/1.1\r\nHost: localhost\r\n{bearer}\r\nContent-Type: application/json\r\n{framing}\r\n\r\n"
        );
        wire.send(format!("{head}{body}{hidden}")).await;
        let first = wire.answer().await.status;
        (first, wire)
    };
    for framing in [
        "Content-Length: 4\r\nContent-Length: 200",
        "Content-Length: +4",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: xchunked",
        "Content-Length: 4\r\nTransfer-Encoding: xchunked",
    ] {
        let (status, mut wire) = smuggle(framing, "").await;
        assert_eq!(status, 400, "{framing}");
        assert!(wire.is_closed().await, "{framing}");
    }
    let made = "{\"name\":\"x\"}";
    let chunked = format!("{:x}\r\n{made}\r\n0\r\n\r\n", made.len());
    let both = "Content-Length: 4\r\nTransfer-Encoding: chunked";
    let (status, mut wire) = smuggle(both, &chunked).await;
    assert!([201, 400].contains(&status), "{status}");
    assert!(
        wire.is_closed().await,
        "nothing is read after such a request"
    );
    // Honest requests one behind the other are answered one after the other.
    let mut wire = crate::wire::Wire::open(&test).await;
    let one = "GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    wire.send(format!("{one}{one}")).await;
    assert_eq!(
        [wire.answer().await.status, wire.answer().await.status],
        [200, 200]
    );
    let answer = ask_body(&test, "POST /api/v1/labs", &[&bearer], made).await;
    assert_eq!(answer.status, 201);
    test.end().await;
}
