//! All consoles of a session have one user in Guacamole, since it keeps one log-in in a browser.

use std::time::Duration;

use api::client::Client;
use api::token::CreateToken;
use server::guacamole::Bounds;

use super::guacd::Guacd;
use super::joined::{GUACD, Joined, bounds};
use crate::app::{node, until};

const LONG: Duration = Duration::from_mins(1);

fn lingering(linger: Duration) -> Bounds {
    Bounds { linger, ..bounds() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_further_console_goes_on_with_the_sessions_user_and_ends_none() {
    let name = "a_further_console_goes_on_with_the_sessions_user_and_ends_none";
    let Some(joined) = Joined::start_with(name, lingering(LONG)).await else {
        return;
    };
    let (ada, lab) = joined.lab().await;
    let (mut first, of_first) = joined.opened(&ada, lab).await;
    let (second, of_second) = joined.opened(&ada, lab).await;
    assert_ne!(of_first.connection, of_second.connection);
    assert_eq!(of_first.token, of_second.token);
    assert_eq!(joined.tables.users().len(), 1);
    drop(second);
    until("the second one's connection is removed", async || {
        (joined.tables.connections() == 1).then_some(())
    })
    .await;
    first.type_in("hostname\r").await;
    first.hears("h1\r\n").await;
    drop(first);
    until("the first one's connection is removed", async || {
        (joined.tables.connections() == 0).then_some(())
    })
    .await;
    assert_eq!(joined.tables.users(), [of_first.name.as_str()]);
    let (_third, of_third) = joined.opened(&ada, lab).await;
    assert_eq!(of_third.token, of_first.token);
    joined.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn consoles_that_are_opened_at_the_same_moment_get_one_token() {
    let name = "consoles_that_are_opened_at_the_same_moment_get_one_token";
    let Some(joined) = Joined::start(name).await else {
        return;
    };
    let (ada, lab) = joined.lab().await;
    let open = || ada.open_in_guacamole(lab, node(1), "shell");
    let (one, other, third) = tokio::join!(open(), open(), open());
    let token = |page: api::node::InGuacamole| page.address.split_once("?token=").unwrap().1.into();
    let tokens: [String; 3] = [one, other, third].map(|page| token(page.unwrap()));
    assert!(tokens.iter().all(|token| *token == tokens[0]));
    joined.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_of_guacamoles_stays_for_a_while_and_the_next_one_is_another() {
    let name = "a_user_of_guacamoles_stays_for_a_while_and_the_next_one_is_another";
    let linger = Duration::from_secs(2);
    let Some(joined) = Joined::start_with(name, lingering(linger)).await else {
        return;
    };
    let (ada, lab) = joined.lab().await;
    let (guacd, way) = joined.opened(&ada, lab).await;
    drop(guacd);
    until("the connection is removed", async || {
        (joined.tables.connections() == 0).then_some(())
    })
    .await;
    assert_eq!(joined.tables.users(), [way.name.as_str()]);
    joined.all_rows_are_gone().await;
    let (_guacd, next) = joined.opened(&ada, lab).await;
    assert_ne!(next.name, way.name);
    joined.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_session_and_each_token_has_its_own_user_and_it_ends_with_them() {
    let name = "each_session_and_each_token_has_its_own_user_and_it_ends_with_them";
    let Some(joined) = Joined::start_with(name, lingering(LONG)).await else {
        return;
    };
    let (ada, lab) = joined.lab().await;
    let again = joined.test.log_in("ada").await;
    let new = CreateToken {
        name: "script".into(),
        expires_in_days: Some(1),
    };
    let made = ada.create_token(&new).await.unwrap();
    let script = Client::new(&joined.test.url, Some(made.secret)).unwrap();
    let (mut guacd, here) = joined.opened(&ada, lab).await;
    let (there_guacd, there) = joined.opened(&again, lab).await;
    let (_, by_token) = joined.opened(&script, lab).await;
    let names = [&here, &there, &by_token].map(|way| way.name.clone());
    let all: std::collections::BTreeSet<_> = names.iter().collect();
    assert_eq!(all.len(), 3);
    // One of which nothing is open, and one with a console.
    ada.delete_token(made.token.id).await.unwrap();
    drop(there_guacd);
    again.log_out().await.unwrap();
    until("those that have ended are removed", async || {
        (joined.tables.users() == [here.name.as_str()]).then_some(())
    })
    .await;
    guacd.type_in("hostname\r").await;
    guacd.hears("h1\r\n").await;
    joined.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_application_that_was_started_anew_gives_the_same_user_a_new_token() {
    let name = "a_web_application_that_was_started_anew_gives_the_same_user_a_new_token";
    let Some(joined) = Joined::start(name).await else {
        return;
    };
    let (ada, lab) = joined.lab().await;
    let (_first, before) = joined.opened(&ada, lab).await;
    joined.web_app.forget_tokens();
    let page = ada.open_in_guacamole(lab, node(1), "shell").await.unwrap();
    let after = joined.way(&page.address);
    assert_eq!(after.name, before.name);
    assert_ne!(after.token, before.token);
    let mut guacd = Guacd::connect(GUACD, after.door).await.unwrap();
    guacd.log_in(&after).await;
    guacd.hears("root@h1:~# ").await;
    joined.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_of_whom_nothing_is_open_keep_nobody_out() {
    let small = Bounds {
        at_once: 2,
        linger: LONG,
        ..bounds()
    };
    let name = "users_of_whom_nothing_is_open_keep_nobody_out";
    let Some(joined) = Joined::start_with(name, small).await else {
        return;
    };
    let (ada, lab) = joined.lab().await;
    let (_open, of_ada) = joined.opened(&ada, lab).await;
    for _ in 0..3 {
        let session = joined.test.log_in("ada").await;
        let (guacd, way) = joined.opened(&session, lab).await;
        drop(guacd);
        until("its place is free, and its user there", async || {
            let users = joined.tables.users();
            let are_two = users.len() == 2 && users.contains(&way.name);
            (are_two && joined.tables.connections() == 1).then_some(())
        })
        .await;
        assert!(joined.tables.users().contains(&of_ada.name));
    }
    joined.end().await;
}
