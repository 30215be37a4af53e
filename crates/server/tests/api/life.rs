//! Starting, stopping, and what may come between.

use std::sync::Arc;
use std::time::Duration;

use agent_api::serve::{Peers, serve};
use agent_api::sim::{SimAgent, SimOptions};
use agent_api::unix::UnixAgent;
use agent_api::{OLDEST_PROTOCOL, PROTOCOL};
use api::audit::{AuditItem, AuditQuery};
use api::job::{JobAct, JobState};
use api::lab::Selection;
use server::clock::Clock;
use server::commands::autostart::take_note_of_boot;
use server::config::Autostart;
use tokio::net::UnixListener;

use crate::app::{SOON, TestApp, done, lab_of, node, until};

#[tokio::test]
async fn a_lab_is_started_and_stopped_by_jobs() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1", "h2"]).await.lab.id;
    let started = done(&ada, lab, JobAct::Start).await;
    assert_eq!(
        (started.state, started.done, started.total),
        (JobState::Succeeded, 2, 2)
    );
    let status = ada.lab_status(lab).await.unwrap();
    assert!(
        status
            .nodes
            .values()
            .all(|node| node.state.word() == "running")
    );
    assert_eq!(ada.labs().await.unwrap()[0].running_count, 2);
    let stopped = done(&ada, lab, JobAct::Stop).await;
    assert_eq!(stopped.state, JobState::Succeeded);
    let status = ada.lab_status(lab).await.unwrap();
    assert!(
        status
            .nodes
            .values()
            .all(|node| node.state.word() == "stopped")
    );
    test.end().await;
}

#[tokio::test]
async fn two_starts_at_once_are_one_start() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    let (one, other) = tokio::join!(
        done(&ada, lab, JobAct::Start),
        done(&ada, lab, JobAct::Start)
    );
    assert_eq!(
        (one.state, other.state),
        (JobState::Succeeded, JobState::Succeeded)
    );
    let status = ada.lab_status(lab).await.unwrap();
    assert_eq!(status.nodes[&node(1)].start, 1);
    test.end().await;
}

#[tokio::test]
async fn a_failing_node_fails_the_job_alone_and_says_why() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1", "fail-h2"]).await.lab.id;
    let job = done(&ada, lab, JobAct::Start).await;
    let JobState::Failed { why } = &job.state else {
        panic!("not failed: {job:?}")
    };
    assert!(why.contains("fail-h2: "), "{why}");
    let status = ada.lab_status(lab).await.unwrap();
    assert_eq!(status.nodes[&node(1)].state.word(), "running");
    assert_eq!(ada.labs().await.unwrap()[0].failed_count, 1);
    test.end().await;
}

#[tokio::test]
async fn a_restart_is_a_start_of_its_own() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    done(&ada, lab, JobAct::Start).await;
    let job = done(&ada, lab, JobAct::Restart).await;
    assert_eq!(job.state, JobState::Succeeded);
    let status = ada.lab_status(lab).await.unwrap();
    assert_eq!(status.nodes[&node(1)].start, 2);
    test.end().await;
}

#[tokio::test]
async fn only_a_stopped_node_is_wiped() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    done(&ada, lab, JobAct::Start).await;
    let error = ada
        .act_on_node(lab, node(1), JobAct::Wipe)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("node_runs"));
    done(&ada, lab, JobAct::Stop).await;
    assert_eq!(
        done(&ada, lab, JobAct::Wipe).await.state,
        JobState::Succeeded
    );
    test.end().await;
}

#[tokio::test]
async fn stopping_what_never_ran_is_done_at_once() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    for act in [JobAct::Stop, JobAct::Wipe] {
        assert_eq!(done(&ada, lab, act).await.state, JobState::Succeeded);
    }
    test.end().await;
}

#[tokio::test]
async fn a_selection_leaves_the_others_alone() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1", "h2"]).await.lab.id;
    let selection = Selection {
        nodes: Some(vec![node(2)]),
    };
    let job = ada.act(lab, JobAct::Start, &selection).await.unwrap();
    ada.job(job.id, SOON.as_secs()).await.unwrap();
    let status = ada.lab_status(lab).await.unwrap();
    let words = status.nodes.values().map(|node| node.state.word());
    assert_eq!(words.collect::<Vec<_>>(), ["stopped", "running"]);
    let selection = Selection {
        nodes: Some(vec![node(9)]),
    };
    let error = ada.act(lab, JobAct::Start, &selection).await.unwrap_err();
    assert_eq!(error.code(), Some("not_found"));
    test.end().await;
}

#[tokio::test]
async fn a_cancelled_start_is_no_more_wished_for() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["stuck-h1"]).await.lab.id;
    let job = ada
        .act(lab, JobAct::Start, &Selection::default())
        .await
        .unwrap();
    let cancelled = ada.cancel_job(job.id).await.unwrap();
    assert_eq!(cancelled.state, JobState::Cancelled);
    let admin = test.log_in("admin").await;
    let log = admin.audit(&AuditQuery::default()).await.unwrap().items;
    let by = |item: &AuditItem| item.action == "cancel_job" && item.user.as_deref() == Some("ada");
    assert!(log.iter().any(by), "{log:?}");
    until("the node is stopped again", async || {
        let status = ada.lab_status(lab).await.unwrap();
        (status.nodes[&node(1)].state.word() == "stopped").then_some(())
    })
    .await;
    test.end().await;
}

#[tokio::test]
async fn a_stop_meanwhile_ends_a_start_that_hangs() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["stuck-h1"]).await.lab.id;
    let start = ada
        .act(lab, JobAct::Start, &Selection::default())
        .await
        .unwrap();
    assert_eq!(
        done(&ada, lab, JobAct::Stop).await.state,
        JobState::Succeeded
    );
    let start = ada.job(start.id, SOON.as_secs()).await.unwrap();
    assert_eq!(start.state, JobState::Cancelled);
    test.end().await;
}

#[tokio::test]
async fn a_job_waits_for_an_agent_that_is_away() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    test.sim.set_reachable(false);
    assert_eq!(ada.health().await.unwrap().status, "degraded");
    let job = ada
        .act(lab, JobAct::Start, &Selection::default())
        .await
        .unwrap();
    let waiting = until("the job says what it waits for", async || {
        let job = ada.job(job.id, 0).await.unwrap();
        (!job.nodes[0].detail.is_empty()).then_some(job)
    })
    .await;
    assert!(
        waiting.nodes[0].detail.contains("not reachable"),
        "{waiting:?}"
    );
    test.sim.set_reachable(true);
    let job = ada.job(job.id, SOON.as_secs()).await.unwrap();
    assert_eq!(job.state, JobState::Succeeded);
    assert_eq!(ada.health().await.unwrap().status, "ok");
    test.end().await;
}

#[tokio::test]
async fn a_restart_of_the_server_forgets_no_job_and_touches_no_node() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1", "slow-h2"]).await.lab.id;
    let job = ada
        .act(lab, JobAct::Start, &Selection::default())
        .await
        .unwrap();
    let test = test.restart().await;
    let ada = test.log_in("ada").await;
    let job = ada.job(job.id, SOON.as_secs()).await.unwrap();
    assert_eq!(job.state, JobState::Succeeded);
    let status = ada.lab_status(lab).await.unwrap();
    assert!(status.nodes.values().all(|node| node.start == 1));
    test.end().await;
}

#[tokio::test]
async fn with_autostart_off_a_reboot_leaves_stopped_what_ran() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    done(&ada, lab, JobAct::Start).await;
    let is_on = async || test.app.store.wishes(lab).await.unwrap()[&node(1)].on;
    let folder = test.folder.path();
    let boot = async |autostart| {
        take_note_of_boot(&test.app, folder, autostart)
            .await
            .unwrap();
    };
    // The same boot: nothing changes.
    boot(Autostart::Off).await;
    boot(Autostart::Off).await;
    assert!(is_on().await);
    // A reboot with it on, then it is switched off: what runs goes on running.
    std::fs::write(folder.join("boot_id"), "another boot").unwrap();
    boot(Autostart::On).await;
    boot(Autostart::Off).await;
    assert!(is_on().await);
    std::fs::write(folder.join("boot_id"), "another boot").unwrap();
    boot(Autostart::Off).await;
    assert!(!is_on().await);
    let notice = ada.system().await.unwrap().notice;
    assert!(notice.contains("1 lab that ran stays stopped"), "{notice}");
    test.end().await;
}

#[tokio::test]
async fn a_removed_lab_leaves_its_host() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    done(&ada, lab, JobAct::Start).await;
    ada.delete_lab(lab).await.unwrap();
    until("the tombstone is fulfilled and forgotten", async || {
        test.app
            .store
            .tombstones()
            .await
            .unwrap()
            .is_empty()
            .then_some(())
    })
    .await;
    let host = test.app.agent.status().await.unwrap();
    assert!(!host.labs.contains_key(&lab), "{host:?}");
    test.end().await;
}

#[tokio::test]
async fn a_server_on_an_empty_database_stops_nothing() {
    let sockets = tempfile::tempdir().unwrap();
    let socket = sockets.path().join("agent.sock");
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    done(&ada, lab, JobAct::Start).await;
    let (_, sim) = test.stop().await;

    let listener = UnixListener::bind(&socket).unwrap();
    let peers = Peers {
        allowed_uids: vec![rustix::process::getuid().as_raw()],
    };
    let serving = tokio::spawn(serve(listener, sim.clone(), peers));
    let empty = Arc::new(tempfile::tempdir().unwrap());
    let connect = |controller| UnixAgent::connect(socket, controller) as Arc<_>;
    let test = TestApp::run_with(empty, Clock::System, sim.clone(), connect).await;
    test.add_users().await;
    let ada = test.log_in("ada").await;
    let health = until("the agent's refusal is told", async || {
        let health = ada.health().await.unwrap();
        health.agent.contains("accept").then_some(health)
    })
    .await;
    assert_eq!(health.status, "degraded");
    let host = agent_api::AgentClient::status(&*sim).await.unwrap();
    assert_eq!(host.labs[&lab].nodes[&node(1)].state.word(), "running");
    test.end().await;
    serving.abort();
}

#[tokio::test]
async fn an_agent_of_the_version_before_is_told_and_nothing_else_is_degraded() {
    let older = SimAgent::new(SimOptions {
        step: Duration::from_millis(20),
        protocol: OLDEST_PROTOCOL,
        ..SimOptions::default()
    });
    let test = TestApp::run(Arc::new(tempfile::tempdir().unwrap()), Clock::System, older).await;
    test.add_users().await;
    let ada = test.log_in("ada").await;
    let health = ada.health().await.unwrap();
    assert_eq!(health.status, "ok");
    assert_eq!(health.agent, "ok, but older than the server: upgrade it");
    let system = ada.system().await.unwrap();
    assert_eq!(system.agent_protocol, Some(OLDEST_PROTOCOL));
    assert!(system.agent.ends_with("upgrade it"), "{}", system.agent);
    let lab = lab_of(&ada, &["h1"]).await.lab.id;
    done(&ada, lab, JobAct::Start).await;
    test.end().await;

    let test = TestApp::start().await;
    let system = test.log_in("ada").await.system().await.unwrap();
    assert_eq!(
        (system.agent_protocol, &*system.agent),
        (Some(PROTOCOL), "")
    );
    test.end().await;
}

#[tokio::test]
async fn a_server_that_lost_its_database_takes_over_what_runs() {
    let test = TestApp::start().await;
    let ada = test.log_in("ada").await;
    let lab = lab_of(&ada, &["h1", "h2"]).await.lab.id;
    done(&ada, lab, JobAct::Start).await;
    done(&ada, lab, JobAct::Restart).await;
    let file = std::fs::read(test.lab_file(lab)).unwrap();
    let (_, sim) = test.stop().await;

    let empty = Arc::new(tempfile::tempdir().unwrap());
    let test = TestApp::run(empty, Clock::System, sim).await;
    test.sim.accept(test.app.controller.clone());
    test.add_users().await;
    std::fs::write(test.lab_file(lab), file).unwrap();
    let admin = test.log_in("admin").await;
    until("the file and what runs are found", async || {
        let status = admin.lab_status(lab).await.ok()?;
        (status.nodes[&node(1)].state.word() == "running").then_some(())
    })
    .await;

    let job = admin.act_on_node(lab, node(1), JobAct::Restart).await;
    let job = admin.job(job.unwrap().id, SOON.as_secs()).await.unwrap();
    assert_eq!(job.state, JobState::Succeeded);
    let status = admin.lab_status(lab).await.unwrap();
    assert_eq!(status.nodes[&node(1)].start, 3, "it was really restarted");
    assert_eq!(
        status.nodes[&node(2)].start,
        2,
        "its neighbour was not touched"
    );
    assert_eq!(status.nodes[&node(2)].state.word(), "running");

    done(&admin, lab, JobAct::Stop).await;
    let status = admin.lab_status(lab).await.unwrap();
    assert_eq!(status.nodes[&node(2)].state.word(), "stopped");
    test.end().await;
}
