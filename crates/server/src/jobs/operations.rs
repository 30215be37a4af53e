//! What operations do with jobs.

use std::time::Duration;

use api::event::Event;
use api::job::{Job, JobAct, JobPage, JobState};
use api::page::Paging;
use model::access::Action;
use store::{JobRow, WishChange};
use uuid::Uuid;

use super::JobRecord;
use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::store_page;

impl App {
    /// Writes the job down and has the loops look at once.
    pub async fn begin_job(&self, record: JobRecord) -> Result<Job, Error> {
        let job = record.job.clone();
        self.keep_job(record).await?;
        self.wake.push_specs.notify_one();
        self.wake.jobs.notify_one();
        Ok(job)
    }

    /// Keeps a job as it now is and tells who may know.
    pub async fn keep_job(&self, record: JobRecord) -> Result<(), Error> {
        let job = record.job.clone();
        let row = record.row().map_err(Error::internal)?;
        self.store.put_job(&row).await?;
        self.jobs.put(record);
        self.publish_lab(job.lab, Event::Job { job }).await
    }

    /// The job, for a caller who may see its lab, or who asked for it.
    pub async fn job_for(&self, caller: &Caller, id: Uuid) -> Result<Job, Error> {
        let job = self.find_job(id).await?;
        let mine = job.by == caller.user.username;
        if !mine {
            let seen = self.lab_for(caller, job.lab, Action::View).await;
            seen.map_err(|_| no_such_job(id))?;
        }
        Ok(job)
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
        self.find_job(id).await
    }

    pub async fn list_jobs(&self, caller: &Caller, paging: &Paging) -> Result<JobPage, Error> {
        let page = self.store.jobs(None, &store_page(paging)?).await?;
        let mut items = Vec::new();
        for row in page.items {
            let visible = match self.audience_of(row.lab).await? {
                Some(audience) => caller.may_hear(audience),
                None => caller.is_admin(),
            };
            if visible {
                items.push(self.newest(row)?);
            }
        }
        Ok(JobPage {
            items,
            next_cursor: page.next.map(|cursor| cursor.to_string()),
        })
    }

    /// Ends the job. Nodes that a start has not brought up are no more wished for.
    pub async fn cancel_job(&self, caller: &Caller, id: Uuid) -> Result<Job, Error> {
        let _turn = self.jobs.turn().await;
        let Some(mut record) = self.jobs.get(id) else {
            return self.find_job(id).await;
        };
        let now_ms = self.clock.now_ms();
        if record.job.act == JobAct::Start {
            let pending = record.job.nodes.iter().filter(|node| !node.done);
            let pending: Vec<_> = pending.map(|node| node.node).collect();
            let (lab, by) = (record.job.lab, caller.user.id);
            let stop = WishChange::Stop;
            self.store
                .change_wishes(lab, &pending, stop, by, now_ms)
                .await?;
            self.causes.note(lab);
            self.wake.push_specs.notify_one();
        }
        record.job.state = JobState::Cancelled;
        record.job.ended_ms = Some(now_ms);
        let job = record.job.clone();
        self.keep_job(record).await?;
        Ok(job)
    }

    async fn find_job(&self, id: Uuid) -> Result<Job, Error> {
        if let Some(record) = self.jobs.get(id) {
            return Ok(record.job);
        }
        let row = self.store.job(id).await?;
        self.newest(row.ok_or_else(|| no_such_job(id))?)
    }

    /// A job that runs is newer in memory than in the store.
    fn newest(&self, row: JobRow) -> Result<Job, Error> {
        match self.jobs.get(row.id) {
            Some(record) => Ok(record.job),
            None => Ok(JobRecord::read(row).map_err(Error::internal)?.job),
        }
    }
}

fn no_such_job(id: Uuid) -> Error {
    Error::not_found(format!("job {id}"))
}
