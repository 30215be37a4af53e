//! Somebody kills a process of ours that is not the agent.

use agent_api::client::ClientEvent;
use agent_api::{AgentClient, Event};
use model::spec::{DriverSpec, LabSpec, ProcessKind, ProcessSpec, ReadyWhen};
use tokio::sync::broadcast::Receiver;

use crate::common::{
    Daemon, as_ordinary_user, eventually, exec, in_own_namespace, kill, lab_id, node_id, two_hosts,
    wish,
};
use crate::{both_run, story};

#[test]
fn a_killed_holder_is_replaced_and_no_link_is_lost() {
    let test = "faults::deaths::a_killed_holder_is_replaced_and_no_link_is_lost";
    as_ordinary_user(test, || story(a_killed_holder));
}

#[test]
fn a_process_that_is_killed_in_a_node_is_started_again_and_it_is_told() {
    let test = "faults::deaths::a_process_that_is_killed_in_a_node_is_started_again_and_it_is_told";
    in_own_namespace(test, || story(a_killed_process));
}

#[test]
fn a_killed_supervisor_is_told_with_its_node() {
    let test = "faults::deaths::a_killed_supervisor_is_told_with_its_node";
    in_own_namespace(test, || story(a_killed_supervisor));
}

async fn a_killed_holder(daemon: Daemon) {
    let agent = daemon.client().await;
    agent.apply(wish(&*agent, 1, two_hosts())).await.unwrap();
    both_run(&*agent).await;
    let nodes = daemon.node_pids();
    // Twice: a holder that took over is looked after as the first one was.
    for _ in 0..2 {
        let mut events = agent.events();
        let holder = daemon.holder().unwrap();
        kill(holder);
        notice(&mut events, "another one holds them now").await;
        assert_ne!(daemon.holder().unwrap(), holder);
    }
    reach_each_other(&*agent).await;
    // The new one is what the next agent enters.
    let daemon = daemon.kill_and_start_again().await;
    let agent = daemon.client().await;
    both_run(&*agent).await;
    assert_eq!(daemon.node_pids(), nodes, "nodes were touched");
    reach_each_other(&*agent).await;
    daemon.stop().await;
}

async fn a_killed_process(daemon: Daemon) {
    let agent = daemon.client().await;
    agent
        .apply(wish(&*agent, 1, with_sleepers(two_hosts())))
        .await
        .unwrap();
    both_run(&*agent).await;
    let nodes = daemon.node_pids();
    let mut events = agent.events();
    let killed = exec(&*agent, 1, &["pkill", "-9", "-x", "sleep"]).await;
    assert_eq!(killed.status, 0, "{}", killed.text);
    notice(
        &mut events,
        "sleeper ended with signal 9; it starts again in 0.5 s",
    )
    .await;
    eventually("the sleeper runs again", || async {
        let status = agent.status().await.unwrap();
        let node = &status.labs[&lab_id()].nodes[&node_id(1)];
        node.processes
            .iter()
            .all(|process| process.running && process.restarts == 1)
    })
    .await;
    assert_eq!(daemon.node_pids(), nodes, "nodes were touched");
    daemon.stop().await;
}

async fn a_killed_supervisor(daemon: Daemon) {
    let agent = daemon.client().await;
    agent.apply(wish(&*agent, 1, two_hosts())).await.unwrap();
    both_run(&*agent).await;
    let mut events = agent.events();
    let (_, pid) = daemon.node_pids().pop_first().unwrap();
    kill(pid);
    let words = format!("its supervisor (process {pid}) ended unexpectedly; it is started again");
    notice(&mut events, &words).await;
    eventually("both reach each other again", || async {
        exec(&*agent, 1, &["ping", "-c", "1", "-W", "1", "10.0.0.2"])
            .await
            .status
            == 0
    })
    .await;
    daemon.stop().await;
}

fn with_sleepers(mut spec: LabSpec) -> LabSpec {
    for node in spec.nodes.values_mut() {
        if let DriverSpec::Netns(netns) = &mut node.driver {
            netns.processes.push(ProcessSpec {
                name: "sleeper".into(),
                argv: vec!["/bin/sleep".into(), "1000000".into()],
                kind: ProcessKind::Service {
                    restart: model::lab::RestartPolicy::Always,
                },
                optional: false,
                ready: ReadyWhen::Started,
            });
        }
    }
    spec
}

async fn reach_each_other(agent: &dyn AgentClient) {
    let ping = exec(agent, 1, &["ping", "-c", "1", "-W", "2", "10.0.0.2"]).await;
    assert_eq!(ping.status, 0, "{}", ping.text);
}

/// Waits until a person is told these words.
async fn notice(events: &mut Receiver<ClientEvent>, words: &str) {
    let hearing = async {
        loop {
            if let ClientEvent::Agent(Event::Notice { message, .. }) = events.recv().await.unwrap()
                && message.contains(words)
            {
                return;
            }
        }
    };
    let heard = tokio::time::timeout(std::time::Duration::from_mins(1), hearing).await;
    assert!(heard.is_ok(), "nobody was told {words:?}");
}
