//! What operations do with jobs.

use std::time::Duration;

use api::event::Event;
use api::job::{Job, JobAct, JobPage, JobState};
use api::page::Paging;
use model::access::Action;
use store::{Act, ActRows, JobRow, WishChange};
use uuid::Uuid;

use super::JobRecord;
use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::store_page;
use crate::metrics::outcome;

impl App {
    /// Tells of a job that is written down already, and has the loops look at once.
    pub async fn begin_job(&self, record: JobRecord) -> Result<Job, Error> {
        let job = record.job.clone();
        self.take_job(record).await?;
        tell_begin(&job);
        self.wake.push_specs.notify_one();
        self.wake.jobs.notify_one();
        Ok(job)
    }

    /// Keeps a job as it now is and tells who may know.
    pub async fn keep_job(&self, record: JobRecord) -> Result<(), Error> {
        let row = record.row().map_err(Error::internal)?;
        self.store.put_job(&row).await?;
        self.take_job(record).await
    }

    /// As it is written down.
    async fn take_job(&self, record: JobRecord) -> Result<(), Error> {
        let job = record.job.clone();
        self.metrics.job(&job);
        tell_end(&job);
        self.jobs.put(record);
        self.publish_lab(job.lab, Event::Job { job }).await
    }

    /// The job, for a caller who may see its lab. When the lab is no more: for who asked, and for
    /// who sees every lab.
    pub async fn job_for(&self, caller: &Caller, id: Uuid) -> Result<Job, Error> {
        let record = self.find_job(id).await?;
        let lab = record.job.lab;
        match self.store.lab_access(lab).await? {
            Some(access) => self
                .require_in_lab(caller, lab, &access, Action::View)
                .await
                .map_err(|_| no_such_job(id))?,
            None if caller.sees_every_lab() || record.asked_by == Some(caller.user.id) => {}
            None => return Err(no_such_job(id)),
        }
        Ok(record.job)
    }

    /// The job when it has ended, or as it stands when the time is over.
    pub async fn wait_for_job(&self, id: Uuid, time: Duration) -> Result<Job, Error> {
        let mut changed = self.jobs.watch();
        let ended =
            async { while self.jobs.get(id).is_some() && changed.changed().await.is_ok() {} };
        tokio::select! {
            () = ended => {}
            () = tokio::time::sleep(time) => {}
            () = self.stopping.cancelled() => {}
        }
        Ok(self.find_job(id).await?.job)
    }

    pub async fn list_jobs(&self, caller: &Caller, paging: &Paging) -> Result<JobPage, Error> {
        let viewer = (!caller.sees_every_lab()).then_some(caller.user.id);
        let page = self.store.jobs(viewer, &store_page(paging)?).await?;
        let items = page.items.into_iter().map(|row| Ok(self.newest(row)?.job));
        let items = items.collect::<Result<_, Error>>()?;
        Ok(JobPage {
            items,
            next_cursor: page.next.map(|cursor| cursor.to_string()),
        })
    }

    /// Ends the job. Nodes that a start has not brought up are no more wished for.
    pub async fn cancel_job(&self, caller: &Caller, id: Uuid) -> Result<Job, Error> {
        let _turn = self.jobs.turn().await;
        let Some(mut record) = self.jobs.get(id) else {
            return Ok(self.find_job(id).await?.job);
        };
        let now_ms = self.clock.now_ms();
        record.job.state = JobState::Cancelled;
        record.job.ended_ms = Some(now_ms);
        let job = record.job.clone();
        let pending = job.nodes.iter().filter(|node| !node.done);
        let pending: Vec<_> = match job.act {
            JobAct::Start => pending.map(|node| node.node).collect(),
            JobAct::Stop | JobAct::Restart | JobAct::Wipe => Vec::new(),
        };
        let stop = Act {
            lab: job.lab,
            nodes: &pending,
            change: WishChange::Stop,
            by: caller.user.id,
            at_ms: now_ms,
        };
        let audit = self.audit_entry(caller, &job.lab.to_string(), &format!("job {id}"));
        let row = record.row().map_err(Error::internal)?;
        let describe = |_| Ok((ActRows { job: row, audit }, ()));
        self.store.act::<_, Error>(stop, describe).await?;
        if !pending.is_empty() {
            self.causes.note(job.lab);
            self.wake.push_specs.notify_one();
        }
        self.take_job(record).await?;
        Ok(job)
    }

    async fn find_job(&self, id: Uuid) -> Result<JobRecord, Error> {
        if let Some(record) = self.jobs.get(id) {
            return Ok(record);
        }
        let row = self.store.job(id).await?;
        self.newest(row.ok_or_else(|| no_such_job(id))?)
    }

    /// A job that runs is newer in memory than in the store.
    fn newest(&self, row: JobRow) -> Result<JobRecord, Error> {
        match self.jobs.get(row.id) {
            Some(record) => Ok(record),
            None => JobRecord::read(row).map_err(Error::internal),
        }
    }
}

fn tell_begin(job: &Job) {
    let (act, request) = (job.act.to_string(), job.request_id.as_deref());
    tracing::info!(
        job.id = %job.id,
        lab.id = %job.lab,
        act,
        nodes = job.total,
        user.name = job.by,
        request.id = request,
        "job.begin"
    );
}

fn tell_end(job: &Job) {
    let Some(ended_ms) = job.ended_ms else {
        return;
    };
    let why = match &job.state {
        JobState::Failed { why } => Some(why.as_str()),
        JobState::Running | JobState::Succeeded | JobState::Cancelled => None,
    };
    tracing::info!(
        job.id = %job.id,
        lab.id = %job.lab,
        outcome = outcome(&job.state),
        why,
        duration_ms = ended_ms.saturating_sub(job.started_ms),
        request.id = job.request_id.as_deref(),
        "job.end"
    );
}

fn no_such_job(id: Uuid) -> Error {
    Error::not_found(format!("job {id}"))
}
