//! The `docker` driver. Docker and the kernel are the memory; what is known of them here is fed by their
//! events and begins empty.

use std::collections::BTreeMap;
use std::fs;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use model::spec::NodeSpec;
use model::{LabId, NodeId};
use std::path::PathBuf;
use tokio::sync::{broadcast, watch};
use tokio::task::AbortHandle;

use super::config::Config;
use super::engine::{self, Engine, State};
use super::folder::{self, NodeFolder};
use super::image::Images;
use super::world::{Node, World};
use super::{acts, check, door, events, gate, hosts, streams};
use crate::driver::{
    BoxFuture, DriverCapabilities, DriverError, DriverEvent, LabNames, NodeDriver, NodeObserved,
    NodeRef, Tell,
};
use crate::stream::{NodeStream, StreamKind};

/// Events a watcher may lag behind before it must observe everything anew.
const EVENTS: usize = 1024;

/// What keeps an agent of an ordinary user from running containers.
const WITHOUT_ROOT: &str = "a container's network namespace belongs to the host's root, so an agent without root cannot make its interfaces; run nova-ve-agent as root";

/// Cheap to clone; all clones are one driver.
#[derive(Clone)]
pub struct Driver(Arc<Inner>);

pub struct Inner {
    pub config: Config,
    /// The gate's program, as new containers get it.
    pub gate: PathBuf,
    pub engine: Engine,
    pub images: Images,
    world: Mutex<World>,
    /// Acts on one node come one after the other.
    acts: Mutex<BTreeMap<NodeRef, Arc<tokio::sync::Mutex<()>>>>,
    /// By lab. Whoever writes a node's file of hosts holds it.
    names: Mutex<BTreeMap<LabId, LabNames>>,
    events: broadcast::Sender<DriverEvent>,
    /// Counts changes of the world.
    changes: watch::Sender<u64>,
    listener: Mutex<Option<AbortHandle>>,
}

impl std::ops::Deref for Driver {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Driver {
    /// Takes up the nodes whose folders there are, and looks for the engine from now on. To be called in a
    /// runtime.
    pub fn new(config: Config) -> Result<Self, DriverError> {
        let dir = folder::nodes_dir(&config.runtime_dir);
        let install = fs::create_dir_all(&dir).and_then(|()| gate::install(&dir));
        let gate = install.map_err(|error| {
            DriverError::failed(format!("put the gate into {}", dir.display()), error)
        })?;
        let driver = Self(Arc::new(Inner {
            engine: Engine::new(&config.socket),
            gate,
            images: Images::default(),
            world: Mutex::default(),
            acts: Mutex::default(),
            names: Mutex::default(),
            events: broadcast::channel(EVENTS).0,
            changes: watch::Sender::new(0),
            listener: Mutex::default(),
            config,
        }));
        driver.adopt();
        if driver.config.rootless {
            driver.engine.set(State::Down(WITHOUT_ROOT.into()));
            return Ok(driver);
        }
        let listener = tokio::spawn(events::listen(driver.weak()));
        *driver.lock_listener() = Some(listener.abort_handle());
        Ok(driver)
    }

    fn adopt(&self) {
        for (node, record) in folder::all(&self.config.runtime_dir) {
            let program = self.folder(node).program();
            let adopted = Node::adopt(record, |pid| gate::is_gate(pid, &program));
            self.world().insert(node, adopted);
            if let Err(error) = door::open(self, node) {
                tracing::warn!(%node, %error, "nobody listens for the node's gate");
            }
            acts::go_on(self, node);
        }
    }

    pub fn weak(&self) -> WeakDriver {
        WeakDriver(Arc::downgrade(&self.0))
    }

    pub fn folder(&self, node: NodeRef) -> NodeFolder {
        NodeFolder::new(&self.config.runtime_dir, node)
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        // Every change of it is one assignment after the other, each whole by itself.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn names(&self) -> MutexGuard<'_, BTreeMap<LabId, LabNames>> {
        // A name that is not told now is told with the next change.
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Of the lab's nodes that were started.
    pub fn hostnames(&self, lab: LabId) -> Vec<(NodeRef, String)> {
        let world = self.world();
        let own = world.iter().filter(|(node, _)| node.lab == lab);
        own.filter_map(|(node, known)| Some((*node, known.life()?.spec.hostname.clone())))
            .collect()
    }

    /// Changes what is known of a node, keeps its record where that is another, and tells.
    pub fn change<T>(&self, node: NodeRef, act: impl FnOnce(&mut Node) -> T) -> Option<T> {
        let mut world = self.world();
        let known = world.get_mut(&node)?;
        let before = known.record.clone();
        let done = act(known);
        if known.record != before
            && let Err(error) = self.folder(node).write(&known.record)
        {
            tracing::warn!(%node, %error, "the node's record cannot be written");
        }
        drop(world);
        self.tell(DriverEvent::Changed(node));
        Some(done)
    }

    pub fn with<T>(&self, node: NodeRef, look: impl FnOnce(&mut Node) -> T) -> Option<T> {
        self.world().get_mut(&node).map(look)
    }

    pub fn tell(&self, event: DriverEvent) {
        self.changes.send_modify(|count| *count += 1);
        // Nobody listens to the driver: then nobody is to be told.
        let _ = self.events.send(event);
    }

    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Whoever has it acts on the node alone.
    pub async fn act_on(&self, node: NodeRef) -> tokio::sync::OwnedMutexGuard<()> {
        let lock = {
            let mut acts = self.acts.lock().unwrap_or_else(PoisonError::into_inner);
            acts.entry(node).or_default().clone()
        };
        lock.lock_owned().await
    }

    pub fn forget_acts(&self, node: NodeRef) {
        let mut acts = self.acts.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody may wait for it.
        if acts
            .get(&node)
            .is_some_and(|lock| Arc::strong_count(lock) <= 2)
        {
            acts.remove(&node);
        }
    }

    pub fn observed(&self, node: NodeRef) -> Option<NodeObserved> {
        let down = self.engine.down();
        self.with(node, |known| known.observed(down.as_deref()))
    }

    fn lock_listener(&self) -> MutexGuard<'_, Option<AbortHandle>> {
        self.listener.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// For tasks that shall not keep the driver alive.
#[derive(Clone)]
pub struct WeakDriver(Weak<Inner>);

impl WeakDriver {
    pub fn get(&self) -> Option<Driver> {
        self.0.upgrade().map(Driver)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let listener = self
            .listener
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(listener) = listener.take() {
            listener.abort();
        }
    }
}

impl NodeDriver for Driver {
    fn capabilities(&self) -> Vec<DriverCapabilities> {
        let cannot_run = if self.config.rootless {
            Some(WITHOUT_ROOT.to_owned())
        } else {
            engine::unusable(&self.config.socket)
        };
        vec![DriverCapabilities {
            kind: "docker",
            cannot_run,
        }]
    }

    fn validate(&self, spec: &NodeSpec) -> Vec<String> {
        let mut problems = check::problems(spec);
        if self.config.rootless {
            problems.push(format!("it cannot run here: {WITHOUT_ROOT}"));
        }
        problems
    }

    fn has(&self, node: NodeRef) -> bool {
        self.world().contains_key(&node)
    }

    fn prepare<'a>(
        &'a self,
        node: NodeRef,
        spec: &'a NodeSpec,
        tell: &'a Tell<'a>,
    ) -> BoxFuture<'a, Result<(), DriverError>> {
        Box::pin(acts::prepare(self, node, spec, tell))
    }

    fn ensure<'a>(
        &'a self,
        node: NodeRef,
        spec: &'a NodeSpec,
    ) -> BoxFuture<'a, Result<NodeObserved, DriverError>> {
        Box::pin(acts::ensure(self, node, spec))
    }

    fn netns(&self, node: NodeRef) -> BoxFuture<'_, Result<OwnedFd, DriverError>> {
        Box::pin(async move { acts::netns(self, node) })
    }

    fn release(&self, node: NodeRef) -> BoxFuture<'_, Result<(), DriverError>> {
        Box::pin(acts::release(self, node))
    }

    fn stop(&self, node: NodeRef, grace: Duration) -> BoxFuture<'_, Result<(), DriverError>> {
        Box::pin(acts::stop(self, node, grace))
    }

    fn wipe(&self, node: NodeRef, wipe: u64) -> BoxFuture<'_, Result<(), DriverError>> {
        Box::pin(acts::wipe(self, node, wipe))
    }

    fn remove(&self, node: NodeRef) -> BoxFuture<'_, Result<(), DriverError>> {
        Box::pin(acts::remove(self, node))
    }

    fn set_names(&self, lab: LabId, names: &LabNames) {
        hosts::set(self, lab, names);
    }

    fn observe(
        &self,
        lab: LabId,
    ) -> BoxFuture<'_, Result<BTreeMap<NodeId, NodeObserved>, DriverError>> {
        Box::pin(async move {
            let all = self.observe_all().await?;
            let ours = all.into_iter().filter(|(node, _)| node.lab == lab);
            Ok(ours.map(|(node, observed)| (node.node, observed)).collect())
        })
    }

    fn observe_all(&self) -> BoxFuture<'_, Result<BTreeMap<NodeRef, NodeObserved>, DriverError>> {
        Box::pin(async move {
            self.engine.asked().await;
            let down = self.engine.down();
            let mut world = self.world();
            let each = world.iter_mut();
            Ok(each
                .map(|(node, known)| (*node, known.observed(down.as_deref())))
                .collect())
        })
    }

    fn open(
        &self,
        node: NodeRef,
        kind: StreamKind,
    ) -> BoxFuture<'_, Result<NodeStream, DriverError>> {
        Box::pin(streams::open(self, node, kind))
    }

    fn watch(&self) -> broadcast::Receiver<DriverEvent> {
        self.events.subscribe()
    }
}
