//! Ends jobs whose nodes have come to what was wished for.

use std::time::Duration;

use crate::app::App;
use crate::error::Error;
use crate::jobs::{JobRecord, Seen, advance};

const TICK: Duration = Duration::from_secs(1);

pub async fn run(app: App) {
    super::repeat(&app, "watching jobs", &app.wake.jobs, TICK, || pass(&app)).await;
}

/// Takes up the jobs that a server before this one left running.
pub async fn load(app: &App) -> Result<(), Error> {
    for row in app.store.unfinished_jobs().await? {
        let id = row.id;
        match JobRecord::read(row) {
            Ok(record) => app.jobs.put(record),
            Err(error) => tracing::warn!(job.id = %id, %error, "a job is not readable"),
        }
    }
    Ok(())
}

async fn pass(app: &App) -> Result<(), Error> {
    let _turn = app.jobs.turn().await;
    for record in app.jobs.running() {
        let next = look(app, &record).await?;
        if next != record {
            app.keep_job(next).await?;
        }
    }
    Ok(())
}

async fn look(app: &App, record: &JobRecord) -> Result<JobRecord, Error> {
    let id = record.job.lab;
    let lab = app.labs.get(id).await?;
    let told = app.pushed.get(id);
    let accepted = told.as_ref().map(|told| (told.generation, &told.wishes));
    let seen = Seen {
        lab: lab.as_ref().map(|lab| &*lab.lab),
        wishes: &app.store.run_wishes(id).await?,
        accepted,
        refused: &app.statuses.refused(id),
        status: &app.statuses.raw(id),
        now_ms: app.clock.now_ms(),
    };
    Ok(advance(record, seen))
}
