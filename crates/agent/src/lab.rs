//! One lab on this host: a task that makes it equal to its wish, again and again.
//!
//! ```text
//! woken by: timer · a new wish · kernel link events · supervisors · a node's work that ended
//! pass:     observe ─▶ plan ─▶ remove ─▶ add ─▶ publish
//! ```
//! A pass takes no argument and goes by what is there now. Work that may take seconds (making
//! and stopping nodes) runs in a task of its own for each node: a pass waits for it a moment, then
//! leaves that node alone until it is done, so that a node that hangs holds up no other.

mod board;
mod carry;
mod cause;
mod drift;
#[cfg(test)]
mod fake;
mod gateway;
mod observe;
mod pass;
mod phases;
mod publish;
mod quick;
mod render;
mod step;
mod story;
#[cfg(test)]
mod tests;
mod trouble;
mod uplink;
mod waits;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use agent_api::{LabEntry, RequestId};
use fabric::{Counters, NodeNet};
use model::names::Names;
use model::seen::PortId;
use model::spec::{LabSpec, RunWish};
use model::status::LabStatus;
use model::{Generation, LabId, NodeId};
use runtime::NodeRef;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::host::Host;
use crate::ledger::Entry;
use board::Board;

pub use carry::Peer;

/// The safety net: everything that matters wakes the lab by itself.
const CADENCE: Duration = Duration::from_secs(2);
/// The same for a lab of which nothing runs.
const ASLEEP: Duration = Duration::from_secs(15);
/// Events that come together are looked at together: for this long, and longer where looking takes long.
const GATHER: Duration = Duration::from_millis(10);

/// A handle to the lab's task; the task ends with it.
pub struct Lab {
    inner: Arc<Inner>,
    tasks: [JoinHandle<()>; 2],
}

struct Inner {
    host: Arc<Host>,
    id: LabId,
    names: Names,
    /// Called by whoever serves its networks too.
    wake: Arc<Notify>,
    /// Ends the patience with slow nodes: there is a new wish.
    hurry: Notify,
    /// The status may be another one now.
    changed: Notify,
    board: Mutex<Board>,
    causes: cause::Causes,
    nets: tokio::sync::Mutex<observe::Nets>,
    /// Written to while bridges are made: ports that belong to one wait for it.
    bridges: tokio::sync::RwLock<()>,
    /// The wish with what this host chose.
    resolved: Mutex<Option<gateway::Resolved>>,
    peers: Mutex<(Option<Generation>, BTreeMap<PortId, Peer>)>,
}

/// What is wanted of a lab now.
enum Wish {
    Present(Arc<LabEntry>),
    Tombstone(Arc<LabEntry>),
    /// Nobody may touch it: why.
    Frozen(String),
}

impl Lab {
    pub fn start(host: Arc<Host>, id: LabId, causes: Vec<RequestId>) -> Self {
        let inner = Arc::new(Inner::new(host, id));
        inner.causes.add(causes);
        let tasks = [
            tokio::spawn(live(inner.clone())),
            tokio::spawn(publish::run(inner.clone())),
        ];
        Self { inner, tasks }
    }

    pub fn names(&self) -> &Names {
        &self.inner.names
    }

    /// Something may have changed.
    pub fn wake(&self) {
        self.inner.wake.notify_one();
    }

    /// There is a new wish, which these requests caused.
    pub fn hurry(&self, causes: Vec<RequestId>) {
        self.inner.causes.add(causes);
        self.inner.hurry.notify_one();
        self.inner.wake.notify_one();
    }

    pub fn status(&self) -> LabStatus {
        self.inner.render()
    }

    /// Nothing of it runs, nor shall.
    pub fn is_asleep(&self) -> bool {
        self.inner.board().is_asleep()
    }

    /// The node waits for its turn or is being made.
    pub fn is_coming(&self, node: NodeId) -> bool {
        self.inner.board().is_coming(node)
    }

    pub fn is_reaping(&self) -> bool {
        self.inner.board().is_reaping()
    }

    /// One of them was just made and the link is not whole yet; it is asked for when it is.
    pub fn are_being_joined(&self, ports: [PortId; 2]) -> bool {
        let board = self.inner.board();
        ports.iter().any(|port| board.in_quick_pass.contains(port))
    }

    /// Leave to mend what somebody else changed; none named: everything.
    pub fn repair(&self, only: Option<BTreeSet<String>>) {
        self.inner.board().drifts.give_leave(only);
        self.hurry(Vec::new());
    }

    /// The sockets inside its nodes.
    pub fn nets(&self) -> impl Future<Output = Vec<(NodeId, NodeNet)>> + use<> {
        let lab = self.inner.clone();
        async move { lab.nets().await }
    }

    pub fn take_counters(&self, counters: BTreeMap<PortId, Counters>) {
        let mut board = self.inner.board();
        if board.counters != counters {
            board.counters = counters;
            drop(board);
            self.inner.changed.notify_one();
        }
    }

    /// How many of its nodes had a supervisor at the last look.
    pub fn supervisors(&self) -> u64 {
        self.inner.board().supervisors()
    }

    /// The other end of a link of two interfaces.
    pub fn peer(&self, port: PortId) -> Option<Peer> {
        self.inner.peer(port)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        self.inner.board().abort_all();
    }
}

async fn live(lab: Arc<Inner>) {
    let mut passes_in_a_row = 0;
    loop {
        let begun = Instant::now();
        let outcome = pass::run(&lab).await;
        lab.host.figures.pass(begun.elapsed());
        let pause = match outcome {
            pass::Outcome::Gone => {
                // The task stays for a newer wish: ending it would race with that one's coming.
                *lab.board() = Board::default();
                lab.wake.notified().await;
                continue;
            }
            pass::Outcome::Quiet => {
                // By the second one everything that was done has been told.
                if passes_in_a_row == 0 {
                    lab.rest_if_settled();
                }
                passes_in_a_row = 0;
                lab.quiet_pause()
            }
            pass::Outcome::Again => drift::LOOK_AGAIN,
            // What was done is looked at once more. Should planner and kernel never agree, the pause
            // grows until this is no busier than the cadence.
            pass::Outcome::Did => {
                passes_in_a_row += 1;
                (GATHER * 2_u32.pow(passes_in_a_row.min(8))).min(CADENCE)
            }
        };
        let gather = (lab.board().look_took * 2).clamp(GATHER, CADENCE);
        // Both arms only wake.
        tokio::select! {
            () = lab.wake.notified() => lab.rest(gather).await,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

impl Inner {
    fn new(host: Arc<Host>, id: LabId) -> Self {
        Self {
            names: Names::new(&host.instance, id),
            host,
            id,
            wake: Arc::default(),
            hurry: Notify::new(),
            changed: Notify::new(),
            board: Mutex::default(),
            causes: cause::Causes::default(),
            nets: tokio::sync::Mutex::default(),
            bridges: tokio::sync::RwLock::default(),
            resolved: Mutex::default(),
            peers: Mutex::default(),
        }
    }

    /// Until the next retry, or the next look of the safety net.
    fn quiet_pause(&self) -> Duration {
        let board = self.board();
        let cadence = if board.is_asleep() { ASLEEP } else { CADENCE };
        board.next_retry().unwrap_or(cadence).min(cadence)
    }

    /// A storm of events shall not keep a processor busy with looking; a new wish is not put off.
    async fn rest(&self, gather: Duration) {
        // Both arms only wake.
        tokio::select! {
            () = self.hurry.notified() => {}
            () = tokio::time::sleep(gather) => {}
        }
    }
}

impl Inner {
    /// What happens from now on is no request's doing.
    fn rest_if_settled(&self) {
        let board = self.board();
        if board.busy().is_empty() && board.next_retry().is_none() {
            self.causes.clear();
        }
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board
            .lock()
            .expect("the board never panics while it is locked")
    }

    fn node_ref(&self, node: NodeId) -> NodeRef {
        NodeRef {
            lab: self.id,
            hash: self.names.hash,
            node,
        }
    }

    fn wish(&self) -> Wish {
        let wish = self.wish_of_ledger();
        match wish {
            Wish::Present(entry) => Wish::Present(self.resolved(&entry)),
            Wish::Tombstone(_) | Wish::Frozen(_) => wish,
        }
    }

    fn wish_of_ledger(&self) -> Wish {
        let ledger = self.host.ledger();
        if let Some(why) = ledger.held_back(self.id) {
            return Wish::Frozen(format!(
                "this host no longer allows what the lab asks for; what runs is left alone and nothing is started: {}",
                why.join("; ")
            ));
        }
        match ledger.get(self.id) {
            Some(Entry::Known { wish, .. }) => match **wish {
                LabEntry::Present { .. } => Wish::Present(wish.clone()),
                LabEntry::Tombstone { .. } => Wish::Tombstone(wish.clone()),
            },
            Some(Entry::Frozen(why)) => Wish::Frozen(why.clone()),
            None => Wish::Frozen(
                "this host has nodes of the lab but no wish for it; its server's next wish is taken".into(),
            ),
        }
    }
}

impl Wish {
    /// The same wish, not only the same words.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Present(own), Self::Present(other))
            | (Self::Tombstone(own), Self::Tombstone(other)) => Arc::ptr_eq(own, other),
            (Self::Frozen(own), Self::Frozen(other)) => own == other,
            (Self::Present(_) | Self::Tombstone(_) | Self::Frozen(_), _) => false,
        }
    }

    fn spec(&self) -> Option<&LabSpec> {
        match self {
            Self::Present(wish) => match &**wish {
                LabEntry::Present { spec, .. } => Some(spec),
                LabEntry::Tombstone { .. } => None,
            },
            Self::Tombstone(_) | Self::Frozen(_) => None,
        }
    }

    fn shall_run(&self, node: NodeId) -> bool {
        let spec = self.spec().and_then(|spec| spec.nodes.get(&node));
        matches!(spec.map(|spec| spec.run), Some(RunWish::On { .. }))
    }

    fn generation(&self) -> Generation {
        match self {
            Self::Present(wish) | Self::Tombstone(wish) => wish.generation(),
            Self::Frozen(_) => Generation::default(),
        }
    }
}
