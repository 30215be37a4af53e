//! What a node waits for before its start: other nodes of its lab, and its own delay.
//!
//! It goes by the wish and the look of now, so that a person who takes a wait back frees the node.

use std::time::Duration;

use model::NodeId;
use model::lab::{After, Reached};
use model::seen::NodePhase;
use model::spec::{DriverSpec, LabSpec, RunWish};
use model::status::NodeState;
use runtime::NodeObserved;

use super::Inner;
use super::board::WorkKind;

const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Until nothing keeps the node from its start. Whoever gives the start up ends the task.
pub(super) async fn wait(lab: &Inner, node: NodeId) {
    while let Some(what) = lab.waits_for(node) {
        lab.progress_if_news(node, &what);
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    delay(lab, node).await;
}

/// Once for each wish: what is mended starts at once.
async fn delay(lab: &Inner, node: NodeId) {
    let wish = lab.wish();
    let spec = wish.spec().and_then(|spec| spec.nodes.get(&node));
    let Some((DriverSpec::Docker(docker), run)) = spec.map(|spec| (&spec.driver, spec.run)) else {
        return;
    };
    let had = lab.board().delayed.insert(node, run) == Some(run);
    if had || docker.start_delay_s == 0 {
        return;
    }
    let seconds = docker.start_delay_s;
    lab.progress(
        node,
        WorkKind::Waiting,
        &format!("its delay of {seconds} s"),
    );
    tokio::time::sleep(Duration::from_secs(u64::from(seconds))).await;
}

impl Inner {
    /// `r1 to be healthy`; none: nothing.
    fn waits_for(&self, node: NodeId) -> Option<String> {
        let wish = self.wish();
        let spec = wish.spec()?;
        let DriverSpec::Docker(docker) = &spec.nodes.get(&node)?.driver else {
            return None;
        };
        let board = self.board();
        let seen = |id: NodeId| board.view.as_ref()?.observed.nodes.get(&id);
        let missing = docker
            .after
            .iter()
            .find(|after| !has_reached(spec, **after, seen(after.node)));
        missing.map(|after| words(spec, *after))
    }

    fn progress_if_news(&self, node: NodeId, what: &str) {
        let told = self
            .board()
            .work(node)
            .map(|work| (work.kind, work.step.clone()));
        if told != Some((WorkKind::Waiting, what.to_owned())) {
            self.progress(node, WorkKind::Waiting, what);
        }
    }
}

fn words(spec: &LabSpec, after: After) -> String {
    let name = spec.nodes.get(&after.node).map_or("", |node| &node.name);
    let what = match after.reached {
        Reached::Started => "start",
        Reached::Configured => "be configured",
        Reached::Healthy => "be healthy",
        Reached::Ended => "end",
    };
    format!("{name} to {what}")
}

/// A node that is no more in the lab keeps nobody waiting.
fn has_reached(spec: &LabSpec, after: After, seen: Option<&NodeObserved>) -> bool {
    let Some(wanted) = spec.nodes.get(&after.node) else {
        return true;
    };
    let (RunWish::On { start }, Some(seen)) = (wanted.run, seen) else {
        return false;
    };
    let is_of_wish = seen.start > 0 && seen.start >= start;
    let has_ended = seen.phase == NodePhase::Data;
    is_of_wish
        && match after.reached {
            Reached::Started => has_ended || seen.phase == NodePhase::Running,
            Reached::Configured => has_ended || is_configured(seen),
            Reached::Healthy => seen.state == NodeState::Running { booted: true },
            Reached::Ended => has_ended,
        }
}

fn is_configured(seen: &NodeObserved) -> bool {
    match seen.state {
        NodeState::Running { .. } | NodeState::Degraded { .. } => seen.phase == NodePhase::Running,
        NodeState::Stopped
        | NodeState::Waiting { .. }
        | NodeState::Starting { .. }
        | NodeState::Stopping
        | NodeState::Failed { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use model::status::Usage;

    use super::*;
    use crate::testing::{id, triangle};

    fn seen(phase: NodePhase, start: u64, state: NodeState) -> NodeObserved {
        NodeObserved {
            phase,
            start,
            wipe: 0,
            fingerprint: String::new(),
            life: 1,
            state,
            since_ms: 0,
            processes: Vec::new(),
            consoles: Vec::new(),
            usage: Usage::default(),
        }
    }

    #[test]
    fn a_node_has_reached_what_its_state_says() {
        use NodePhase::{Data, Held, Running};
        use Reached::{Configured, Ended, Healthy, Started};
        let starting = NodeState::Starting {
            step: "`ip a`".into(),
        };
        let failed = NodeState::Failed {
            why: "status 1".into(),
        };
        let degraded = NodeState::Degraded { why: "sick".into() };
        let running = |booted| NodeState::Running { booted };
        let cases: [(NodeObserved, &[Reached]); 8] = [
            (seen(Held, 1, starting.clone()), &[]),
            (seen(Running, 1, starting), &[Started]),
            (seen(Running, 1, running(false)), &[Started, Configured]),
            (seen(Running, 1, degraded), &[Started, Configured]),
            (
                seen(Running, 1, running(true)),
                &[Started, Configured, Healthy],
            ),
            (seen(Data, 0, failed.clone()), &[]),
            (seen(Data, 1, failed), &[Started, Configured, Ended]),
            (seen(Running, 0, running(true)), &[]),
        ];
        for (seen, reached) in cases {
            for level in [Started, Configured, Healthy, Ended] {
                let after = After {
                    node: id(1),
                    reached: level,
                };
                let has = has_reached(&triangle(), after, Some(&seen));
                assert_eq!(has, reached.contains(&level), "{level:?} of {seen:?}");
            }
        }
    }

    #[test]
    fn it_is_said_what_is_waited_for() {
        let after = After {
            node: id(2),
            reached: Reached::Healthy,
        };
        assert_eq!(words(&triangle(), after), "r2 to be healthy");
        assert!(!has_reached(&triangle(), after, None));
        let gone = After {
            node: id(9),
            reached: Reached::Healthy,
        };
        assert!(has_reached(&triangle(), gone, None));
    }
}
