//! Consoles in Guacamole: who gets in, and what ends.

mod guacd;
mod joined;
mod limits;
mod one_user;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use api::audit::AuditQuery;
use api::client::ClientError;
use api::node::OpenConsole;
use model::access::Right;
use reqwest::StatusCode;
use server::guacamole::Bounds;
use store::{ConnectionUser, Guacdb, NewConnection};

use crate::app::{TestApp, lab_of, node, until};
use guacd::Guacd;
use joined::{FOREIGN, GUACD, Joined, Manner, Tables, bounds, our_prefix};

fn code<T>(refused: Result<T, ClientError>) -> String {
    let error = refused.map(drop).unwrap_err();
    error.code().unwrap_or("none").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_opens_in_guacamole_and_shows_its_node() {
    let Some(joined) = Joined::start("a_console_opens_in_guacamole_and_shows_its_node").await
    else {
        return;
    };
    let (ada, lab) = joined.lab().await;
    assert!(ada.system().await.unwrap().guacamole);
    let (mut guacd, way) = joined.opened(&ada, lab).await;
    assert!(way.name.starts_with(&our_prefix()), "{}", way.name);
    let title = joined.tables.title(way.connection);
    let name = ada.lab(lab).await.unwrap().lab.name.clone();
    assert_eq!(title, format!("h1 shell – {name} #{}", way.connection));
    guacd.type_in("hostname\r").await;
    guacd.hears("h1\r\n").await;
    // The same console as everywhere.
    let query = OpenConsole::default();
    let mut ours = ada.console(lab, node(1), "shell", &query).await.unwrap();
    ours.send(b"echo from our own page\r").await.unwrap();
    guacd.hears("from our own page\r\n").await;
    // Who opened it is written down, and none of its secrets.
    let admin = joined.test.log_in("admin").await;
    let log = admin.audit(&AuditQuery::default()).await.unwrap().items;
    let row = log.iter().find(|row| row.action == "open_in_guacamole");
    let row = row.unwrap();
    assert_eq!(row.user.as_deref(), Some("ada"));
    assert_eq!(row.detail, "console shell of node 1");
    let log = format!("{log:?}");
    assert!(!log.contains(&way.name) && !log.contains(&way.password));
    drop(guacd);
    joined.all_rows_are_gone().await;
    joined.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_kept_by_nobody_and_its_token_is_behind_the_fragment() {
    let name = "the_answer_is_kept_by_nobody_and_its_token_is_behind_the_fragment";
    let Some(joined) = Joined::start(name).await else {
        return;
    };
    let (ada, lab) = joined.lab().await;
    let path = format!("/api/v1/labs/{lab}/nodes/1/consoles/shell/guacamole");
    let answer = joined.test.raw(&ada, "POST", &path).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let page: api::node::InGuacamole = answer.json().await.unwrap();
    let (sent, kept) = page.address.split_once('#').unwrap();
    assert_eq!(sent, "/html5/");
    assert!(kept.contains("?token="));
    assert!(!format!("{page:?}").contains("token="));
    joined.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_takes_its_rows_along() {
    let Some(joined) = Joined::start("a_server_that_stops_takes_its_rows_along").await else {
        return;
    };
    let (ada, lab) = joined.lab().await;
    let (guacd, _) = joined.opened(&ada, lab).await;
    ada.open_in_guacamole(lab, node(1), "shell").await.unwrap();
    let tables = joined.tables.clone();
    assert_eq!(tables.connections(), 2);
    joined.end().await;
    assert_eq!((tables.users().len(), tables.connections()), (0, 0));
    let words = guacd.hears_the_end().await;
    assert!(words.contains("the server stops"), "{words:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_lets_guacd_in_once_and_nobody_else() {
    let Some(joined) = Joined::start("a_door_lets_guacd_in_once_and_nobody_else").await else {
        return;
    };
    let (ada, lab) = joined.lab().await;
    let page = ada.open_in_guacamole(lab, node(1), "shell").await.unwrap();
    let way = joined.way(&page.address);
    // The kernel takes the connection; nothing is said to it, and it costs guacd nothing.
    let foreign = Guacd::connect(FOREIGN, way.door).await.unwrap();
    assert_eq!(foreign.hears_the_end().await, "");
    let mut first = Guacd::connect(GUACD, way.door).await.unwrap();
    first.log_in(&way).await;
    first.hears("root@h1:~# ").await;
    let second = Guacd::connect(GUACD, way.door).await.map(drop);
    assert_eq!(
        second.unwrap_err().kind(),
        std::io::ErrorKind::ConnectionRefused
    );
    first.type_in("hostname\r").await;
    first.hears("h1\r\n").await;
    joined.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_in_that_is_wrong_gets_no_console() {
    let Some(joined) = Joined::start("a_log_in_that_is_wrong_gets_no_console").await else {
        return;
    };
    let (ada, lab) = joined.lab().await;
    let (right, _) = joined.opened(&ada, lab).await;
    drop(right);
    let page = ada.open_in_guacamole(lab, node(1), "shell").await.unwrap();
    let way = joined.way(&page.address);
    let mut guacd = Guacd::connect(GUACD, way.door).await.unwrap();
    for (user, password) in [
        (way.user.as_str(), "wrong"),
        ("wrong", way.password.as_str()),
        // What opens Guacamole's web application opens no door.
        (way.name.as_str(), ""),
    ] {
        guacd.answer(user, password).await;
        guacd.hears("Login incorrect\r\n").await;
    }
    assert_eq!(guacd.hears_the_end().await, "");
    joined.all_rows_are_gone().await;
    joined.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_in_guacamole_ends_with_the_session_or_the_right() {
    let name = "what_is_open_in_guacamole_ends_with_the_session_or_the_right";
    let Some(joined) = Joined::start(name).await else {
        return;
    };
    let (ada, lab) = joined.lab().await;
    ada.share_lab(lab, "bob", Right::Operate).await.unwrap();
    let bob = joined.test.log_in("bob").await;
    let at_latest = Duration::from_secs(2);
    let (of_ada, _) = joined.opened(&ada, lab).await;
    let (of_bob, _) = joined.opened(&bob, lab).await;
    ada.share_lab(lab, "bob", Right::View).await.unwrap();
    let end = tokio::time::timeout(at_latest, of_bob.hears_the_end()).await;
    let words = end.expect("within two seconds of the right's end");
    assert!(
        words.contains("your right to this lab has ended"),
        "{words:?}"
    );
    let refused = bob.open_in_guacamole(lab, node(1), "shell").await;
    assert_eq!(code(refused), "forbidden");
    ada.log_out().await.unwrap();
    let end = tokio::time::timeout(at_latest, of_ada.hears_the_end()).await;
    let words = end.expect("within two seconds of the log-out");
    assert!(words.contains("the session has ended"), "{words:?}");
    joined.all_rows_are_gone().await;
    joined.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_server_left_is_swept_and_what_is_open_stays() {
    let name = "what_an_earlier_server_left_is_swept_and_what_is_open_stays";
    let Some(tables) = Tables::make(name) else {
        return;
    };
    let left = format!("{}left", our_prefix());
    for name in [left.as_str(), "nova-ve-00000000-of-another", "somebody"] {
        let user = ConnectionUser {
            name: name.into(),
            password: "x".into(),
            salt: [1; 32],
        };
        let new = NewConnection {
            key: format!("{name}-1"),
            title: "x".into(),
            protocol: "telnet",
            parameters: BTreeMap::new(),
        };
        tables.guacdb().provision(&user, &new).await.unwrap();
        for days in [29, 31] {
            tables.ask(&format!(
                "INSERT INTO guacamole_user_history (username, start_date) VALUES ('{name}', now() - interval '{days} days')"
            ));
        }
    }
    let of_others = ["nova-ve-00000000-of-another", "somebody"];
    let joined = Joined::start_on(
        tables,
        Bounds {
            sweep_every: Duration::from_millis(50),
            ..bounds()
        },
    )
    .await;
    until("what was left is swept", async || {
        let history = "SELECT count(*) FROM guacamole_user_history";
        let rows = (joined.tables.users(), joined.tables.ask(history));
        (rows.0 == of_others && rows.1 == "5").then_some(())
    })
    .await;
    assert_eq!(joined.tables.connections(), 2);
    let (ada, lab) = joined.lab().await;
    let (mut guacd, way) = joined.opened(&ada, lab).await;
    joined.tables.ask(&format!(
        "INSERT INTO guacamole_entity (name, type) VALUES ('{left}', 'USER')"
    ));
    until("a later one is swept, too", async || {
        (!joined.tables.users().contains(&left)).then_some(())
    })
    .await;
    assert!(joined.tables.users().contains(&way.name));
    guacd.type_in("hostname\r").await;
    guacd.hears("h1\r\n").await;
    drop(guacd);
    until("others' are left alone", async || {
        (joined.tables.users() == of_others).then_some(())
    })
    .await;
    joined.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guacamole_that_does_not_answer_is_told_and_leaves_nothing() {
    let name = "a_guacamole_that_does_not_answer_is_told_and_leaves_nothing";
    let Some(joined) = Joined::start(name).await else {
        return;
    };
    let (ada, lab) = joined.lab().await;
    let open = async || ada.open_in_guacamole(lab, node(1), "shell").await;
    for manner in [Manner::Forgetful, Manner::Mute, Manner::Broken] {
        joined.web_app.set(manner);
        let refused = open().await.unwrap_err();
        assert_eq!(refused.code(), Some("guacamole_unreachable"), "{manner:?}");
        joined.all_rows_are_gone().await;
    }
    joined.web_app.set(Manner::Right);
    open().await.unwrap();
    joined.tables.ask("DROP TABLE guacamole_user CASCADE");
    assert_eq!(code(open().await), "guacamole_unreachable");
    joined.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_guacamoles_that_is_away_is_told_soon() {
    let name = "a_database_of_guacamoles_that_is_away_is_told_soon";
    let Some(tables) = Tables::make(name) else {
        return;
    };
    let url = Guacdb::parse("postgres://nova_ve@127.0.0.1:1/guacdb").unwrap();
    let guacdb = Guacdb::open(&url).unwrap();
    let joined = Joined::start_with_guacdb(tables, guacdb, bounds()).await;
    let (ada, lab) = joined.lab().await;
    let begun = Instant::now();
    let refused = ada.open_in_guacamole(lab, node(1), "shell").await;
    let took = begun.elapsed();
    assert_eq!(code(refused), "guacamole_unreachable");
    assert!(took < Duration::from_secs(3), "{took:?}");
    joined.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_does_not_run_opens_nothing_in_guacamole() {
    let name = "a_node_that_does_not_run_opens_nothing_in_guacamole";
    let Some(joined) = Joined::start(name).await else {
        return;
    };
    let (ada, lab) = joined.lab().await;
    let refused = ada.open_in_guacamole(lab, node(1), "no-such").await;
    assert_eq!(code(refused), "unknown_console");
    let stopped = lab_of(&ada, &["h2"]).await.lab.id;
    let refused = ada.open_in_guacamole(stopped, node(1), "shell").await;
    assert_eq!(code(refused), "not_running");
    assert_eq!(joined.tables.connections(), 0);
    joined.end().await;
}

#[tokio::test]
async fn without_a_database_of_guacamoles_it_is_off_and_says_so() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    assert!(!ada.system().await.unwrap().guacamole);
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    let refused = ada.open_in_guacamole(lab, node(1), "shell").await;
    assert_eq!(code(refused), "guacamole_off");
    test.end().await;
}
