#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::BTreeMap;

use api::job::{Job, JobAct, JobNode, JobState};
use model::spec::{RunWishes, Wish};
use model::status::{LabStatus, NodeState, NodeStatus, Usage};
use model::template::Templates;
use model::{Generation, Lab, LabId, NodeId, Position};
use uuid::Uuid;

use super::{Seen, advance};
use crate::jobs::JobRecord;

const ON: Wish = Wish {
    on: true,
    start: 1,
    wipe: 0,
};
const OFF: Wish = Wish {
    on: false,
    start: 1,
    wipe: 0,
};
const STARTED_MS: u64 = 100_000;

fn node() -> NodeId {
    NodeId::try_from(1).unwrap()
}

fn lab() -> Lab {
    let mut lab = Lab::new(LabId(Uuid::nil()), "lab");
    let template = r#"{"id":"host","name":"Host","group":"Hosts","description":"","icon":"host",
        "kind":"netns","interface_name":"eth{n}","interfaces":1,"ip_forward":false,
        "consoles":{"shell":["/bin/sh"]},"default_console":"shell","runs":"nothing"}"#;
    let templates = Templates::parse([("host.json", template)]).unwrap();
    let host = templates.get("host").unwrap();
    lab.nodes
        .insert(node(), host.new_node("h1", Position::default()));
    lab
}

fn job(act: JobAct, wish: Wish) -> JobRecord {
    JobRecord {
        job: Job {
            id: Uuid::nil(),
            lab: LabId(Uuid::nil()),
            act,
            state: JobState::Running,
            nodes: vec![JobNode {
                node: node(),
                name: "h1".into(),
                state: "waiting".into(),
                detail: String::new(),
                done: false,
            }],
            done: 0,
            total: 1,
            started_ms: STARTED_MS,
            ended_ms: None,
            by: "admin".into(),
            request_id: None,
        },
        asked_by: None,
        wishes: BTreeMap::from([(node(), wish)]),
    }
}

fn report(generation: u64, state: NodeState, start: u64) -> LabStatus {
    let status = NodeStatus {
        state,
        since_ms: STARTED_MS + 1,
        start,
        wipe: 0,
        pending: Vec::new(),
        consoles: Vec::new(),
        processes: Vec::new(),
        usage: Usage::default(),
    };
    LabStatus {
        generation: Generation(generation),
        nodes: BTreeMap::from([(node(), status)]),
        ..LabStatus::default()
    }
}

/// The job after a report that answers `generation`, while the agent accepted 2 with the job's wish.
fn after(record: &JobRecord, status: &LabStatus, now: Wish) -> Job {
    let wishes: RunWishes = BTreeMap::from([(node(), now)]);
    let lab = lab();
    let seen = Seen {
        lab: Some(&lab),
        wishes: &wishes,
        accepted: Some((Generation(2), &record.wishes)),
        refused: &[],
        status,
        now_ms: STARTED_MS + 10,
    };
    advance(record, seen).job
}

#[test]
fn a_start_succeeds_when_the_node_has_booted_for_this_wish() {
    let record = job(JobAct::Start, ON);
    let booting = report(2, NodeState::Running { booted: false }, 1);
    let running = after(&record, &booting, ON);
    assert_eq!((running.state, running.done), (JobState::Running, 0));
    let booted = report(2, NodeState::Running { booted: true }, 1);
    let ended = after(&record, &booted, ON);
    assert_eq!((ended.state, ended.done), (JobState::Succeeded, 1));
}

#[test]
fn a_report_from_before_the_wish_does_not_count() {
    let record = job(JobAct::Stop, OFF);
    let stale = report(1, NodeState::Stopped, 0);
    assert_eq!(after(&record, &stale, OFF).state, JobState::Running);
}

#[test]
fn a_restart_waits_for_the_new_start() {
    let wish = Wish { start: 2, ..ON };
    let record = job(JobAct::Restart, wish);
    let before = report(2, NodeState::Running { booted: true }, 1);
    assert_eq!(after(&record, &before, wish).state, JobState::Running);
    let again = report(2, NodeState::Running { booted: true }, 2);
    assert_eq!(after(&record, &again, wish).state, JobState::Succeeded);
}

#[test]
fn a_failure_says_which_node_and_why() {
    let record = job(JobAct::Start, ON);
    let why = "no such program".to_owned();
    let failed = report(2, NodeState::Failed { why }, 0);
    let why = "h1: no such program".to_owned();
    assert_eq!(after(&record, &failed, ON).state, JobState::Failed { why });
}

#[test]
fn a_stop_meanwhile_cancels_a_start() {
    let record = job(JobAct::Start, ON);
    let stopped = report(2, NodeState::Stopped, 0);
    assert_eq!(after(&record, &stopped, OFF).state, JobState::Cancelled);
}
