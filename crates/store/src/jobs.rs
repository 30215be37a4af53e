//! Long work, as its doer describes it: the body is a document that only the server understands.

use model::LabId;
use uuid::Uuid;

use crate::db::{Row, Tx, args};
use crate::{Page, Paged, Store, StoreError, UserId};

#[derive(Debug, Clone, PartialEq)]
pub struct JobRow {
    pub id: Uuid,
    pub lab: LabId,
    /// Who asked; `None` in jobs of an older program.
    pub user: Option<UserId>,
    pub started_ms: u64,
    /// `None` while it runs.
    pub ended_ms: Option<u64>,
    pub body: serde_json::Value,
}

/// Sorts after every id.
const AFTER_EVERY_ID: &str = "~";
/// Sorts after every time.
const END_OF_TIME: &str = "9223372036854775807";

impl Store {
    /// Inserts the job, or replaces what is known of it.
    pub async fn put_job(&self, job: &JobRow) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        put(&mut tx, job).await?;
        tx.commit().await
    }

    pub async fn job(&self, id: Uuid) -> Result<Option<JobRow>, StoreError> {
        let row = self.db.row(
            "SELECT id, lab_id, user_id, started_ms, ended_ms, body FROM jobs WHERE id = $1",
            args![id],
        );
        row.await?.as_ref().map(JobRow::from_row).transpose()
    }

    /// Jobs that run, or ran when the server ended.
    pub async fn unfinished_jobs(&self) -> Result<Vec<JobRow>, StoreError> {
        let rows = self.db.rows(
            "SELECT id, lab_id, user_id, started_ms, ended_ms, body FROM jobs WHERE ended_ms IS NULL
             ORDER BY started_ms, id",
            args![],
        );
        rows.await?.iter().map(JobRow::from_row).collect()
    }

    /// Newest first: all, or those that `viewer` may see, which are those of labs that are his or
    /// shared with him, and his own of labs that are no more.
    pub async fn jobs(
        &self,
        viewer: Option<UserId>,
        page: &Page,
    ) -> Result<Paged<JobRow>, StoreError> {
        let [started, id] = page.key([END_OF_TIME, AFTER_EVERY_ID]);
        let started: u64 = started.parse().unwrap_or(0);
        let rows = if let Some(viewer) = viewer {
            let statement = "SELECT id, lab_id, user_id, started_ms, ended_ms, body FROM jobs
                WHERE (started_ms, id) < ($1, $2)
                  AND (lab_id IN (SELECT id FROM labs WHERE owner_id = $4)
                    OR lab_id IN (SELECT lab_id FROM shares WHERE user_id = $4)
                    OR user_id = $4 AND lab_id NOT IN (SELECT id FROM labs))
                ORDER BY started_ms DESC, id DESC LIMIT $3";
            self.db
                .rows(statement, args![started, id, page.rows(), viewer])
        } else {
            let statement = "SELECT id, lab_id, user_id, started_ms, ended_ms, body FROM jobs
                WHERE (started_ms, id) < ($1, $2)
                ORDER BY started_ms DESC, id DESC LIMIT $3";
            self.db.rows(statement, args![started, id, page.rows()])
        };
        let rows = rows.await?;
        let jobs = rows
            .iter()
            .map(JobRow::from_row)
            .collect::<Result<_, _>>()?;
        Ok(page.cut(jobs, |job: &JobRow| {
            vec![job.started_ms.to_string(), job.id.to_string()]
        }))
    }

    /// Forgets jobs that ended before. How many went.
    pub async fn expire_jobs(&self, ended_before_ms: u64) -> Result<u64, StoreError> {
        self.db
            .run(
                "DELETE FROM jobs WHERE ended_ms < $1",
                args![ended_before_ms],
            )
            .await
    }
}

pub(crate) async fn put(tx: &mut Tx, job: &JobRow) -> Result<(), StoreError> {
    let put = tx.run(
        "INSERT INTO jobs (id, lab_id, started_ms, ended_ms, body, user_id)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET ended_ms = excluded.ended_ms, body = excluded.body",
        args![
            job.id,
            job.lab,
            job.started_ms,
            job.ended_ms,
            job.body.to_string(),
            job.user.map_or_else(String::new, |user| user.to_string())
        ],
    );
    put.await.map(drop)
}

impl JobRow {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.parsed("id")?,
            lab: row.parsed("lab_id")?,
            user: row.text("user_id")?.parse().ok(),
            started_ms: row.number("started_ms")?,
            ended_ms: row.number_or_null("ended_ms")?,
            body: row.json("body")?,
        })
    }
}
