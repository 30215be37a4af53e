//! Tells the agent what is wished for: a spec for each lab that was ever started, a tombstone for
//! each that was removed.
//!
//! Labs nobody started are not told: they cost the host nothing. A lab is told again only when its
//! revision or its wishes changed, or after a (re)connection. Absence is never a deletion, so a
//! server with an empty database tells nothing and stops nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use agent_api::{ApplyOutcome, HostSpec, LabEntry, RequestId};
use model::names::Names;
use model::spec::{HiddenBridge, LabSpec, RunWishes, plan_spec};
use model::{Generation, HostId, Lab, LabId, Problem};
use sha2::{Digest, Sha256};
use store::{LabRecord, Page};

use super::pushed::Told;
use crate::app::App;
use crate::auth::hex;
use crate::error::Error;
use crate::jobs::was_started;

const TICK: Duration = Duration::from_secs(15);

pub async fn run(app: App) {
    super::repeat(
        &app,
        "telling the agent",
        &app.wake.push_specs,
        TICK,
        || pass(&app),
    )
    .await;
}

/// What is to be told in this pass.
struct Wanted {
    host: HostId,
    entries: BTreeMap<LabId, LabEntry>,
    told: BTreeMap<LabId, Told>,
}

async fn pass(app: &App) -> Result<(), Error> {
    // Not reachable: the connection wakes this loop when it is there.
    let Ok(host) = app.host() else {
        return Ok(());
    };
    let mut wanted = Wanted {
        host: host.id,
        entries: BTreeMap::new(),
        told: BTreeMap::new(),
    };
    for (lab, generation) in app.store.tombstones().await? {
        wanted
            .entries
            .insert(lab, LabEntry::Tombstone { generation });
    }
    let mut page = Page::default();
    loop {
        let labs = app.labs.list(None, &page).await?;
        for record in labs.items {
            add_lab(app, &record, host.capabilities.hidden_bridge, &mut wanted).await?;
        }
        page.after = labs.next;
        if page.after.is_none() {
            break;
        }
    }
    apply(app, wanted).await
}

async fn add_lab(
    app: &App,
    record: &LabRecord,
    hidden_bridge: HiddenBridge,
    wanted: &mut Wanted,
) -> Result<(), Error> {
    let lab = &record.lab;
    let wishes = app.wishes_of(lab).await?;
    let told = app.pushed.get(lab.id);
    let known = told.is_some_and(|told| told.revision == lab.revision && told.wishes == wishes);
    if known || !was_started(&wishes) {
        return Ok(());
    }
    match spec_of(app, lab, &wishes, hidden_bridge).await? {
        Ok(spec) => {
            let generation = app.store.spec_generation(lab.id, &digest(&spec)?).await?;
            // Removed since it was listed: its tombstone comes with the next pass.
            let Some(generation) = generation else {
                return Ok(());
            };
            let told = Told {
                revision: lab.revision,
                wishes,
                generation,
            };
            wanted.told.insert(lab.id, told);
            wanted
                .entries
                .insert(lab.id, LabEntry::Present { generation, spec });
            Ok(())
        }
        Err(problems) => {
            let words = problems.iter().map(Problem::to_string).collect();
            refuse(app, lab.id, words).await
        }
    }
}

/// The spec of a lab that may be told, or what is in the way.
async fn spec_of(
    app: &App,
    lab: &Lab,
    wishes: &RunWishes,
    hidden_bridge: HiddenBridge,
) -> Result<Result<LabSpec, Vec<Problem>>, Error> {
    let withheld = app.withheld(lab, wishes).await?;
    if !withheld.is_empty() {
        return Ok(Err(withheld));
    }
    let names = Names::new(&app.config.instance, lab.id);
    Ok(plan_spec(
        lab,
        wishes,
        &app.templates,
        &names,
        hidden_bridge,
    ))
}

async fn apply(app: &App, wanted: Wanted) -> Result<(), Error> {
    if wanted.entries.is_empty() {
        return Ok(());
    }
    let causes = causes_of(app, wanted.entries.keys());
    let spec = HostSpec {
        controller: app.controller.clone(),
        host: wanted.host,
        labs: wanted.entries,
        causes: causes.clone(),
    };
    let outcomes = app.agent.apply(spec).await?;
    for (lab, outcome) in outcomes {
        if let Some(told) = causes.get(&lab) {
            app.causes.told(lab, told);
        }
        take_outcome(app, lab, outcome, wanted.told.get(&lab)).await?;
    }
    app.wake.jobs.notify_one();
    Ok(())
}

/// The requests behind these labs' entries.
fn causes_of<'a>(
    app: &App,
    labs: impl Iterator<Item = &'a LabId>,
) -> BTreeMap<LabId, Vec<RequestId>> {
    let causes = labs.map(|lab| (*lab, app.causes.of(*lab)));
    causes.filter(|(_, causes)| !causes.is_empty()).collect()
}

async fn take_outcome(
    app: &App,
    lab: LabId,
    outcome: ApplyOutcome,
    told: Option<&Told>,
) -> Result<(), Error> {
    let refused = match outcome {
        ApplyOutcome::Accepted | ApplyOutcome::Unchanged => {
            if let Some(told) = told {
                app.pushed.set(lab, told.clone());
            }
            Vec::new()
        }
        // Another server, or this one before its database was put back, told more: go beyond it.
        ApplyOutcome::StaleGeneration { have } | ApplyOutcome::Conflict { have } => {
            return go_beyond(app, lab, have).await;
        }
        ApplyOutcome::Invalid { problems } | ApplyOutcome::Forbidden { problems } => problems,
        ApplyOutcome::HashTaken { by } => vec![format!(
            "its kernel names are taken on this host by lab {by}; export this lab, remove it and \
             import it again"
        )],
    };
    refuse(app, lab, refused).await
}

async fn go_beyond(app: &App, lab: LabId, have: Generation) -> Result<(), Error> {
    tracing::warn!(lab.id = %lab, generation = have.0, "the agent holds a newer wish, going beyond");
    app.store.raise_generation(lab, have).await?;
    app.wake.push_specs.notify_one();
    Ok(())
}

/// Says why the lab was not taken, or that nothing is in the way any more.
async fn refuse(app: &App, lab: LabId, problems: Vec<String>) -> Result<(), Error> {
    let event = app.statuses.set_refused(lab, problems);
    app.wake.jobs.notify_one();
    match event {
        Some(event) => app.publish_lab(lab, event).await,
        None => Ok(()),
    }
}

fn digest(spec: &LabSpec) -> Result<String, Error> {
    let bytes = serde_json::to_vec(spec).map_err(Error::internal)?;
    Ok(hex(&Sha256::digest(bytes)))
}
