//! A PostgreSQL that goes away and comes back: the store needs no restart.

use std::time::{Duration, Instant};

use model::access::Role;
use store::{By, Config, NewUser, Store, UserId};
use test_postgres::Server;
use uuid::Uuid;

use crate::fresh::NOW;

/// The longest that anything waits, and some more for a busy machine.
const SOON: Duration = Duration::from_secs(30);

fn server(test: &str) -> Option<Server> {
    match Server::start() {
        Ok(server) => Some(server),
        Err(why) => {
            eprintln!("SKIP {test}: {why}");
            None
        }
    }
}

async fn store_on(server: &Server) -> Store {
    let config = Config::from_url(&server.database().unwrap()).unwrap();
    Store::migrate(&config, NOW).await.unwrap();
    Store::open(&config).await.unwrap()
}

async fn works(store: &Store) -> bool {
    let id = UserId(Uuid::new_v4());
    let user = NewUser {
        id,
        username: id.to_string(),
        password_hash: "hash".into(),
        role: Role::Member,
    };
    store.create_user(By::Machine, user, NOW).await.is_ok()
        && store.user(id).await.is_ok_and(|it| it.is_some())
}

async fn works_soon(store: &Store) {
    let deadline = Instant::now() + SOON;
    while !works(store).await {
        assert!(Instant::now() < deadline, "it does not work again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_away_is_used_again_by_itself() {
    let Some(server) = server("away::a_database_that_was_away_is_used_again_by_itself") else {
        return;
    };
    let store = store_on(&server).await;
    assert!(works(&store).await);
    server.stop().unwrap();
    let asked = Instant::now();
    let error = store.ping().await.unwrap_err();
    assert!(asked.elapsed() < SOON, "{error}");
    server.start_again().unwrap();
    works_soon(&store).await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_was_restarted_between_two_requests_is_not_even_noticed() {
    let Some(server) =
        server("away::a_database_that_was_restarted_between_two_requests_is_not_even_noticed")
    else {
        return;
    };
    let store = store_on(&server).await;
    assert!(works(&store).await);
    server.stop().unwrap();
    server.start_again().unwrap();
    assert!(works(&store).await);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_hangs_is_an_error_and_not_a_wait_without_end() {
    let Some(server) = server("away::a_database_that_hangs_is_an_error_and_not_a_wait_without_end")
    else {
        return;
    };
    let store = store_on(&server).await;
    assert!(works(&store).await);
    server.freeze().unwrap();
    let asked = Instant::now();
    store.ping().await.unwrap_err();
    assert!(asked.elapsed() < SOON);
    server.thaw().unwrap();
    works_soon(&store).await;
    store.close().await;
}

#[tokio::test]
async fn an_address_where_nobody_answers_is_named_without_its_password() {
    let config = Config::from_url("postgres://nova:s3cret@127.0.0.1:1/novadb").unwrap();
    let error = Store::open(&config).await.unwrap_err();
    let told = format!("{error} {error:?} {config:?}");
    assert!(
        told.contains("postgres://nova@127.0.0.1:1/novadb"),
        "{told}"
    );
    assert!(!told.contains("s3cret"), "{told}");
}
