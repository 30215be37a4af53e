//! The `netns` driver: folders, launchers and supervisors' sockets. The world itself is the memory;
//! what is kept of it may be forgotten at any time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::spec::NodeSpec;
use model::{LabId, NodeId};
use tokio::sync::broadcast;

use super::client;
use super::config::Config;
use super::folder::{NodeFolder, nodes_dir};
use super::kept::{Kept, Touch};
use super::protocol::Request;
use super::{acts, base, check, observe, process, streams};
use crate::driver::{
    BoxFuture, DriverCapabilities, DriverError, DriverEvent, NodeDriver, NodeObserved, NodeRef,
};
use crate::stream::{NodeStream, StreamKind};

/// Events a watcher may lag behind before it must observe everything anew.
const EVENTS: usize = 1024;

/// Cheap to clone; all clones are one driver.
#[derive(Clone)]
pub struct Driver {
    pub(super) config: Arc<Config>,
    /// Name of the base new nodes stand on.
    pub(super) base: Arc<str>,
    pub(super) events: broadcast::Sender<DriverEvent>,
    pub(super) busy: Arc<Mutex<Busy>>,
    pub(super) kept: Arc<Mutex<Kept>>,
}

/// What this driver is doing now; not what there is.
#[derive(Default)]
pub(super) struct Busy {
    /// Nodes that are being made: their supervisors do not answer yet.
    pub making: BTreeSet<NodeRef>,
    /// Nodes whose supervisors are listened to.
    pub watched: BTreeSet<NodeRef>,
}

impl Driver {
    /// Makes the base of this host's nodes, and clears what was left half-made. Takes up to a second
    /// when the host's configuration changed.
    pub fn new(config: Config) -> Result<Self, DriverError> {
        let runtime = &config.runtime_dir;
        let bases = runtime.join("base");
        for dir in [runtime.clone(), nodes_dir(runtime), bases.clone()] {
            fs::create_dir_all(&dir)
                .map_err(|error| DriverError::failed(format!("create {}", dir.display()), error))?;
        }
        remove_unowned(&config);
        let made = base::ensure(&bases, config.id_map);
        let base =
            made.map_err(|error| DriverError::failed("make the base of /etc and /var", error))?;
        let mut used = bases_in_use(&config);
        used.insert(base.clone());
        if let Err(error) = base::remove_others(&bases, &used) {
            tracing::warn!(%error, "an old base of /etc and /var could not be removed");
        }
        Ok(Self {
            config: Arc::new(config),
            base: base.into(),
            events: broadcast::channel(EVENTS).0,
            busy: Arc::default(),
            kept: Arc::default(),
        })
    }

    pub(super) fn folder(&self, node: NodeRef) -> NodeFolder {
        NodeFolder::new(&self.config.runtime_dir, node)
    }

    pub(super) fn busy(&self) -> std::sync::MutexGuard<'_, Busy> {
        // Sets of names: whoever panicked while holding it left them whole.
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Folders of nodes, by their names alone.
    pub(super) fn folders(config: &Config) -> Vec<NodeFolder> {
        let entries = fs::read_dir(nodes_dir(&config.runtime_dir))
            .into_iter()
            .flatten()
            .flatten();
        entries
            .map(|entry| NodeFolder { path: entry.path() })
            .collect()
    }

    async fn answer_of(&self, node: NodeRef, request: Request) -> Result<(), DriverError> {
        let folder = self.folder(node);
        if acts::living(&folder).is_none() {
            return Err(DriverError::NotRunning { node });
        }
        let answer = client::ask(&folder, request).await;
        answer
            .map(drop)
            .map_err(|why| DriverError::Supervisor { node, why })
    }
}

/// Folders that were being made when their maker was killed: nobody's, and nothing in them.
fn remove_unowned(config: &Config) {
    for folder in Driver::folders(config) {
        let unowned = folder.read_data().is_none() && folder.record().is_none();
        if unowned && folder.try_lock().is_ok_and(|lock| lock.is_some()) && folder.remove().is_err()
        {
            tracing::warn!(folder = %folder.path.display(), "a half-made node could not be removed");
        }
    }
}

fn bases_in_use(config: &Config) -> BTreeSet<String> {
    let records = Driver::folders(config)
        .into_iter()
        .filter_map(|folder| folder.record());
    let running = records.filter(|record| process::living(record).is_some());
    running.map(|record| record.base).collect()
}

impl NodeDriver for Driver {
    fn capabilities(&self) -> Vec<DriverCapabilities> {
        let most = fs::read_to_string("/proc/sys/user/max_user_namespaces");
        let none = most.is_ok_and(|most| most.trim() == "0");
        vec![DriverCapabilities {
            kind: "netns",
            cannot_run: none.then(|| {
                "user namespaces are switched off: set the sysctl user.max_user_namespaces to 10000".into()
            }),
        }]
    }

    fn has(&self, node: NodeRef) -> bool {
        self.folder(node).exists()
    }

    fn validate(&self, spec: &NodeSpec) -> Vec<String> {
        check::problems(spec)
    }

    fn ensure<'a>(
        &'a self,
        node: NodeRef,
        spec: &'a NodeSpec,
    ) -> BoxFuture<'a, Result<NodeObserved, DriverError>> {
        Box::pin(acts::ensure(self, node, spec))
    }

    fn netns(&self, node: NodeRef) -> BoxFuture<'_, Result<OwnedFd, DriverError>> {
        Box::pin(async move {
            let folder = self.folder(node);
            if acts::living(&folder).is_none() {
                return Err(DriverError::NotRunning { node });
            }
            client::netns(&folder)
                .await
                .map_err(|why| DriverError::Supervisor { node, why })
        })
    }

    fn release(&self, node: NodeRef) -> BoxFuture<'_, Result<(), DriverError>> {
        Box::pin(async move {
            let _touch = Touch::new(self, node);
            self.answer_of(node, Request::Release).await
        })
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

    fn observe(
        &self,
        lab: LabId,
    ) -> BoxFuture<'_, Result<BTreeMap<NodeId, NodeObserved>, DriverError>> {
        Box::pin(async move {
            let seen = observe::observe(self, Some(lab)).await?;
            Ok(seen
                .into_iter()
                .map(|(node, observed)| (node.node, observed))
                .collect())
        })
    }

    fn observe_all(&self) -> BoxFuture<'_, Result<BTreeMap<NodeRef, NodeObserved>, DriverError>> {
        Box::pin(observe::observe(self, None))
    }

    fn open(
        &self,
        node: NodeRef,
        kind: StreamKind,
    ) -> BoxFuture<'_, Result<NodeStream, DriverError>> {
        Box::pin(async move {
            let folder = self.folder(node);
            if acts::living(&folder).is_none() {
                return match kind {
                    StreamKind::Logs { process, .. } if folder.exists() => {
                        streams::of_kept_log(&folder, process.as_deref()).await
                    }
                    _ => Err(DriverError::NotRunning { node }),
                };
            }
            let broken = |why| DriverError::Supervisor { node, why };
            if let StreamKind::Console { name, .. } = &kind {
                let has = client::status(&folder).await.map_err(broken)?.consoles;
                if !has.contains(name) {
                    return Err(DriverError::NoSuchConsole {
                        node,
                        console: name.clone(),
                        has,
                    });
                }
            }
            let log_of = match &kind {
                StreamKind::Logs { process, .. } => Some(process.clone()),
                _ => None,
            };
            let connection = client::open(&folder, streams::request_of(kind)).await;
            let stream = streams::of_connection(node, connection.map_err(broken)?);
            match log_of {
                Some(process) => {
                    streams::after_earlier_runs(stream, &folder, process.as_deref()).await
                }
                None => Ok(stream),
            }
        })
    }

    fn watch(&self) -> broadcast::Receiver<DriverEvent> {
        self.events.subscribe()
    }
}
