//! A job in words. Pure.

use std::time::Duration;

use api::job::{Job, JobAct, JobNode};

/// Names beyond this many are counted, not told.
const NAMES: usize = 4;

pub fn begun(job: &Job, lab: &str) -> String {
    format!("{lab}: {} of {} has begun", job.act, nodes(job.total))
}

pub fn left_alone(act: JobAct, lab: &str) -> String {
    let back = match act {
        JobAct::Start | JobAct::Restart => format!("; take it back: nova-ve lab stop {lab:?}"),
        JobAct::Stop | JobAct::Wipe => String::new(),
    };
    format!(
        "not waiting any more; the server goes on with the {act}\n\
         see how far it is: nova-ve lab show {lab:?}{back}"
    )
}

/// `waits for r2 (starting ospfd), h1 (waiting: its links) and 3 more`
pub fn waits_for(job: &Job) -> String {
    let open: Vec<&JobNode> = job.nodes.iter().filter(|node| !node.done).collect();
    let named: Vec<String> = open
        .iter()
        .take(NAMES)
        .map(|node| with_state(node))
        .collect();
    match (named.is_empty(), open.len().saturating_sub(NAMES)) {
        (true, _) => String::new(),
        (false, 0) => format!("waits for {}", named.join(", ")),
        (false, more) => format!("waits for {} and {more} more", named.join(", ")),
    }
}

fn with_state(node: &JobNode) -> String {
    format!("{} ({})", node.name, state(node, ": "))
}

pub fn node_line(node: &JobNode) -> String {
    format!("  {}: {}", node.name, state(node, ", "))
}

/// The state's word and its detail, which may begin with that very word: `starting zebra`.
fn state(node: &JobNode, between: &str) -> String {
    if node.detail.is_empty() {
        return node.state.clone();
    }
    if node.detail.starts_with(&node.state) {
        return node.detail.clone();
    }
    format!("{}{between}{}", node.state, node.detail)
}

pub fn succeeded(job: &Job, lab: &str, took: Duration) -> String {
    let done = match job.act {
        JobAct::Start => "started",
        JobAct::Stop => "stopped",
        JobAct::Restart => "restarted",
        JobAct::Wipe => "wiped",
    };
    format!(
        "{lab}: {} {done} ({:.1} s)",
        nodes(job.total),
        took.as_secs_f32()
    )
}

pub fn failed(job: &Job, lab: &str, why: &str) -> String {
    let lines: Vec<String> = job
        .nodes
        .iter()
        .filter(|node| node.state == "failed" || node.state == "degraded")
        .map(|node| format!("\n{}", node_line(node)))
        .collect();
    if lines.is_empty() {
        return format!("{lab}: the {} failed: {why}", job.act);
    }
    format!("{lab}: the {} failed:{}", job.act, lines.concat())
}

pub fn after_failure(job: &Job, lab: &str) -> String {
    let first = job.nodes.iter().find(|node| node.state == "failed");
    first.map_or_else(
        || format!("nova-ve lab show {lab:?}"),
        |node| format!("nova-ve node logs {:?}", format!("{lab}/{}", node.name)),
    )
}

fn nodes(count: u32) -> String {
    if count == 1 {
        return "1 node".into();
    }
    format!("{count} nodes")
}

#[cfg(test)]
mod tests {
    use api::job::JobState;
    use model::NodeId;

    use super::*;

    fn job(states: &[(&str, &str, &str, bool)]) -> Job {
        let nodes: Vec<JobNode> = states
            .iter()
            .map(|(name, state, detail, done)| JobNode {
                node: NodeId::try_from(1).expect("1 is in the range"),
                name: (*name).into(),
                state: (*state).into(),
                detail: (*detail).into(),
                done: *done,
            })
            .collect();
        Job {
            id: uuid::Uuid::nil(),
            lab: model::LabId(uuid::Uuid::nil()),
            act: JobAct::Start,
            state: JobState::Running,
            total: u32::try_from(nodes.len()).expect("few"),
            done: 0,
            nodes,
            started_ms: 0,
            ended_ms: None,
            by: "admin".into(),
            request_id: None,
        }
    }

    #[test]
    fn progress_names_what_it_waits_for() {
        let job = job(&[
            ("r1", "running", "", true),
            ("r2", "starting", "starting ospfd", false),
            ("h2", "starting", "namespaces", false),
            ("h1", "waiting", "", false),
        ]);
        assert_eq!(
            waits_for(&job),
            "waits for r2 (starting ospfd), h2 (starting: namespaces), h1 (waiting)"
        );
    }

    #[test]
    fn progress_of_a_large_lab_stays_one_line() {
        let job = job(&[("n", "waiting", "", false); 9]);
        assert!(
            waits_for(&job).ends_with(" and 5 more"),
            "{}",
            waits_for(&job)
        );
    }

    #[test]
    fn a_failure_tells_each_node_and_where_to_look() {
        let job = job(&[
            ("r1", "running", "", true),
            ("r2", "failed", "ospfd ended with signal 11", true),
        ]);
        insta::assert_snapshot!(
            format!("{}\n{}", failed(&job, "my lab", "1 of 2 failed"), after_failure(&job, "my lab")),
            @r#"
        my lab: the start failed:
          r2: failed, ospfd ended with signal 11
        nova-ve node logs "my lab/r2"
        "#
        );
        assert_eq!(
            succeeded(&job, "my lab", Duration::from_millis(1240)),
            "my lab: 2 nodes started (1.2 s)"
        );
    }
}
