//! The agent as its server sees it: wishes in, status, events and streams out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use agent_api::client::{BoxFuture, ClientEvent};
use agent_api::serve::Service;
use agent_api::{
    AgentClient, AgentError, AgentStream, ApplyOutcome, ControllerId, Discovery, Event, HelloReply,
    HostFigures, HostSpec, HostStatus, ImageAnswer, ImageAsk, LabEntry, Opening, PROTOCOL, Repair,
    RequestId,
};
use fabric::{Counters, NodeNet};
use model::names::{LabHash, Names};
use model::seen::PortId;
use model::spec::LabSpec;
use model::{LabId, NodeId};
use runtime::{DriverEvent, NodeRef};
use tokio::sync::broadcast;

use crate::host::Host;
use crate::lab::{Lab, Peer};
use crate::ledger::{Controllers, Entry, LedgerError};
use crate::{check, images, policy, streams};

/// The tasks of all labs.
#[derive(Default)]
pub struct Labs(Mutex<BTreeMap<LabId, Lab>>);

pub struct Agent {
    host: Arc<Host>,
    controllers: Controllers,
    labs: Arc<Labs>,
}

impl Labs {
    fn all(&self) -> MutexGuard<'_, BTreeMap<LabId, Lab>> {
        self.0
            .lock()
            .expect("no holder of this lock panics: it only looks up")
    }

    /// Starts the lab's task, or wakes it with its new wish.
    fn wish(&self, host: &Arc<Host>, id: LabId, causes: Vec<RequestId>) {
        let mut labs = self.all();
        match labs.get(&id) {
            Some(lab) => lab.hurry(causes),
            None => {
                labs.insert(id, Lab::start(host.clone(), id, causes));
            }
        }
    }

    pub fn wake_all(&self) {
        self.all().values().for_each(Lab::wake);
    }

    /// Nodes of all labs that have one.
    pub fn supervisors(&self) -> u64 {
        self.all().values().map(Lab::supervisors).sum()
    }

    /// The sockets inside the nodes of all labs.
    pub async fn nets(&self) -> Vec<(NodeId, NodeNet)> {
        let nets: Vec<_> = self.all().values().map(Lab::nets).collect();
        futures_util::future::join_all(nets).await.concat()
    }

    pub fn any_awake(&self) -> bool {
        self.all().values().any(|lab| !lab.is_asleep())
    }

    /// Of all labs.
    pub fn take_counters(&self, counted: &BTreeMap<(LabHash, PortId), Counters>) {
        for lab in self.all().values() {
            let hash = lab.names().hash;
            let of_lab = counted.iter().filter(|((of, _), _)| *of == hash);
            lab.take_counters(
                of_lab
                    .map(|((_, port), counters)| (*port, *counters))
                    .collect(),
            );
        }
    }

    pub fn wake_hash(&self, hash: LabHash) {
        let labs = self.all();
        labs.values()
            .filter(|lab| lab.names().hash == hash)
            .for_each(Lab::wake);
    }

    /// A lab whose bridges go one by one looks when all are gone.
    pub fn wake_unless_reaping(&self, hash: LabHash) {
        let labs = self.all();
        labs.values()
            .filter(|lab| lab.names().hash == hash && !lab.is_reaping())
            .for_each(Lab::wake);
    }

    pub fn names(&self) -> Vec<Names> {
        self.all().values().map(|lab| lab.names().clone()).collect()
    }

    /// The node is on its way up.
    pub fn is_coming(&self, hash: LabHash, node: NodeId) -> bool {
        let labs = self.all();
        let mut labs = labs.values();
        labs.any(|lab| lab.names().hash == hash && lab.is_coming(node))
    }

    /// The link at these ports is one that a quick pass makes.
    pub fn are_being_joined(&self, hash: LabHash, ports: [PortId; 2]) -> bool {
        let labs = self.all();
        let mut labs = labs.values();
        labs.any(|lab| lab.names().hash == hash && lab.are_being_joined(ports))
    }

    /// The other end of the link at this port.
    pub fn peer(&self, hash: LabHash, port: PortId) -> Option<(Names, Peer)> {
        let labs = self.all();
        let lab = labs.values().find(|lab| lab.names().hash == hash)?;
        Some((lab.names().clone(), lab.peer(port)?))
    }
}

impl Agent {
    /// Takes up every lab of the ledger, and those that only their nodes tell of.
    pub async fn start(host: Arc<Host>, controllers: Controllers) -> anyhow::Result<Arc<Self>> {
        let labs = Arc::new(Labs::default());
        let mut known: Vec<LabId> = host
            .ledger()
            .labs()
            .filter(|(_, entry)| {
                !matches!(
                    entry,
                    Entry::Known {
                        fulfilled: true,
                        ..
                    }
                )
            })
            .map(|(id, _)| id)
            .collect();
        known.extend(host.driver.observe_all().await?.keys().map(|node| node.lab));
        for id in known {
            labs.wish(&host, id, Vec::new());
        }
        tokio::spawn(crate::follower::run(host.clone(), labs.clone()));
        tokio::spawn(crate::discovery::run(host.clone(), labs.clone()));
        tokio::spawn(crate::counting::run(host.clone(), labs.clone()));
        tokio::spawn(hear_supervisors(host.clone(), labs.clone()));
        Ok(Arc::new(Self {
            host,
            controllers,
            labs,
        }))
    }

    /// What concerns this host as a whole.
    pub fn tell_every_lab(&self, message: &str) {
        for &lab in self.labs.all().keys() {
            self.host.tell(Event::Notice {
                lab,
                node: None,
                message: message.to_owned(),
                request_id: None,
            });
        }
    }

    /// Validates one lab's wish and keeps it; the host is touched later.
    fn apply_lab(&self, id: LabId, wish: LabEntry, causes: Vec<RequestId>) -> ApplyOutcome {
        let judged = self.host.ledger().judge(id, &wish);
        if judged != ApplyOutcome::Accepted {
            return judged;
        }
        if let LabEntry::Present { spec, .. } = &wish {
            let problems = check::problems(id, spec);
            if !problems.is_empty() {
                return ApplyOutcome::Invalid { problems };
            }
            let refusals = policy::refusals(spec, &self.host.allow);
            if !refusals.is_empty() {
                // What would keep its nodes from running anyway comes first.
                let problems = self.unable(spec).chain(refusals).collect();
                return ApplyOutcome::Forbidden { problems };
            }
        }
        let kept = self.keep(id, wish, causes);
        kept.unwrap_or_else(|error| ApplyOutcome::Invalid {
            problems: vec![error.to_string()],
        })
    }

    fn unable(&self, spec: &LabSpec) -> impl Iterator<Item = String> {
        spec.nodes.values().flat_map(|node| {
            let problems = self.host.driver.validate(node).into_iter();
            problems.map(|why| format!("node {}: {why}", node.name))
        })
    }

    /// The lab goes to work as soon as there is space for its wish, who asked for it is answered when
    /// the wish is on the disk. A wish that ends a node's data waits for the disk too: it is not taken
    /// back.
    fn keep(
        &self,
        id: LabId,
        wish: LabEntry,
        causes: Vec<RequestId>,
    ) -> Result<ApplyOutcome, LedgerError> {
        let _one_at_a_time = self.host.keeping();
        let mut keeping = {
            let ledger = self.host.ledger();
            // Another server's wish may have been kept meanwhile.
            let judged = ledger.judge(id, &wish);
            if judged != ApplyOutcome::Accepted {
                return Ok(judged);
            }
            ledger.prepare(id, wish)?
        };
        if self.host.ledger().ends_data(&keeping) {
            keeping.finish()?;
            self.host.ledger().count(&mut keeping);
            self.labs.wish(&self.host, id, causes);
            return Ok(ApplyOutcome::Accepted);
        }
        self.host.ledger().count(&mut keeping);
        self.labs.wish(&self.host, id, causes);
        if let Err(error) = keeping.finish() {
            self.host.ledger().take_back(keeping);
            self.labs.wish(&self.host, id, Vec::new());
            return Err(error);
        }
        Ok(ApplyOutcome::Accepted)
    }

    /// Where the opening leads, if the lab and the node are ones that were asked for.
    fn find(&self, lab: LabId, node: NodeId) -> Result<NodeRef, AgentError> {
        let failed = |code: &str, message| AgentError::Failed {
            code: code.into(),
            message,
        };
        let ledger = self.host.ledger();
        let Some(Entry::Known { wish, .. }) = ledger.get(lab) else {
            return Err(failed("unknown_lab", format!("this host has no lab {lab}")));
        };
        match &**wish {
            LabEntry::Present { spec, .. } if spec.nodes.contains_key(&node) => Ok(NodeRef {
                lab,
                hash: Names::new(&self.host.instance, lab).hash,
                node,
            }),
            LabEntry::Present { .. } => Err(failed(
                "unknown_node",
                format!("lab {lab} has no node {node}"),
            )),
            LabEntry::Tombstone { .. } => {
                Err(failed("unknown_lab", format!("lab {lab} is being removed")))
            }
        }
    }
}

/// Wakes labs when something happens to their nodes, and tells what a person should know.
async fn hear_supervisors(host: Arc<Host>, labs: Arc<Labs>) {
    let mut events = host.driver.watch();
    loop {
        match events.recv().await {
            Ok(DriverEvent::Changed(node) | DriverEvent::Ended(node)) => labs.wake_hash(node.hash),
            Ok(DriverEvent::Notice { node, message }) => {
                tracing::info!(lab.id = %node.lab, node.id = %node.node, message, "node.notice");
                host.tell(Event::Notice {
                    lab: node.lab,
                    node: Some(node.node),
                    message,
                    request_id: None,
                });
            }
            Err(broadcast::error::RecvError::Lagged(_)) => labs.wake_all(),
            Err(broadcast::error::RecvError::Closed) => return,
        }
    }
}

impl AgentClient for Agent {
    fn hello(&self) -> Result<HelloReply, AgentError> {
        Ok(HelloReply::Welcome {
            protocol: PROTOCOL,
            instance: self.host.instance.clone(),
            host: self.host.id,
            capabilities: self.host.capabilities(),
        })
    }

    fn apply(
        &self,
        spec: HostSpec,
    ) -> BoxFuture<'_, Result<BTreeMap<LabId, ApplyOutcome>, AgentError>> {
        Box::pin(async move {
            let failed = |code: &str, message| AgentError::Failed {
                code: code.into(),
                message,
            };
            self.admit(&spec.controller)
                .map_err(|why| failed("unknown_controller", why))?;
            if spec.host != self.host.id {
                return Err(failed(
                    "wrong_host",
                    format!("this is host {}", self.host.id),
                ));
            }
            // Every wish that is kept is flushed to the disk, which may take its time.
            Ok(tokio::task::block_in_place(|| {
                let mut causes = spec.causes;
                let mut apply = |(id, wish)| {
                    let causes = causes.remove(&id).unwrap_or_default();
                    (id, self.apply_lab(id, wish, causes))
                };
                spec.labs.into_iter().map(&mut apply).collect()
            }))
        })
    }

    fn status(&self) -> BoxFuture<'_, Result<HostStatus, AgentError>> {
        Box::pin(async move {
            let mut status = HostStatus::default();
            for (id, entry) in self.host.ledger().labs() {
                if let Entry::Known {
                    wish,
                    fulfilled: true,
                } = entry
                {
                    status.removed.insert(id, wish.generation());
                }
            }
            for (id, lab) in &*self.labs.all() {
                if !status.removed.contains_key(id) {
                    status.labs.insert(*id, lab.status());
                }
            }
            Ok(status)
        })
    }

    fn figures(&self) -> BoxFuture<'_, Result<HostFigures, AgentError>> {
        Box::pin(async move { Ok(self.host.figures.now(self.labs.supervisors())) })
    }

    fn set_discovery(&self, discovery: Discovery) -> BoxFuture<'_, Result<(), AgentError>> {
        Box::pin(async move {
            self.host
                .cadence
                .set(discovery)
                .map_err(|message| AgentError::Failed {
                    code: "cadence_out_of_range".into(),
                    message,
                })
        })
    }

    fn repair(&self, repair: Repair) -> BoxFuture<'_, Result<(), AgentError>> {
        Box::pin(async move {
            let Repair { lab, only } = repair;
            match self.labs.all().get(&lab) {
                Some(found) => {
                    tracing::info!(lab.id = %lab, ?only, "drift.repair");
                    found.repair(only);
                    Ok(())
                }
                None => Err(AgentError::Failed {
                    code: "unknown_lab".into(),
                    message: format!("this host has no lab {lab}"),
                }),
            }
        })
    }

    fn images(&self, ask: ImageAsk) -> BoxFuture<'_, Result<ImageAnswer, AgentError>> {
        Box::pin(images::answer(&*self.host.images, ask))
    }

    fn events(&self) -> broadcast::Receiver<ClientEvent> {
        self.host.events()
    }

    fn open(&self, opening: Opening) -> BoxFuture<'_, Result<AgentStream, AgentError>> {
        Box::pin(async move {
            let Some((lab, node)) = opening.node() else {
                return images::open(&*self.host.images, opening).await;
            };
            let node = self.find(lab, node)?;
            streams::open(&*self.host.driver, node, opening).await
        })
    }
}

impl Service for Agent {
    fn admit(&self, controller: &ControllerId) -> Result<(), String> {
        self.controllers.admit(controller)
    }
}
