//! Users, what is shared with them, and the audit log: stories of administrators and members.

use api::audit::{AuditItem, AuditOutcome, AuditQuery};
use api::client::{Client, ClientError};
use api::job::JobAct;
use api::lab::CreateLab;
use api::token::CreateToken;
use api::user::{CreateUser, RemoveUser, SetPassword};
use model::LabId;
use model::access::{LabRight, Right, Role};
use model::words::is_odd;

use crate::app::{PASSWORD, TestApp, done, lab_of, manual_clock};

async fn make(admin: &Client, name: &str) -> Result<(), ClientError> {
    let body = CreateUser {
        username: name.into(),
        password: PASSWORD.into(),
        role: Role::Member,
    };
    admin.create_user(&body).await.map(drop)
}

fn code<T: std::fmt::Debug>(outcome: Result<T, ClientError>) -> String {
    outcome.unwrap_err().code().unwrap_or("no code").to_owned()
}

async fn audit(admin: &Client, query: AuditQuery) -> Vec<AuditItem> {
    admin.audit(&query).await.unwrap().items
}

#[tokio::test]
async fn an_administrator_makes_a_user_who_logs_in_and_is_removed_again() {
    let test = TestApp::start().await;
    let admin = test.log_in("admin").await;
    make(&admin, "cleo").await.unwrap();
    assert_eq!(code(make(&admin, "CLEO").await), "username_taken");
    let cleo = test.log_in("cleo").await;
    let lab = lab_of(&cleo, &["h1"]).await.lab.id;
    assert_eq!(admin.user("cleo").await.unwrap().lab_count, 1);
    assert_eq!(cleo.user("CLEO").await.unwrap().user.username, "cleo");

    let query = RemoveUser {
        labs_to: Some("ada".into()),
    };
    admin.delete_user("cleo", &query).await.unwrap();
    assert_eq!(code(cleo.session().await), "unauthenticated");
    assert_eq!(
        code(Client::log_in(&test.url, "cleo", PASSWORD).await),
        "wrong_password"
    );
    let ada = test.log_in("ada").await;
    let got = ada.lab(lab).await.unwrap();
    assert_eq!((got.owner.as_str(), got.my_right), ("ada", LabRight::Own));
    let names = admin.users().await.unwrap();
    let names: Vec<_> = names.iter().map(|row| &*row.user.username).collect();
    assert_eq!(names, ["ada", "admin", "bob"]);
    make(&admin, "cleo").await.unwrap();
    test.end().await;
}

#[tokio::test]
async fn labs_of_the_removed_go_to_the_administrator_who_removes() {
    let test = TestApp::start().await;
    let (admin, ada) = (test.log_in("admin").await, test.log_in("ada").await);
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    admin
        .delete_user("ada", &RemoveUser::default())
        .await
        .unwrap();
    assert_eq!(admin.lab(lab).await.unwrap().owner, "admin");
    test.end().await;
}

#[tokio::test]
async fn the_last_administrator_stays_and_two_do_not_demote_each_other() {
    let test = TestApp::start().await;
    let admin = test.log_in("admin").await;
    for refused in [
        admin.set_role("admin", Role::Member).await,
        admin.delete_user("admin", &RemoveUser::default()).await,
    ] {
        assert_eq!(code(refused), "last_administrator");
    }
    admin.set_role("ada", Role::Admin).await.unwrap();
    assert_eq!(
        code(admin.delete_user("admin", &RemoveUser::default()).await),
        "labs_to_needed"
    );
    let ada = test.log_in("ada").await;
    let (one, other) = tokio::join!(
        admin.set_role("ada", Role::Member),
        ada.set_role("admin", Role::Member),
    );
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
    test.end().await;
}

#[tokio::test]
async fn odd_names_and_short_passwords_are_refused() {
    let test = TestApp::start().await;
    let admin = test.log_in("admin").await;
    let longest = "a".repeat(64);
    for good in ["Zoe", "a.b-c_d@e+f", "7", &longest] {
        make(&admin, good).await.unwrap();
        admin.user(good).await.unwrap();
    }
    let longer = "a".repeat(65);
    for bad in [
        "",
        ".",
        "..",
        "a b",
        "a/b",
        "-x",
        "a\u{202e}b",
        "a\nb",
        &longer,
    ] {
        assert_eq!(code(make(&admin, bad).await), "invalid_name", "{bad:?}");
    }
    for (password, fits) in [(7, false), (8, true), (256, true), (257, false)] {
        let body = SetPassword {
            password: "é".repeat(password),
            current_password: None,
        };
        let set = admin.set_password("bob", &body).await;
        assert_eq!(set.is_ok(), fits, "{password} characters");
    }
    test.end().await;
}

#[tokio::test]
async fn a_name_that_looks_like_anothers_is_refused_and_an_earlier_one_still_logs_in() {
    let test = TestApp::start().await;
    let admin = test.log_in("admin").await;
    make(&admin, "adm1n").await.unwrap();
    let (cyrillic, full_width) = ("\u{430}dmin", "\u{ff41}dmin");
    for lookalike in [
        cyrillic,
        full_width,
        "ADM\u{130}N",
        "admin\u{200b}",
        "Zo\u{eb}",
    ] {
        let refused = make(&admin, lookalike).await;
        assert_eq!(code(refused), "invalid_name", "{lookalike:?}");
    }
    // Made by an earlier program, which took every letter.
    test.add_user("Zo\u{eb}", Role::Member).await;
    let zoe = test.log_in("zo\u{eb}").await;
    let lab = lab_of(&zoe, &["h1"]).await.lab.id;
    let ada = test.log_in("ada").await;
    zoe.share_lab(lab, "ada", Right::View).await.unwrap();
    assert_eq!(ada.lab(lab).await.unwrap().owner, "Zo\u{eb}");
    let body = SetPassword {
        password: "another password".into(),
        current_password: None,
    };
    admin.set_password("Zo\u{eb}", &body).await.unwrap();
    test.end().await;
}

#[tokio::test]
async fn what_people_give_and_others_read_neither_acts_nor_hides() {
    let test = TestApp::start().await;
    let (admin, ada) = (test.log_in("admin").await, test.log_in("ada").await);
    let odd = "a\u{202e}b\u{1b}[2J\u{200b}";
    let token = |name: &str| CreateToken {
        name: name.into(),
        expires_in_days: None,
    };
    ada.create_token(&token("my laptop")).await.unwrap();
    assert_eq!(code(ada.create_token(&token(odd)).await), "invalid_name");
    let lab = |name: &str| CreateLab {
        name: name.into(),
        description: String::new(),
    };
    ada.create_lab(&lab("Fine")).await.unwrap();
    assert_eq!(code(ada.create_lab(&lab(odd)).await), "invalid_lab");

    // A client's word for itself.
    let body = serde_json::json!({ "username": "bob", "password": PASSWORD });
    let log_in = reqwest::Client::new()
        .post(format!("{}/api/v1/session", test.url))
        .header("user-agent", "curl/8\tend")
        .json(&body);
    assert!(log_in.send().await.unwrap().status().is_success());
    let bob = test.log_in("bob").await;
    let sessions = bob.sessions().await.unwrap();
    assert!(
        sessions.iter().all(|one| !one.user_agent.contains(is_odd)),
        "{sessions:?}"
    );
    assert!(
        sessions
            .iter()
            .any(|one| one.user_agent.starts_with("curl/8end")),
        "{sessions:?}"
    );

    // A subject that a script sends.
    let made = admin.create_token(&token("script")).await.unwrap();
    let script = Client::new(&test.url, Some(made.secret)).unwrap();
    assert_eq!(code(make(&script, odd).await), "session_needed");
    let log = audit(&admin, AuditQuery::default()).await;
    assert!(log.iter().any(|row| row.subject == "ab[2J"), "{log:?}");
    assert!(
        log.iter()
            .all(|row| !row.subject.contains(is_odd) && !row.detail.contains(is_odd))
    );
    test.end().await;
}

#[tokio::test]
async fn ones_own_password_needs_the_present_one_and_guessing_is_stopped() {
    let test = TestApp::start_with(manual_clock().0).await;
    let mut ada = test.log_in("ada").await;
    let set = async |client: &Client, current: &str| {
        let body = SetPassword {
            password: "another password".into(),
            current_password: Some(current.into()),
        };
        client.set_password("ada", &body).await
    };
    set(&ada, PASSWORD).await.unwrap();
    assert_eq!(code(ada.session().await), "unauthenticated");
    assert_eq!(
        code(Client::log_in(&test.url, "ada", PASSWORD).await),
        "wrong_password"
    );
    let again = Client::log_in(&test.url, "ada", "another password").await;
    ada = again.unwrap().0;
    for _ in 0..9 {
        assert_eq!(code(set(&ada, "a guess").await), "wrong_password");
    }
    assert_eq!(
        code(set(&ada, "another password").await),
        "too_many_attempts"
    );
    test.end().await;
}

#[tokio::test]
async fn a_shared_lab_shows_owner_and_right_and_may_be_left() {
    let test = TestApp::start().await;
    let (ada, bob) = (test.log_in("ada").await, test.log_in("bob").await);
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    for (right, mine) in [
        (Right::View, LabRight::View),
        (Right::Operate, LabRight::Operate),
        (Right::Edit, LabRight::Edit),
    ] {
        ada.share_lab(lab, "BOB", right).await.unwrap();
        let card = bob.labs().await.unwrap().remove(0);
        assert_eq!((card.owner.as_str(), card.my_right), ("ada", mine));
        assert_eq!(bob.lab(lab).await.unwrap().my_right, mine);
    }
    assert_eq!(
        code(ada.share_lab(lab, "ada", Right::View).await),
        "is_owner"
    );
    assert_eq!(
        code(ada.share_lab(lab, "nobody", Right::View).await),
        "not_found"
    );
    bob.unshare_lab(lab, "bob").await.unwrap();
    assert_eq!(code(bob.lab(lab).await), "not_found");
    assert!(bob.labs().await.unwrap().is_empty());
    test.end().await;
}

#[tokio::test]
async fn who_is_shared_with_sees_his_own_share_and_the_owner_all() {
    let test = TestApp::start().await;
    test.add_user("cleo", Role::Member).await;
    let (ada, bob) = (test.log_in("ada").await, test.log_in("bob").await);
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    for name in ["bob", "cleo"] {
        ada.share_lab(lab, name, Right::Edit).await.unwrap();
    }
    let names = async |client: &Client| {
        let shares = client.shares(lab).await.unwrap();
        shares
            .into_iter()
            .map(|share| share.user.username)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&ada).await, ["bob", "cleo"]);
    assert_eq!(names(&bob).await, ["bob"]);
    assert_eq!(code(bob.unshare_lab(lab, "cleo").await), "forbidden");
    test.end().await;
}

#[tokio::test]
async fn lists_show_only_what_may_be_seen() {
    let test = TestApp::start().await;
    let (ada, bob, admin) = (
        test.log_in("ada").await,
        test.log_in("bob").await,
        test.log_in("admin").await,
    );
    lab_of(&ada, &["h1"]).await;
    assert_eq!(ada.labs().await.unwrap().len(), 1);
    assert_eq!(bob.labs().await.unwrap().len(), 0);
    assert_eq!(admin.labs().await.unwrap().len(), 1);
    test.end().await;
}

#[tokio::test]
async fn jobs_are_listed_for_who_may_see_their_lab_in_full_pages() {
    let test = TestApp::start().await;
    let (ada, bob) = (test.log_in("ada").await, test.log_in("bob").await);
    let mut labs = Vec::new();
    for client in [&ada, &bob, &ada] {
        let lab = lab_of(client, &["h1"]).await.lab.id;
        done(client, lab, JobAct::Stop).await;
        labs.push(lab);
    }
    let listed = async |client: &Client, limit| {
        let paging = api::page::Paging {
            limit: Some(limit),
            cursor: None,
        };
        let page = client.jobs(&paging).await.unwrap();
        page.items.iter().map(|job| job.lab).collect::<Vec<LabId>>()
    };
    assert_eq!(listed(&bob, 1).await, [labs[1]]);
    ada.share_lab(labs[0], "bob", Right::View).await.unwrap();
    assert_eq!(listed(&bob, 2).await, [labs[1], labs[0]]);
    ada.delete_lab(labs[0]).await.unwrap();
    assert_eq!(listed(&bob, 2).await, [labs[1]], "the job was not his");
    assert_eq!(
        listed(&ada, 2).await,
        [labs[2], labs[0]],
        "the job was hers"
    );
    test.end().await;
}

#[tokio::test]
async fn the_audit_log_tells_who_did_what_from_where_by_which_request() {
    let test = TestApp::start().await;
    let (admin, ada) = (test.log_in("admin").await, test.log_in("ada").await);
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    ada.share_lab(lab, "bob", Right::View).await.unwrap();
    done(&ada, lab, JobAct::Start).await;
    let path = format!("/api/v1/labs/{lab}/stop");
    let stop = test
        .raw(&ada, "POST", &path)
        .header("x-request-id", "my-stop");
    let job: api::job::Job = stop.send().await.unwrap().json().await.unwrap();
    ada.job(job.id, 10).await.unwrap();
    ada.delete_lab(lab).await.unwrap();
    ada.log_out().await.unwrap();

    let of_ada = AuditQuery {
        user: Some("ADA".into()),
        ..AuditQuery::default()
    };
    let log = audit(&admin, of_ada.clone()).await;
    let actions: Vec<_> = log.iter().map(|item| &*item.action).collect();
    assert_eq!(
        actions,
        [
            "delete_session",
            "delete_lab",
            "stop_lab",
            "start_lab",
            "set_share",
            "create_lab",
            "create_session"
        ]
    );
    let stop = &log[2];
    assert_eq!(
        (stop.request_id.as_str(), stop.address.as_str()),
        ("my-stop", "127.0.0.1")
    );
    assert_eq!(
        (stop.subject.clone(), stop.outcome),
        (lab.to_string(), AuditOutcome::Done)
    );
    let only = AuditQuery {
        action: Some("start_lab".into()),
        since_ms: Some(log[4].at_ms),
        until_ms: Some(log[0].at_ms + 1),
        ..of_ada
    };
    assert_eq!(audit(&admin, only).await.len(), 1);
    test.end().await;
}

#[tokio::test]
async fn refusals_are_written_down_once_a_minute() {
    let test = TestApp::start().await;
    let (admin, ada, bob) = (
        test.log_in("admin").await,
        test.log_in("ada").await,
        test.log_in("bob").await,
    );
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    for _ in 0..5 {
        assert_eq!(code(bob.lab(lab).await), "not_found");
        assert_eq!(code(bob.users().await), "forbidden");
        assert!(Client::log_in(&test.url, "bob", "wrong").await.is_err());
        assert!(
            Client::log_in(&test.url, "my password", "wrong")
                .await
                .is_err()
        );
    }
    let log = audit(&admin, AuditQuery::default()).await;
    let refused = log
        .iter()
        .filter(|item| item.outcome == AuditOutcome::Refused);
    let mut refused: Vec<_> = refused
        .map(|item| (&*item.action, item.user.as_deref().unwrap_or("")))
        .collect();
    refused.sort_unstable();
    assert_eq!(
        refused,
        [
            ("create_session", ""),
            ("create_session", "bob"),
            ("get_lab", "bob"),
            ("list_users", "bob")
        ]
    );
    test.end().await;
}

#[tokio::test]
async fn guesses_are_written_down_and_names_of_nobody_are_not() {
    let test = TestApp::start().await;
    let (admin, ada) = (test.log_in("admin").await, test.log_in("ada").await);
    for name in ["BOB", "my password"] {
        assert_eq!(code(ada.user(name).await), "forbidden");
    }
    let guess = SetPassword {
        password: PASSWORD.into(),
        current_password: Some("a guess".into()),
    };
    assert_eq!(
        code(ada.set_password("ada", &guess).await),
        "wrong_password"
    );
    for _ in 0..11 {
        assert!(Client::log_in(&test.url, "bob", "wrong").await.is_err());
    }
    let log = audit(&admin, AuditQuery::default()).await;
    let mut refused: Vec<_> = log
        .iter()
        .filter(|item| item.outcome == AuditOutcome::Refused)
        .map(|item| (&*item.action, &*item.subject, &*item.detail))
        .collect();
    refused.sort_unstable();
    assert_eq!(
        refused,
        [
            ("create_session", "", "too many attempts"),
            ("create_session", "", "wrong name or password"),
            ("get_user", "", "not an administrator"),
            ("get_user", "bob", "not an administrator"),
            ("set_password", "ada", "wrong password"),
        ]
    );
    test.end().await;
}

#[tokio::test]
async fn no_secret_is_ever_in_the_audit_log() {
    let test = TestApp::start().await;
    let (admin, ada) = (test.log_in("admin").await, test.log_in("ada").await);
    let body = api::token::CreateToken {
        name: "ci".into(),
        expires_in_days: None,
    };
    let token = ada.create_token(&body).await.unwrap().secret;
    assert!(
        Client::log_in(&test.url, "s3cret typed as name", "s3cret")
            .await
            .is_err()
    );
    let body = SetPassword {
        password: "s3cret new one".into(),
        current_password: None,
    };
    admin.set_password("bob", &body).await.unwrap();
    let log = audit(&admin, AuditQuery::default()).await;
    assert!(log.iter().any(|item| item.action == "create_token"));
    let words = serde_json::to_string(&log).unwrap();
    for secret in [
        "s3cret",
        PASSWORD,
        &token,
        ada.secret().unwrap(),
        "argon2id",
    ] {
        assert!(!words.contains(secret), "{secret} in {words}");
    }
    test.end().await;
}

#[tokio::test]
async fn audit_rows_are_kept_for_the_set_days() {
    use std::sync::atomic::Ordering;
    const DAY_MS: u64 = 86_400_000;
    let (clock, now_ms) = manual_clock();
    let test = TestApp::start_with(clock).await;
    test.log_in("ada").await;
    let ever = |user: &str| AuditQuery {
        user: Some(user.into()),
        ..AuditQuery::default()
    };
    now_ms.fetch_add(364 * DAY_MS, Ordering::Relaxed);
    let admin = test.log_in("admin").await;
    assert_eq!(audit(&admin, ever("ada")).await.len(), 1);
    now_ms.fetch_add(DAY_MS + 1, Ordering::Relaxed);
    let admin = test.log_in("admin").await;
    crate::app::until("the old row is forgotten", async || {
        audit(&admin, ever("ada")).await.is_empty().then_some(())
    })
    .await;
    assert_eq!(audit(&admin, ever("admin")).await.len(), 2);
    test.end().await;
}

#[tokio::test]
async fn ended_jobs_are_kept_a_day() {
    use std::sync::atomic::Ordering;
    const DAY_MS: u64 = 86_400_000;
    let (clock, now_ms) = manual_clock();
    let test = TestApp::start_with(clock).await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    done(&ada, lab, JobAct::Stop).await;
    now_ms.fetch_add(DAY_MS - 120_000, Ordering::Relaxed);
    let jobs = async || {
        let ada = test.log_in("ada").await;
        ada.jobs(&api::page::Paging::default()).await.unwrap().items
    };
    assert_eq!(jobs().await.len(), 1);
    now_ms.fetch_add(240_000, Ordering::Relaxed);
    crate::app::until("the old job is forgotten", async || {
        jobs().await.is_empty().then_some(())
    })
    .await;
    test.end().await;
}
