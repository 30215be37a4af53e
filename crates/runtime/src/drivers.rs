//! Every kind's driver as one: whoever asks names a node, and its kind says who answers.
//!
//! What comes with a spec goes by the spec's kind; the rest goes to whoever has the node. A node whose kind
//! was changed leaves its former driver before the new one makes it.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use model::seen::NodePhase;
use model::spec::NodeSpec;
use model::{LabId, NodeId};
use tokio::sync::broadcast;

use crate::driver::{
    BoxFuture, DriverCapabilities, DriverError, DriverEvent, LabNames, NodeDriver, NodeObserved,
    NodeRef, Tell,
};
use crate::stream::{NodeStream, StreamKind};

/// Events a watcher may lag behind before it must observe everything anew.
const EVENTS: usize = 1024;

pub struct Drivers {
    all: Vec<Arc<dyn NodeDriver>>,
    events: broadcast::Sender<DriverEvent>,
}

impl Drivers {
    /// To be called in a runtime.
    pub fn new(all: Vec<Arc<dyn NodeDriver>>) -> Self {
        let events = broadcast::channel(EVENTS).0;
        for driver in &all {
            tokio::spawn(pass_on(driver.clone(), events.clone()));
        }
        Self { all, events }
    }

    /// Who runs nodes of this kind.
    fn of(&self, spec: &NodeSpec) -> Option<&dyn NodeDriver> {
        let kind = spec.driver.kind();
        let runs = |driver: &&Arc<dyn NodeDriver>| {
            driver.capabilities().iter().any(|can| can.kind == kind)
        };
        self.all.iter().find(runs).map(|driver| &**driver)
    }

    fn of_spec(&self, spec: &NodeSpec) -> Result<&dyn NodeDriver, DriverError> {
        self.of(spec)
            .ok_or_else(|| DriverError::BadSpec(nobody(spec)))
    }

    fn having(&self, node: NodeRef) -> impl Iterator<Item = &dyn NodeDriver> {
        let having = self.all.iter().filter(move |driver| driver.has(node));
        having.map(|driver| &**driver)
    }

    /// Of two that have it, one that was cut off while it went over, the one in which it lives.
    async fn running(&self, node: NodeRef) -> Result<&dyn NodeDriver, DriverError> {
        let having: Vec<&dyn NodeDriver> = self.having(node).collect();
        if let [one] = having[..] {
            return Ok(one);
        }
        for driver in having {
            let seen = driver.observe(node.lab).await?;
            let lives = |seen: &NodeObserved| seen.phase != NodePhase::Data;
            if seen.get(&node.node).is_some_and(lives) {
                return Ok(driver);
            }
        }
        Err(DriverError::NoSuchNode { node })
    }
}

fn nobody(spec: &NodeSpec) -> String {
    format!(
        "{} cannot run here: nothing on this host runs it",
        spec.driver.kind()
    )
}

async fn pass_on(driver: Arc<dyn NodeDriver>, to: broadcast::Sender<DriverEvent>) {
    let mut events = driver.watch();
    drop(driver);
    loop {
        match events.recv().await {
            // Nobody listens: then nobody is to be told.
            Ok(event) => drop(to.send(event)),
            Err(broadcast::error::RecvError::Lagged(missed)) => {
                tracing::debug!(
                    missed,
                    "events of nodes came too fast; the next pass looks anyway"
                );
            }
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

impl NodeDriver for Drivers {
    fn capabilities(&self) -> Vec<DriverCapabilities> {
        self.all
            .iter()
            .flat_map(|driver| driver.capabilities())
            .collect()
    }

    fn validate(&self, spec: &NodeSpec) -> Vec<String> {
        match self.of(spec) {
            Some(driver) => driver.validate(spec),
            None => vec![nobody(spec)],
        }
    }

    fn has(&self, node: NodeRef) -> bool {
        self.having(node).next().is_some()
    }

    fn prepare<'a>(
        &'a self,
        node: NodeRef,
        spec: &'a NodeSpec,
        tell: &'a Tell<'a>,
    ) -> BoxFuture<'a, Result<(), DriverError>> {
        Box::pin(async move { self.of_spec(spec)?.prepare(node, spec, tell).await })
    }

    fn ensure<'a>(
        &'a self,
        node: NodeRef,
        spec: &'a NodeSpec,
    ) -> BoxFuture<'a, Result<NodeObserved, DriverError>> {
        Box::pin(async move {
            let own = self.of_spec(spec)?;
            for other in self
                .having(node)
                .filter(|other| !std::ptr::addr_eq(*other, own))
            {
                other.remove(node).await?;
            }
            own.ensure(node, spec).await
        })
    }

    fn netns(&self, node: NodeRef) -> BoxFuture<'_, Result<OwnedFd, DriverError>> {
        Box::pin(async move { self.running(node).await?.netns(node).await })
    }

    fn release(&self, node: NodeRef) -> BoxFuture<'_, Result<(), DriverError>> {
        Box::pin(async move { self.running(node).await?.release(node).await })
    }

    fn stop(&self, node: NodeRef, grace: Duration) -> BoxFuture<'_, Result<(), DriverError>> {
        Box::pin(async move {
            for driver in self.having(node) {
                driver.stop(node, grace).await?;
            }
            Ok(())
        })
    }

    fn wipe(&self, node: NodeRef, wipe: u64) -> BoxFuture<'_, Result<(), DriverError>> {
        Box::pin(async move {
            for driver in self.having(node) {
                driver.wipe(node, wipe).await?;
            }
            Ok(())
        })
    }

    fn remove(&self, node: NodeRef) -> BoxFuture<'_, Result<(), DriverError>> {
        Box::pin(async move {
            for driver in self.having(node) {
                driver.remove(node).await?;
            }
            Ok(())
        })
    }

    fn set_names(&self, lab: LabId, names: &LabNames) {
        for driver in &self.all {
            driver.set_names(lab, names);
        }
    }

    fn observe(
        &self,
        lab: LabId,
    ) -> BoxFuture<'_, Result<BTreeMap<NodeId, NodeObserved>, DriverError>> {
        Box::pin(async move {
            let mut seen = BTreeMap::new();
            for driver in &self.all {
                merge(&mut seen, driver.observe(lab).await?);
            }
            Ok(seen)
        })
    }

    fn observe_all(&self) -> BoxFuture<'_, Result<BTreeMap<NodeRef, NodeObserved>, DriverError>> {
        Box::pin(async move {
            let mut seen = BTreeMap::new();
            for driver in &self.all {
                merge(&mut seen, driver.observe_all().await?);
            }
            Ok(seen)
        })
    }

    fn open(
        &self,
        node: NodeRef,
        kind: StreamKind,
    ) -> BoxFuture<'_, Result<NodeStream, DriverError>> {
        Box::pin(async move { self.running(node).await?.open(node, kind).await })
    }

    fn watch(&self) -> broadcast::Receiver<DriverEvent> {
        self.events.subscribe()
    }
}

/// One that lives hides one that left only its data.
fn merge<K: Ord>(seen: &mut BTreeMap<K, NodeObserved>, more: BTreeMap<K, NodeObserved>) {
    for (node, observed) in more {
        let lives = observed.phase != NodePhase::Data;
        match seen.entry(node) {
            std::collections::btree_map::Entry::Vacant(entry) => drop(entry.insert(observed)),
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                if lives {
                    entry.insert(observed);
                }
            }
        }
    }
}
