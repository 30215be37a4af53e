//! Tokens for programs, and where one is logged in.

use std::sync::atomic::Ordering;

use api::client::{Client, ClientError};
use api::token::{CreateToken, CreatedToken};
use model::access::Role;
use reqwest::header;

use crate::app::{TestApp, lab_of, manual_clock};

const DAY_MS: u64 = 86_400_000;

async fn make(client: &Client, name: &str, days: Option<u32>) -> Result<CreatedToken, ClientError> {
    let body = CreateToken {
        name: name.into(),
        expires_in_days: days,
    };
    client.create_token(&body).await
}

fn code<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> String {
    outcome.unwrap_err().code().unwrap_or("no code").to_owned()
}

fn with(test: &TestApp, made: &CreatedToken) -> Client {
    Client::new(&test.url, Some(made.secret.clone())).unwrap()
}

#[tokio::test]
async fn a_token_does_what_its_user_may_until_it_expires() {
    let (clock, now_ms) = manual_clock();
    let test = TestApp::start_with(clock).await;
    let ada = test.log_in("ada").await;
    let made = make(&ada, "ci", Some(3)).await.unwrap();
    assert!(made.secret.starts_with("nvt_") && made.secret.len() == 68);
    let program = with(&test, &made);
    assert_eq!(
        program.session().await.unwrap().token.as_deref(),
        Some("ci")
    );
    lab_of(&program, &["h1"]).await;
    assert_eq!(ada.labs().await.unwrap().len(), 1);
    let listed = ada.tokens().await.unwrap();
    assert_eq!(listed[0].last_used_ms, Some(now_ms.load(Ordering::Relaxed)));
    assert!(
        !serde_json::to_string(&listed)
            .unwrap()
            .contains(&made.secret)
    );

    now_ms.fetch_add(3 * DAY_MS - 1, Ordering::Relaxed);
    program.labs().await.unwrap();
    now_ms.fetch_add(1, Ordering::Relaxed);
    assert_eq!(code(program.labs().await), "unauthenticated");
    test.end().await;
}

#[tokio::test]
async fn a_token_is_no_way_to_another_way_in() {
    let test = TestApp::start().await;
    let admin = test.log_in("admin").await;
    let program = with(&test, &make(&admin, "ci", None).await.unwrap());
    program.users().await.unwrap();
    let body = api::user::CreateUser {
        username: "mallory".into(),
        password: "a long password".into(),
        role: Role::Admin,
    };
    assert_eq!(code(program.create_user(&body).await), "session_needed");
    assert_eq!(code(make(&program, "more", None).await), "session_needed");
    assert_eq!(
        code(program.set_role("bob", Role::Admin).await),
        "session_needed"
    );
    assert_eq!(code(program.log_out().await), "session_needed");
    admin.create_user(&body).await.unwrap();
    test.end().await;
}

#[tokio::test]
async fn tokens_have_names_lives_and_a_limit() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    for days in [1, 365] {
        make(&ada, &format!("{days} days"), Some(days))
            .await
            .unwrap();
    }
    for days in [0, 366] {
        assert_eq!(code(make(&ada, "x", Some(days)).await), "invalid_expiry");
    }
    let longest = "x".repeat(64);
    make(&ada, &longest, None).await.unwrap();
    for bad in ["", "  ", "a\nb", &"x".repeat(65)] {
        assert_eq!(code(make(&ada, bad, None).await), "invalid_name", "{bad:?}");
    }
    assert_eq!(code(make(&ada, &longest, None).await), "token_name_taken");
    for n in 3..50 {
        make(&ada, &format!("t{n}"), None).await.unwrap();
    }
    assert_eq!(code(make(&ada, "one more", None).await), "too_many_tokens");
    let bob = test.log_in("bob").await;
    let id = ada.tokens().await.unwrap()[0].id;
    assert_eq!(code(bob.delete_token(id).await), "not_found");
    ada.delete_token(id).await.unwrap();
    make(&ada, "one more", None).await.unwrap();
    test.end().await;
}

#[tokio::test]
async fn the_authorization_header_alone_decides_and_needs_no_origin() {
    let test = TestApp::start().await;
    let (ada, bob) = (test.log_in("ada").await, test.log_in("bob").await);
    let token = make(&ada, "ci", None).await.unwrap().secret;
    let ask = async |bearer: &str| {
        let answer = reqwest::Client::new()
            .post(format!("{}/api/v1/labs", test.url))
            .header(
                header::COOKIE,
                format!("nova_session={}", bob.secret().unwrap()),
            )
            .header(header::ORIGIN, "http://elsewhere.example")
            .bearer_auth(bearer)
            .json(&serde_json::json!({ "name": "whose" }))
            .send()
            .await
            .unwrap();
        answer.status().as_u16()
    };
    assert_eq!(ask(&token).await, 201);
    assert_eq!(ada.labs().await.unwrap()[0].owner, "ada");
    for nonsense in ["", "nvt_", &token[..60], &token.replace("nvt_", "")] {
        assert_eq!(
            ask(nonsense).await,
            401,
            "the cookie must not help {nonsense:?}"
        );
    }
    test.end().await;
}

#[tokio::test]
async fn sessions_are_listed_with_where_they_began_and_ended_from_elsewhere() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let login = reqwest::Client::new()
        .post(format!("{}/api/v1/session", test.url))
        .header(header::USER_AGENT, format!("browser {}", "x".repeat(500)))
        .header("x-forwarded-for", "203.0.113.9, 198.51.100.4")
        .json(&serde_json::json!({ "username": "ada", "password": crate::app::PASSWORD }));
    assert_eq!(login.send().await.unwrap().status(), 201);
    let listed = ada.sessions().await.unwrap();
    let (mine, others): (Vec<_>, Vec<_>) = listed.into_iter().partition(|one| one.current);
    assert_eq!((mine.len(), others.len()), (1, 1));
    assert_eq!(others[0].address, "198.51.100.4");
    assert_eq!(others[0].user_agent.chars().count(), 200);
    let bob = test.log_in("bob").await;
    assert_eq!(code(bob.end_session(others[0].id).await), "not_found");
    ada.end_session(others[0].id).await.unwrap();
    assert_eq!(ada.sessions().await.unwrap().len(), 1);
    test.end().await;
}

#[tokio::test]
async fn an_administrator_ends_every_session_of_a_user_but_no_token() {
    let test = TestApp::start().await;
    let (admin, ada) = (test.log_in("admin").await, test.log_in("ada").await);
    let again = test.log_in("ada").await;
    let program = with(&test, &make(&ada, "ci", None).await.unwrap());
    assert_eq!(code(ada.end_sessions_of("admin").await), "forbidden");
    admin.end_sessions_of("ada").await.unwrap();
    for ended in [&ada, &again] {
        assert_eq!(code(ended.session().await), "unauthenticated");
    }
    program.session().await.unwrap();
    admin.session().await.unwrap();
    test.end().await;
}
