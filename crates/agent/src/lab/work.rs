//! A node's own steps, in a task of their own: they may take seconds, or hang.

use std::collections::BTreeSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use agent_api::RequestId;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use model::NodeId;
use model::plan::{Planned, Step};
use model::spec::RunWish;
use tokio::task::JoinHandle;
use tracing::Instrument;

use super::board::{Work, WorkKind};
use super::{Inner, Wish, step, waits};

/// How long a pass waits for its nodes before it goes on without those that are not done.
const PATIENCE: Duration = Duration::from_secs(1);

/// Steps of one node, in order; the first that fails ends them.
pub(super) struct Chain {
    node: NodeId,
    kind: WorkKind,
    steps: Vec<Planned>,
}

impl Chain {
    pub fn new(node: NodeId, steps: Vec<Planned>) -> Self {
        let kinds = steps.iter().map(|planned| kind(&planned.step));
        let kind = kinds.max().unwrap_or(WorkKind::Changing);
        Self { node, kind, steps }
    }
}

/// What the step makes of its node, as a person sees it.
fn kind(step: &Step) -> WorkKind {
    match step {
        Step::StopNode { .. } | Step::RemoveNode { .. } | Step::WipeNode { .. } => {
            WorkKind::Stopping
        }
        Step::EnsureNode { .. } | Step::ConfigureNode { .. } | Step::ReleaseNode { .. } => {
            WorkKind::Starting
        }
        Step::RemoveRedirect { .. }
        | Step::RemovePort { .. }
        | Step::RemoveAllPorts
        | Step::RemoveBridge { .. }
        | Step::RemoveGateway { .. }
        | Step::EnsureBridge { .. }
        | Step::EnsureGateway { .. }
        | Step::EnsurePort { .. }
        | Step::SetMaster { .. }
        | Step::ConfigureInterface { .. }
        | Step::EnsureRedirect { .. }
        | Step::SetAdmin { .. } => WorkKind::Changing,
    }
}

/// How the chains of one phase came out.
#[derive(Default)]
pub(super) struct Came {
    pub done: usize,
    /// Failed, or not done yet: nothing more for them in this pass.
    pub not_done: BTreeSet<NodeId>,
}

/// Starts every chain and waits for them, but not longer than a moment.
pub(super) async fn run_all(lab: &Arc<Inner>, wish: &Arc<Wish>, chains: Vec<Chain>) -> Came {
    if chains.is_empty() {
        return Came::default();
    }
    let mut came = Came {
        done: 0,
        not_done: chains.iter().map(|chain| chain.node).collect(),
    };
    let mut running: FuturesUnordered<_> = chains
        .into_iter()
        .map(|chain| outcome(chain.node, start(lab, wish, chain)))
        .collect();
    let mut patience = pin!(give_up(lab, wish));
    loop {
        // Both arms are cancel-safe: chains are tasks and go on, waited for or not.
        tokio::select! {
            ended = running.next() => match ended {
                Some((node, true)) => {
                    came.done += 1;
                    came.not_done.remove(&node);
                }
                Some((_, false)) => {}
                None => return came,
            },
            () = &mut patience => return came,
        }
    }
}

/// After a moment, or when there is another wish.
async fn give_up(lab: &Inner, wish: &Wish) {
    let another_wish = async {
        loop {
            lab.hurry.notified().await;
            if !lab.wish().is(wish) {
                return;
            }
        }
    };
    // Running out of time is one of the two reasons.
    let _ = tokio::time::timeout(PATIENCE, another_wish).await;
}

async fn outcome(node: NodeId, task: JoinHandle<bool>) -> (NodeId, bool) {
    (node, task.await.unwrap_or(false))
}

fn start(lab: &Arc<Inner>, wish: &Arc<Wish>, chain: Chain) -> JoinHandle<bool> {
    let (node, kind) = (chain.node, chain.kind);
    let name = wish
        .spec()
        .and_then(|spec| spec.nodes.get(&node))
        .map_or("", |spec| &spec.name);
    let request = lab.causes.last();
    let span = tracing::info_span!(
        "node.work",
        lab.id = %lab.id,
        node.id = %node,
        node.name = name,
        request.id = request.as_ref().map(RequestId::as_str),
    );
    // Locked until the work is written down, so that its end cannot come before.
    let mut board = lab.board();
    let task = tokio::spawn(
        RequestId::scope_maybe(request, run(lab.clone(), wish.clone(), chain)).instrument(span),
    );
    let begun = Work {
        kind,
        step: String::new(),
        task: task.abort_handle(),
    };
    board.begin(node, begun);
    task
}

/// True when every step is done.
async fn run(lab: Arc<Inner>, wish: Arc<Wish>, chain: Chain) -> bool {
    let (node, kind) = (chain.node, chain.kind);
    let ended = run_steps(&lab, &wish, chain).await;
    let succeeded = ended.is_ok();
    {
        let mut board = lab.board();
        board.end(node);
        if let Err(why) = ended {
            let run = wish
                .spec()
                .and_then(|spec| spec.nodes.get(&node))
                .map(|spec| spec.run);
            board
                .troubles
                .failed(node, why, run.unwrap_or(RunWish::Off), Instant::now());
        }
    }
    if !succeeded || kind == WorkKind::Stopping {
        lab.changed.notify_one();
    }
    // The pass that started it may have gone on without it.
    lab.wake.notify_one();
    succeeded
}

async fn run_steps(lab: &Arc<Inner>, wish: &Wish, chain: Chain) -> Result<(), String> {
    let makes_node = |planned: &Planned| matches!(planned.step, Step::EnsureNode { .. });
    let _turn = if chain.steps.iter().any(makes_node) {
        waits::wait(lab, chain.node).await;
        prepare(lab, wish, chain.node).await?;
        lab.progress(chain.node, WorkKind::Waiting, "other nodes that start");
        Some(
            lab.host
                .starts
                .acquire()
                .await
                .expect("the semaphore is never closed"),
        )
    } else {
        None
    };
    for run in step::runs(&chain.steps) {
        if let Some(first) = run.first() {
            lab.progress(chain.node, chain.kind, step::words(&first.step));
        }
        let outcomes = run_together(lab, wish, run).await;
        outcomes.into_iter().collect::<Result<(), String>>()?;
    }
    Ok(())
}

/// What may take long is nobody else's turn.
async fn prepare(lab: &Arc<Inner>, wish: &Wish, node: NodeId) -> Result<(), String> {
    let Some(spec) = wish.spec().and_then(|spec| spec.nodes.get(&node)) else {
        return Ok(());
    };
    let told = lab.clone();
    let tell = move |step: &str| told.progress(node, WorkKind::Starting, step);
    let driver = &lab.host.driver;
    let problems = driver.validate(spec);
    if !problems.is_empty() {
        return Err(problems.join("; "));
    }
    let prepared = driver.prepare(lab.node_ref(node), spec, &tell).await;
    prepared.map_err(|error| error.to_string())
}

/// One run of steps, each with its line in the log and its outcome.
pub(super) async fn run_together(
    lab: &Inner,
    wish: &Wish,
    steps: &[Planned],
) -> Vec<Result<(), String>> {
    let begun = Instant::now();
    let outcomes = step::run(lab, wish.spec(), steps).await;
    let each = begun.elapsed() / u32::try_from(steps.len().max(1)).unwrap_or(u32::MAX);
    let told = steps.iter().zip(outcomes);
    told.map(|(planned, outcome)| tell(lab, planned, each, outcome))
        .collect()
}

fn tell(
    lab: &Inner,
    planned: &Planned,
    took: Duration,
    outcome: anyhow::Result<()>,
) -> Result<(), String> {
    let step = &planned.step;
    lab.host.figures.step(step, took, outcome.is_err());
    match outcome {
        Ok(()) => {
            tracing::debug!(lab.id = %lab.id, %step, why = planned.why, "step.done");
            Ok(())
        }
        Err(error) => {
            let error = format!("{error:#}");
            tracing::warn!(lab.id = %lab.id, %step, why = planned.why, error, "step.failed");
            Err(error)
        }
    }
}

impl Inner {
    pub(super) fn progress(&self, node: NodeId, kind: WorkKind, step: &str) {
        self.board().progress(node, kind, step);
        self.changed.notify_one();
    }
}
