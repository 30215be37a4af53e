//! Everything that a page tells, as it stands when the page is asked for.

use std::collections::BTreeMap;
use std::time::Duration;

use agent_api::HostFigures;
use model::status::{LabStatus, LinkStatus, NodeState, Plumbed};
use model::{Lab, LinkState};
use store::{DbFigures, DbOperation, FileState, Page, PoolFigures, Store};
use telemetry::ProcessFigures;

use super::act;
use crate::app::App;
use crate::auth::IDLE_MS;
use crate::error::Error;

/// An agent that does not answer by then is left out.
const AGENT_WITHIN: Duration = Duration::from_secs(2);

pub(super) struct Scraped {
    pub things: Things,
    pub sessions: u64,
    pub running_jobs: BTreeMap<&'static str, u64>,
    pub database: Vec<(DbOperation, DbFigures)>,
    pub pools: [PoolFigures; 2],
    pub agent_connected: bool,
    pub agent: Option<HostFigures>,
    pub process: ProcessFigures,
}

/// How many there are in each state.
#[derive(Debug, Default)]
pub(super) struct Things {
    pub labs: BTreeMap<&'static str, u64>,
    /// By kind and state.
    pub nodes: BTreeMap<(&'static str, &'static str), u64>,
    pub links: BTreeMap<&'static str, u64>,
}

pub(super) async fn scrape(app: &App) -> Result<Scraped, Error> {
    let mut running_jobs = BTreeMap::new();
    for record in app.jobs.running() {
        *running_jobs.entry(act(record.job.act)).or_default() += 1;
    }
    let asked = tokio::time::timeout(AGENT_WITHIN, app.agent.figures()).await;
    Ok(Scraped {
        things: count_things(app).await?,
        sessions: app
            .store
            .count_sessions(app.clock.now_ms(), IDLE_MS)
            .await?,
        running_jobs,
        database: Store::figures(),
        pools: app.store.pools(),
        agent_connected: app.host().is_ok(),
        agent: asked.ok().and_then(Result::ok),
        process: ProcessFigures::own(),
    })
}

async fn count_things(app: &App) -> Result<Things, Error> {
    let mut things = Things::default();
    let mut page = Page::default();
    loop {
        let labs = app.labs.list(None, &page).await?;
        for record in labs.items {
            let status = app.statuses.of(&record.lab);
            things.add(&record.lab, &record.file, &status);
        }
        page.after = labs.next;
        if page.after.is_none() {
            return Ok(things);
        }
    }
}

impl Things {
    fn add(&mut self, lab: &Lab, file: &FileState, status: &LabStatus) {
        *self.labs.entry(lab_state(file, status)).or_default() += 1;
        for (id, node) in &lab.nodes {
            let state = status
                .nodes
                .get(id)
                .map_or("stopped", |its| its.state.word());
            *self.nodes.entry((node.kind.word(), state)).or_default() += 1;
        }
        for (id, link) in &lab.links {
            let state = link_state(link.state, status.links.get(id));
            *self.links.entry(state).or_default() += 1;
        }
    }
}

fn lab_state(file: &FileState, status: &LabStatus) -> &'static str {
    let runs = |state: &NodeState| !matches!(state, NodeState::Stopped);
    match file {
        FileState::Broken { .. } => "broken",
        FileState::Missing => "missing",
        FileState::Ok if status.nodes.values().any(|node| runs(&node.state)) => "running",
        FileState::Ok => "stopped",
    }
}

fn link_state(wanted: LinkState, status: Option<&LinkStatus>) -> &'static str {
    match (wanted, status.map(|status| status.plumbed)) {
        (LinkState::Cut, _) => "cut",
        (LinkState::Up, Some(Plumbed::Yes)) => "plumbed",
        (LinkState::Up, Some(Plumbed::No)) => "not_plumbed",
        (LinkState::Up, Some(Plumbed::Idle) | None) => "idle",
    }
}
