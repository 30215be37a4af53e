//! The server on PostgreSQL: what a lost database does to people, and the move from SQLite.

use std::sync::Arc;

use agent_api::AgentClient;
use api::job::{JobAct, JobState};
use model::LabId;
use model::edit::Edit;
use reqwest::StatusCode;
use server::clock::Clock;
use store::{Config, Store};
use tempfile::TempDir;
use test_postgres::Server;

use crate::app::{TestApp, add_host, done, lab_of, node, sim, until};

fn server(test: &str) -> Option<Server> {
    match Server::start() {
        Ok(server) => Some(server),
        Err(why) => {
            eprintln!("SKIP database::{test}: {why}");
            None
        }
    }
}

fn database(server: &Server) -> Config {
    Config::from_url(&server.database().unwrap()).unwrap()
}

async fn app_on(config: Config) -> TestApp {
    let (folder, sim) = (Arc::new(TempDir::new().unwrap()), sim());
    let near = sim.clone();
    let test = TestApp::run_on(config, folder, Clock::System, sim, |_| near).await;
    test.add_users().await;
    test
}

async fn health(test: &TestApp) -> (StatusCode, serde_json::Value) {
    let answer = reqwest::get(format!("{}/api/health", test.url))
        .await
        .unwrap();
    (answer.status(), answer.json().await.unwrap())
}

/// State, start, and since when: a node that was touched differs.
async fn first_node(test: &TestApp, lab: LabId) -> (String, u64, u64) {
    let status = test.sim.status().await.unwrap();
    let node = &status.labs[&lab].nodes[&node(1)];
    (node.state.word().into(), node.start, node.since_ms)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_database_is_told_and_used_again_when_it_is_back() {
    let Some(postgres) = server("a_lost_database_is_told_and_used_again_when_it_is_back") else {
        return;
    };
    let test = app_on(database(&postgres)).await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1", "h2"]).await.lab;
    let started = done(&ada, lab.id, JobAct::Start).await;
    assert_eq!(started.state, JobState::Succeeded);
    let running = first_node(&test, lab.id).await;
    assert_eq!(health(&test).await.0, StatusCode::OK);

    postgres.stop().unwrap();
    // An answer is shared for half a second.
    let body = until("health tells it", async || {
        let (status, body) = health(&test).await;
        (status == StatusCode::SERVICE_UNAVAILABLE).then_some(body)
    })
    .await;
    assert_eq!(
        (&body["status"], &body["database"]),
        (&"down".into(), &"down".into())
    );
    let refused = ada.labs().await.unwrap_err();
    assert_eq!(refused.code(), Some("database_down"));
    let edit = Edit::Batch {
        edits: vec![add_host(3, "h3")],
    };
    let refused = ada
        .edit(lab.id, lab.revision, edit.clone())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Some("database_down"));
    assert_eq!(
        first_node(&test, lab.id).await,
        running,
        "what runs goes on running"
    );

    postgres.start_again().unwrap();
    let labs = until("the lab is listed again", async || ada.labs().await.ok()).await;
    assert_eq!((labs.len(), labs[0].running_count), (1, 2));
    until("health tells it", async || {
        (health(&test).await.0 == StatusCode::OK).then_some(())
    })
    .await;
    ada.edit(lab.id, lab.revision, edit).await.unwrap();
    assert_eq!(first_node(&test, lab.id).await, running);
    assert_eq!(
        done(&ada, lab.id, JobAct::Stop).await.state,
        JobState::Succeeded
    );
    test.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_lab_moves_with_its_state_to_postgres_and_does_not_notice() {
    let Some(postgres) =
        server("a_running_lab_moves_with_its_state_to_postgres_and_does_not_notice")
    else {
        return;
    };
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1", "h2"]).await.lab;
    done(&ada, lab.id, JobAct::Start).await;
    done(&ada, lab.id, JobAct::Restart).await;
    let running = first_node(&test, lab.id).await;
    let generation = test.sim.status().await.unwrap().labs[&lab.id].generation;
    let (folder, sim) = test.stop().await;

    let (here, there) = (
        Config::sqlite(folder.path().join("nova-ve.db")),
        database(&postgres),
    );
    move_state(&here, &there).await;
    let near = sim.clone();
    let test = TestApp::run_on(there, folder, Clock::System, sim, |_| near).await;
    let ada = test.log_in("ada").await;
    let labs = until("the nodes are seen", async || {
        let labs = ada.labs().await.unwrap();
        (labs[0].running_count == 2).then_some(labs)
    })
    .await;
    assert_eq!(labs[0].id, lab.id);
    let edit = Edit::Batch {
        edits: vec![add_host(3, "h3")],
    };
    ada.edit(lab.id, lab.revision, edit).await.unwrap();
    let next = until("the edit is sent", async || {
        let status = test.sim.status().await.unwrap();
        let next = status.labs[&lab.id].generation;
        (next != generation).then_some(next)
    })
    .await;
    assert_eq!(next, generation.next(), "nothing was sent but the edit");
    assert_eq!(first_node(&test, lab.id).await, running);
    assert_eq!(
        done(&ada, lab.id, JobAct::Stop).await.state,
        JobState::Succeeded
    );
    test.end().await;
}

async fn move_state(from: &Config, to: &Config) {
    Store::migrate(to, 1).await.unwrap();
    let (from, to) = (
        Store::open(from).await.unwrap(),
        Store::open(to).await.unwrap(),
    );
    let mut document = Vec::new();
    from.export_state(&mut document, 1).await.unwrap();
    to.import_state(&mut &document[..]).await.unwrap();
    for store in [from, to] {
        store.close().await;
    }
}
