//! How many consoles there may be in Guacamole, and how long a door waits.

use std::time::{Duration, Instant};

use model::access::Right;
use server::guacamole::Bounds;

use super::code;
use super::guacd::Guacd;
use super::joined::{GUACD, Joined, bounds};
use crate::app::{SOON, node, until};

#[tokio::test(flavor = "multi_thread")]
async fn one_user_and_all_together_have_so_many_consoles_in_guacamole() {
    let small = Bounds {
        at_once: 3,
        at_once_a_user: 2,
        ..bounds()
    };
    let name = "one_user_and_all_together_have_so_many_consoles_in_guacamole";
    let Some(joined) = Joined::start_with(name, small).await else {
        return;
    };
    let (ada, lab) = joined.lab().await;
    let bob = joined.test.log_in("bob").await;
    ada.share_lab(lab, "bob", Right::Operate).await.unwrap();
    let (first, _) = joined.opened(&ada, lab).await;
    ada.open_in_guacamole(lab, node(1), "shell").await.unwrap();
    let refused = ada.open_in_guacamole(lab, node(1), "shell").await;
    assert_eq!(code(refused), "too_many_in_guacamole");
    bob.open_in_guacamole(lab, node(1), "shell").await.unwrap();
    let refused = bob.open_in_guacamole(lab, node(1), "shell").await;
    assert_eq!(code(refused), "too_many_in_guacamole");
    drop(first);
    until("a place that is left is given again", async || {
        bob.open_in_guacamole(lab, node(1), "shell").await.ok()
    })
    .await;
    joined.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_door_waits_for_guacd_for_its_time_and_is_shut() {
    let short = Bounds {
        connect_within: Duration::from_secs(5),
        ..bounds()
    };
    let name = "a_door_waits_for_guacd_for_its_time_and_is_shut";
    let Some(joined) = Joined::start_with(name, short).await else {
        return;
    };
    let (ada, lab) = joined.lab().await;
    // In time.
    let (guacd, _) = joined.opened(&ada, lab).await;
    drop(guacd);
    joined.all_rows_are_gone().await;
    let begun = Instant::now();
    let page = ada.open_in_guacamole(lab, node(1), "shell").await.unwrap();
    let way = joined.way(&page.address);
    joined.all_rows_are_gone().await;
    assert!(begun.elapsed() >= short.connect_within);
    let late = Guacd::connect(GUACD, way.door).await.map(drop);
    assert_eq!(
        late.unwrap_err().kind(),
        std::io::ErrorKind::ConnectionRefused
    );
    joined.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_log_in_at_a_door_is_sent_away() {
    let short = Bounds {
        log_in_within: Duration::from_millis(500),
        ..bounds()
    };
    let name = "who_does_not_log_in_at_a_door_is_sent_away";
    let Some(joined) = Joined::start_with(name, short).await else {
        return;
    };
    let (ada, lab) = joined.lab().await;
    let page = ada.open_in_guacamole(lab, node(1), "shell").await.unwrap();
    let way = joined.way(&page.address);
    let mute = Guacd::connect(GUACD, way.door).await.unwrap();
    let words = tokio::time::timeout(SOON, mute.hears_the_end()).await;
    assert_eq!(words.unwrap(), "login: ");
    joined.all_rows_are_gone().await;
    joined.end().await;
}
