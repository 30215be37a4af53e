//! One pass: observe, plan, remove, add, publish. A new wish for a lab that stood right is first carried
//! out where it differs, see `quick`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use agent_api::{Event, RequestId};
use model::plan::check::check;
use model::plan::{Plan, Step, plan_lab, plan_removal, withhold};
use model::{NetworkId, NodeId};

use super::board::View;
use super::observe::{self, Observed};
use super::phases::{Removed, add, remove};
use super::step::point;
use super::{Inner, Wish, quick, uplink};

/// Whether it is worth to look again at once.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Did,
    /// Nothing was done, and a moment later more is known.
    Again,
    Quiet,
    /// The lab was to go and is gone.
    Gone,
}

pub(super) async fn run(lab: &Arc<Inner>) -> Outcome {
    lab.choose_subnets().await;
    let wish = Arc::new(lab.wish());
    quick::run(lab, &wish).await;
    let begun = Instant::now();
    lab.board().abort_unwanted_starts(&wish);
    let mut observed = match observe::run(lab).await {
        Ok(observed) => observed,
        Err(error) => {
            tracing::warn!(lab.id = %lab.id, error = %format!("{error:#}"), "lab.observe failed");
            lab.board().problems = vec![format!("the host could not be looked at: {error:#}")];
            lab.changed.notify_one();
            return Outcome::Quiet;
        }
    };
    lab.board().look_took = begun.elapsed();
    observed.stop_what_ended(|node| wish.shall_run(node));
    if lab.stands_still(&wish, &observed) {
        return Outcome::Quiet;
    }
    make_equal(lab, &wish, observed).await
}

/// The lab, which was just looked at, to its wish.
async fn make_equal(lab: &Arc<Inner>, wish: &Arc<Wish>, observed: Observed) -> Outcome {
    lab.discover(wish, &observed);
    let plan = plan(lab, wish, &observed);
    let (remove_steps, add_steps) = (plan.remove.len(), plan.add.len());
    let look_ms = lab.board().look_took.as_millis();
    tracing::debug!(lab.id = %lab.id, look_ms, remove_steps, add_steps, "lab.pass");
    let fulfilled = lab.fulfil(wish, &observed);
    if matches!(fulfilled, Ok(true)) {
        return Outcome::Gone;
    }
    let unclear: BTreeSet<NodeId> = observed.unclear.keys().copied().collect();
    // A lab that is to go is right when it is gone, which is written down first.
    let is_right = matches!(**wish, Wish::Present(_))
        && plan.is_empty()
        && plan.blocked.is_empty()
        && unclear.is_empty();
    let look_again = lab.board().drifts.is_under_way();
    lab.take_in(View::new(wish, observed, plan.blocked.clone()));
    if let Err(why) = fulfilled {
        lab.problem(why);
    }
    lab.write_names(wish);
    let removed = remove(lab, wish, plan.remove).await;
    let added = match removed {
        Removed::Failed => 0,
        Removed::Well { ref left, .. } => add(lab, wish, plan.add, &(&unclear | left)).await,
    };
    uplink::ensure(lab, wish).await;
    if added + removed.done() > 0 {
        runtime::faults::point(|| "the pass is done".into());
        Outcome::Did
    } else if look_again {
        Outcome::Again
    } else {
        lab.board().right_for = is_right.then(|| wish.clone());
        Outcome::Quiet
    }
}

fn plan(lab: &Inner, wish: &Wish, observed: &Observed) -> Plan {
    match (wish, wish.spec()) {
        (Wish::Present(_), Some(spec)) => {
            let (seen, withheld) = lab.board().drifts.for_plan(&observed.seen);
            let plan = withhold(plan_lab(spec, &seen, &lab.names), &withheld);
            lab.unless_broken(&check(&plan, spec, &seen, &lab.names), plan)
        }
        (Wish::Tombstone(_), _) => plan_removal(&observed.seen),
        (Wish::Present(_), None) | (Wish::Frozen(_), _) => Plan::default(),
    }
}

impl Inner {
    /// A plan that breaks a rule is a bug of the planner: nothing of it is done.
    fn unless_broken(&self, broken: &[String], plan: Plan) -> Plan {
        if broken.is_empty() {
            return plan;
        }
        tracing::error!(lab.id = %self.id, ?broken, ?plan, "the plan breaks rules, it is not carried out");
        let rules = broken.join("; ");
        self.board().refused_plan = Some(format!(
            "the agent refuses its own plan, which is a bug worth a report: {rules}"
        ));
        Plan {
            blocked: plan.blocked,
            ..Plan::default()
        }
    }

    /// Nothing was to be done at the last look, and nothing is another now but what nodes use. (Of the
    /// same wish and the same look the same plan comes.)
    fn stands_still(&self, wish: &Wish, observed: &Observed) -> bool {
        let mut board = self.board();
        let stands = board.stands_still(wish, observed);
        if stands && board.take_usage(observed) {
            self.changed.notify_one();
        }
        stands
    }

    fn take_in(&self, view: View) {
        let news = self.board().look(view);
        for (node, message) in news {
            self.notice(node, message);
        }
        self.changed.notify_one();
    }

    pub(super) fn problem(&self, why: String) {
        self.board().problems.push(why);
        self.changed.notify_one();
    }

    pub(super) fn notice(&self, node: NodeId, message: String) {
        tracing::info!(lab.id = %self.id, node.id = %node, message, "node.notice");
        self.host.tell(Event::Notice {
            lab: self.id,
            node: Some(node),
            message,
            request_id: RequestId::current(),
        });
    }

    pub(super) fn notice_all(&self, node: NodeId, messages: Vec<String>) {
        for message in messages {
            self.notice(node, message);
        }
    }

    /// True when the lab is to go and gone, to the last object, and that is written down.
    fn fulfil(&self, wish: &Wish, observed: &Observed) -> Result<bool, String> {
        let Wish::Tombstone(tombstone) = wish else {
            return Ok(false);
        };
        let seen = &observed.seen;
        let no_bridge = seen.bridges.is_empty() && seen.renamed_bridges().next().is_none();
        let nothing = seen.nodes.is_empty() && seen.ports.is_empty() && seen.gateways.is_empty();
        if !(nothing && no_bridge) {
            return Ok(false);
        }
        self.host
            .gateways
            .forget(self.id)
            .map_err(|error| format!("the folder of its networks stays: {error}"))?;
        // Waits for the disk, and for others that do.
        let fulfilled = tokio::task::block_in_place(|| {
            let _writing = self.host.keeping();
            self.host.ledger().fulfil(self.id, tombstone)
        });
        let fulfilled = fulfilled.map_err(|error| error.to_string())?;
        self.changed.notify_one();
        Ok(fulfilled)
    }

    /// Bridges are slow to delete, 16 ms each, so nobody waits for them.
    pub(super) fn reap(self: &Arc<Self>, bridges: Vec<NetworkId>) {
        let mut board = self.board();
        if bridges.is_empty() || board.is_reaping() {
            return;
        }
        let lab = self.clone();
        let reaper = tokio::spawn(async move {
            let mut reaping = lab.host.figures.reaping(bridges.len());
            for few in bridges.chunks(BRIDGES_AT_ONCE) {
                for &network in few {
                    point(&Step::RemoveBridge { network });
                }
                if let Err(error) = lab.host.fabric.remove_bridges(&lab.names, few).await {
                    lab.problem(error.to_string());
                }
                reaping.done(few.len());
            }
            drop(reaping);
            lab.wake.notify_one();
        });
        board.reaper = Some(reaper.abort_handle());
    }

    /// The lab is wanted again.
    pub(super) fn stop_reaping(&self) {
        if let Some(reaper) = self.board().reaper.take() {
            reaper.abort();
        }
    }
}

/// The kernel holds a lock for each message; others shall get their turn between two.
const BRIDGES_AT_ONCE: usize = 5;
