//! A pass over the part that a new wish changes, of a lab that stood right for the wish before.
//!
//! ```text
//! right for an earlier wish ─new wish─▶ quick pass over what differs ─at once─▶ ordinary pass
//! ```
//! It looks at that part alone and carries out the plan for it, so that one link more costs the same in
//! a large lab as in a small one. It decides nothing about the lab: view, status, drift and troubles are
//! the ordinary pass's, which follows whatever came of this one, looks at everything, and does again what
//! failed here. Where anything is unusual (work under way, troubles, drift in the part, a node that
//! stops or starts) there is no quick pass.

use std::collections::BTreeSet;
use std::sync::Arc;

use model::plan::check::check;
use model::plan::{Part, Plan, Planned, Step};
use model::seen::{LabSeen, PortId};
use model::spec::LabSpec;

use super::{Inner, Wish, observe, step, work};

/// Whether anything was done.
pub(super) async fn run(lab: &Arc<Inner>, wish: &Arc<Wish>) -> bool {
    let Some(spec) = wish.spec() else {
        return false;
    };
    let Some((part, nodes)) = lab.board().part(wish) else {
        return false;
    };
    let seen = match observe::part(lab, &part, nodes).await {
        Ok(Some(seen)) => seen,
        Ok(None) => return false,
        Err(error) => {
            tracing::debug!(lab.id = %lab.id, error = %format!("{error:#}"), "lab.quick_pass cannot look");
            return false;
        }
    };
    let Some(plan) = plan(lab, &part, spec, &seen) else {
        return false;
    };
    let mut steps = in_order(plan);
    steps.retain(|planned| !lab.is_followers(&planned.step));
    tracing::debug!(lab.id = %lab.id, steps = steps.len(), "lab.quick_pass");
    // Of two ends the first to come is not taken for one whose other end is gone or has no carrier.
    let ports: BTreeSet<PortId> = steps.iter().filter_map(made_port).collect();
    lab.board().in_quick_pass.clone_from(&ports);
    let done = carry_out(lab, wish, &steps).await;
    lab.board().in_quick_pass.clear();
    for port in ports {
        lab.host.settle.settle(lab.names.hash, port);
    }
    runtime::faults::point(|| "the quick pass is done".into());
    done
}

/// None where nothing is to be done, or not by a quick pass.
fn plan(lab: &Inner, part: &Part, spec: &LabSpec, seen: &LabSeen) -> Option<Plan> {
    let plan = part.plan(spec, seen, &lab.names)?;
    // The ordinary pass plans for itself, and tells.
    let broken = check(&plan, &part.of_spec(spec), seen, &lab.names);
    (broken.is_empty() && !plan.is_empty()).then_some(plan)
}

/// Traffic may flow before addresses are set.
fn in_order(plan: Plan) -> Vec<Planned> {
    let mut add = plan.add;
    add.sort_by_key(|planned| rank(&planned.step));
    let mut steps = plan.remove;
    steps.append(&mut add);
    steps
}

fn made_port(planned: &Planned) -> Option<PortId> {
    match planned.step {
        Step::EnsurePort { port, .. } => Some(port),
        _ => None,
    }
}

fn rank(step: &Step) -> u8 {
    match step {
        Step::EnsureBridge { .. } => 0,
        Step::EnsurePort { .. } => 1,
        Step::SetMaster { .. } => 2,
        Step::EnsureRedirect { .. } => 3,
        _ => 4,
    }
}

/// Up to the first that fails; whether anything was done.
async fn carry_out(lab: &Arc<Inner>, wish: &Arc<Wish>, steps: &[Planned]) -> bool {
    let mut any = false;
    for run in step::runs(steps) {
        let outcomes = work::run_together(lab, wish, run).await;
        any |= outcomes.iter().any(Result::is_ok);
        if outcomes.iter().any(Result::is_err) {
            break;
        }
    }
    any
}
