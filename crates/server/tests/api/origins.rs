//! What a browser may be made to do: every operation, every origin, the cookie itself.

use futures_util::StreamExt;
use serde_json::Value;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::app::{PASSWORD, TestApp, done, lab_of};
use crate::wire::{address, ask, ask_body};
use api::job::JobAct;

/// Where a request may come from; only the first is ours.
fn origins(test: &TestApp) -> Vec<(&'static str, Vec<String>)> {
    let own = format!("Origin: {}", test.url);
    let port = test.url.rsplit(':').next().unwrap();
    vec![
        ("no origin", vec![]),
        ("null", vec!["Origin: null".into()]),
        (
            "another host",
            vec!["Origin: http://elsewhere.example".into()],
        ),
        ("another port", vec!["Origin: http://127.0.0.1:1".into()]),
        (
            "another scheme",
            vec![format!("Origin: https://{}", address(test))],
        ),
        (
            "a name of ours",
            vec![format!("Origin: http://localhost:{port}")],
        ),
        (
            "a part of ours",
            vec![format!("Origin: http://127.0.0.1.evil.example:{port}")],
        ),
        ("ours twice", vec![own.clone(), own.clone()]),
        (
            "ours, then another",
            vec![own.clone(), "Origin: http://elsewhere.example".into()],
        ),
        (
            "cross-site",
            vec![own.clone(), "Sec-Fetch-Site: cross-site".into()],
        ),
        (
            "same-site",
            vec![own.clone(), "Sec-Fetch-Site: same-site".into()],
        ),
        ("by hand", vec![own, "Sec-Fetch-Site: none".into()]),
    ]
}

async fn cookie(test: &TestApp, name: &str) -> String {
    let client = test.log_in(name).await;
    format!("Cookie: nova_session={}", client.secret().unwrap())
}

/// Every operation that is no read, with its path filled in.
fn unsafe_operations(lab: &str) -> Vec<(String, String)> {
    let document: Value = serde_json::from_str(&server::http::openapi::text()).unwrap();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path
            .replace("{lab}", lab)
            .replace("{name}", "ospf-triangle");
        let path = path
            .split('/')
            .map(|part| if part.starts_with('{') { "1" } else { part });
        let path = path.collect::<Vec<_>>().join("/");
        let methods = item
            .as_object()
            .unwrap()
            .keys()
            .filter(|method| *method != "get");
        all.extend(methods.map(|method| (method.to_uppercase(), path.clone())));
    }
    all
}

#[tokio::test]
async fn no_other_site_changes_anything_by_a_browsers_cookie() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab.id.to_string();
    let cookie = cookie(&test, "ada").await;
    let operations = unsafe_operations(&lab);
    assert!(operations.len() > 30, "only {}", operations.len());
    for (method, path) in &operations {
        if path == "/api/v1/session" && method == "POST" {
            continue;
        }
        for (what, from) in origins(&test) {
            let headers: Vec<&str> = [cookie.as_str()]
                .into_iter()
                .chain(from.iter().map(String::as_str))
                .collect();
            let answer = ask(&test, &format!("{method} {path}"), &headers).await;
            assert_eq!(answer.status, 403, "{method} {path} from {what}");
            assert_eq!(answer.code(), "wrong_origin");
        }
    }
    let own = format!("Origin: {}", test.url);
    let headers = [cookie.as_str(), &own, "Sec-Fetch-Site: same-origin"];
    let answer = ask_body(&test, "POST /api/v1/labs", &headers, "{\"name\":\"mine\"}").await;
    assert_eq!(answer.status, 201);
    let bearer = cookie.replace("Cookie: nova_session=", "Authorization: Bearer ");
    let answer = ask_body(
        &test,
        "POST /api/v1/labs",
        &[&bearer],
        "{\"name\":\"mine\"}",
    )
    .await;
    assert_eq!(answer.status, 201, "a program needs no origin");
    test.end().await;
}

#[tokio::test]
async fn no_other_site_opens_a_web_socket_by_a_browsers_cookie() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    done(&ada, lab, JobAct::Start).await;
    let secret = ada.secret().unwrap().to_owned();
    let open = async |path: &str, cookie: bool, from: &[String]| {
        let url = format!("{}{path}", test.url.replace("http", "ws"));
        let mut request = url.into_client_request().unwrap();
        let (name, value) = if cookie {
            ("cookie", format!("nova_session={secret}"))
        } else {
            ("authorization", format!("Bearer {secret}"))
        };
        request.headers_mut().insert(name, value.parse().unwrap());
        for header in from {
            let (name, value) = header.split_once(": ").unwrap();
            let name: reqwest::header::HeaderName = name.parse().unwrap();
            request.headers_mut().append(name, value.parse().unwrap());
        }
        match tokio_tungstenite::connect_async(request).await {
            Ok((mut socket, _)) => {
                socket.close(None).await.unwrap();
                while let Some(Ok(_)) = socket.next().await {}
                true
            }
            Err(_) => false,
        }
    };
    for path in [
        "/api/v1/events".to_owned(),
        format!("/api/v1/labs/{lab}/nodes/1/consoles/shell"),
        format!("/api/v1/labs/{lab}/nodes/1/exec/stream"),
    ] {
        let own = [format!("Origin: {}", test.url)];
        assert!(open(&path, true, &own).await, "{path} from our own page");
        assert!(open(&path, false, &[]).await, "{path} by a program");
        for (what, from) in origins(&test) {
            assert!(!open(&path, true, &from).await, "{path} from {what}");
        }
    }
    test.end().await;
}

#[tokio::test]
async fn a_session_is_drawn_by_the_server_and_its_cookie_is_kept_from_scripts() {
    let test = TestApp::start().await;
    let planted = format!("Cookie: nova_session={}", "ab".repeat(32));
    let body = format!("{{\"username\":\"ada\",\"password\":\"{PASSWORD}\"}}");
    let answer = ask_body(&test, "POST /api/v1/session", &[&planted], &body).await;
    assert_eq!(answer.status, 201);
    let set = answer.header("set-cookie");
    let (pair, attributes) = set.split_once("; ").unwrap();
    let value = pair.strip_prefix("nova_session=").unwrap();
    assert!(value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(
        attributes,
        "Path=/api/; Max-Age=604800; HttpOnly; SameSite=Lax"
    );
    assert_ne!(value, "ab".repeat(32), "what was planted is no session");
    let status = async |cookie: &str| ask(&test, "GET /api/v1/session", &[cookie]).await.status;
    assert_eq!(status(&format!("Cookie: {pair}")).await, 200);
    assert_eq!(status(&planted).await, 401);
    // A second log-in is a second session; the first is not changed by it.
    let first = format!("Cookie: {pair}");
    let again = ask_body(&test, "POST /api/v1/session", &[&first], &body).await;
    assert_ne!(again.header("set-cookie").split(';').next(), Some(pair));
    test.end().await;
}

#[tokio::test]
async fn only_the_last_hop_of_a_proxy_on_this_host_names_the_client() {
    let test = TestApp::start().await;
    let guess = async |user: String, hops: &str| {
        let body = format!("{{\"username\":\"{user}\",\"password\":\"wrong\"}}");
        let forwarded = format!("X-Forwarded-For: {hops}");
        let answer = ask_body(&test, "POST /api/v1/session", &[&forwarded], &body).await;
        answer.status
    };
    // What the client itself wrote before the proxy's hop changes nothing.
    for n in 0..50 {
        let hops = format!("198.51.100.{n}, 203.0.113.7");
        assert_eq!(guess(format!("nobody{n}"), &hops).await, 401, "{n}");
    }
    assert_eq!(
        guess("one-more".into(), "198.51.100.99, 203.0.113.7").await,
        429
    );
    assert_eq!(
        guess("one-more".into(), "203.0.113.8").await,
        401,
        "another client"
    );
    test.end().await;
}

#[tokio::test]
async fn an_unknown_user_takes_as_long_as_a_wrong_password() {
    use server::auth::{Cost, Passwords};
    let passwords = Passwords::new(Cost::Recommended);
    let hash = passwords.hash("right".into()).await.unwrap();
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..30 {
        let known = (round % 2 == 0).then(|| hash.clone());
        let begun = std::time::Instant::now();
        assert!(!passwords.verify("wrong".into(), known).await.unwrap());
        times[round % 2].push(begun.elapsed());
    }
    // The least time of each is the work itself, without what else the machine did.
    let [known, unknown] = times.map(|times| times.into_iter().min().unwrap().as_secs_f64());
    let ratio = known / unknown;
    assert!((0.7..1.4).contains(&ratio), "{known} s and {unknown} s");
}
