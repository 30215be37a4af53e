//! Start, stop, restart, wipe: a change of wishes, and a job that watches it come true.

use std::collections::BTreeMap;

use agent_api::RequestId;
use api::job::{Job, JobAct, JobNode, JobState};
use model::names::Names;
use model::spec::{DriverSpec, HiddenBridge, RunWishes, plan_spec};
use model::{Lab, NodeId, Problem};
use store::{Act, ActRows, Wish, WishChange};
use uuid::Uuid;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::jobs::JobRecord;

impl App {
    /// Wishes for `act` on the selected nodes (all that can run, without a selection).
    pub async fn act(
        &self,
        caller: &Caller,
        lab: &Lab,
        selection: Option<Vec<NodeId>>,
        act: JobAct,
    ) -> Result<Job, Error> {
        let nodes = match act {
            JobAct::Start | JobAct::Restart => self.startable(lab, selection)?,
            JobAct::Stop | JobAct::Wipe => existing(lab, selection)?,
        };
        if matches!(act, JobAct::Start | JobAct::Restart) {
            self.require_allowed(caller, lab, &nodes).await?;
            self.require_room(lab, &nodes).await?;
        }
        let before = self.wishes_of(lab).await?;
        if act == JobAct::Wipe {
            refuse_running(lab, &nodes, &before)?;
        }
        let write = || self.write_act(caller, lab, &nodes, act);
        let record = match act {
            JobAct::Stop | JobAct::Wipe => self.with_reserve(write).await?,
            JobAct::Start | JobAct::Restart => write().await?,
        };
        self.causes.note(lab.id);
        self.begin_job(record).await
    }

    async fn write_act(
        &self,
        caller: &Caller,
        lab: &Lab,
        nodes: &[NodeId],
        act: JobAct,
    ) -> Result<JobRecord, Error> {
        let change = match act {
            JobAct::Start => WishChange::Start,
            JobAct::Stop => WishChange::Stop,
            JobAct::Restart => WishChange::Restart,
            JobAct::Wipe => WishChange::Wipe,
        };
        let wanted = Act {
            lab: lab.id,
            nodes,
            change,
            by: caller.user.id,
            at_ms: self.clock.now_ms(),
        };
        let detail = format!("{} of {} nodes", nodes.len(), lab.nodes.len());
        let audit = self.audit_entry(caller, &lab.id.to_string(), &detail);
        let describe = |wishes| {
            let record = self.describe_job(caller, lab, act, wishes);
            let job = record.row().map_err(Error::internal)?;
            Ok((ActRows { job, audit }, record))
        };
        self.store.act(wanted, describe).await
    }

    fn describe_job(
        &self,
        caller: &Caller,
        lab: &Lab,
        act: JobAct,
        wishes: BTreeMap<NodeId, Wish>,
    ) -> JobRecord {
        let nodes: Vec<JobNode> = wishes.keys().map(|id| waiting(lab, *id)).collect();
        let job = Job {
            id: Uuid::new_v4(),
            lab: lab.id,
            act,
            state: JobState::Running,
            done: 0,
            total: u32::try_from(nodes.len()).unwrap_or(u32::MAX),
            nodes,
            started_ms: self.clock.now_ms(),
            ended_ms: None,
            by: caller.user.username.clone(),
            request_id: RequestId::current().map(String::from),
        };
        let wishes = wishes
            .into_iter()
            .map(|(id, wish)| (id, for_planning(&wish)));
        JobRecord {
            job,
            asked_by: Some(caller.user.id),
            wishes: wishes.collect(),
        }
    }

    /// The nodes that a driver can run. One that was named and cannot run is an error.
    fn startable(&self, lab: &Lab, selection: Option<Vec<NodeId>>) -> Result<Vec<NodeId>, Error> {
        let names = Names::new(&self.config.instance, lab.id);
        let planned = plan_spec(
            lab,
            &BTreeMap::new(),
            &self.templates,
            &names,
            HiddenBridge::default(),
        );
        let spec = planned.map_err(|problems| Error::InvalidLab {
            title: "The lab cannot be started as it is.".into(),
            problems,
        })?;
        let is_selection = selection.is_some();
        let mut nodes = existing(lab, selection)?;
        let mut problems = Vec::new();
        nodes.retain(|id| match spec.nodes.get(id).map(|node| &node.driver) {
            Some(DriverSpec::CannotRun { kind }) => {
                let what = format!("a node of kind {kind:?} cannot run on this host");
                problems.push(Problem::new(format!("nodes/{id}"), "cannot_run", what));
                false
            }
            Some(DriverSpec::Netns(_) | DriverSpec::Docker(_)) | None => true,
        });
        if (is_selection && !problems.is_empty()) || (nodes.is_empty() && !problems.is_empty()) {
            return Err(Error::InvalidLab {
                title: "Nothing here can be started.".into(),
                problems,
            });
        }
        Ok(nodes)
    }
}

fn refuse_running(lab: &Lab, nodes: &[NodeId], wishes: &RunWishes) -> Result<(), Error> {
    let on = |id: &&NodeId| wishes.get(id).is_some_and(|wish| wish.on);
    match nodes.iter().find(on) {
        None => Ok(()),
        Some(id) => Err(Error::Conflict {
            code: "node_runs",
            what: format!(
                "Node {} is started; stop it before its data is wiped.",
                lab.nodes.get(id).map_or("?", |node| &node.name)
            ),
        }),
    }
}

/// The selected nodes, each once; all of the lab without a selection.
fn existing(lab: &Lab, selection: Option<Vec<NodeId>>) -> Result<Vec<NodeId>, Error> {
    let Some(mut nodes) = selection else {
        return Ok(lab.nodes.keys().copied().collect());
    };
    nodes.sort_unstable();
    nodes.dedup();
    match nodes.iter().find(|id| !lab.nodes.contains_key(id)) {
        Some(id) => Err(Error::not_found(format!("node {id} in this lab"))),
        None => Ok(nodes),
    }
}

/// The store's wish without who and when.
fn for_planning(wish: &Wish) -> model::spec::Wish {
    model::spec::Wish {
        on: wish.on,
        start: wish.start,
        wipe: wish.wipe,
    }
}

/// A node of a job that has not begun.
fn waiting(lab: &Lab, node: NodeId) -> JobNode {
    let name = lab.nodes.get(&node).map(|node| node.name.clone());
    JobNode {
        node,
        name: name.unwrap_or_default(),
        state: "waiting".into(),
        detail: String::new(),
        done: false,
    }
}
