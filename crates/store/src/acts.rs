//! An act on nodes: the wishes, the job that watches them come true, and the row that says who asked.
//! All are written, or none.

use std::collections::BTreeMap;

use model::{LabId, NodeId};

use crate::{AuditEntry, JobRow, Store, StoreError, UserId, Wish, WishChange, audit, jobs, wishes};

/// What is wished for, by whom.
#[derive(Debug, Clone, Copy)]
pub struct Act<'a> {
    pub lab: LabId,
    pub nodes: &'a [NodeId],
    pub change: WishChange,
    pub by: UserId,
    pub at_ms: u64,
}

/// What is written beside the wishes.
#[derive(Debug, Clone, PartialEq)]
pub struct ActRows {
    pub job: JobRow,
    pub audit: AuditEntry,
}

impl Store {
    /// `describe` makes the rows from the wishes of the named nodes as they are after the act; what
    /// else it gives is answered.
    pub async fn act<T, E: From<StoreError>>(
        &self,
        act: Act<'_>,
        describe: impl FnOnce(BTreeMap<NodeId, Wish>) -> Result<(ActRows, T), E>,
    ) -> Result<T, E> {
        let Act {
            lab,
            nodes,
            change,
            by,
            at_ms,
        } = act;
        let mut tx = self.db.write().await?;
        let wishes = wishes::change(&mut tx, lab, nodes, change, by, at_ms).await?;
        let (rows, described) = describe(wishes)?;
        jobs::put(&mut tx, &rows.job).await?;
        audit::insert(&mut tx, rows.audit).await?;
        tx.commit().await?;
        Ok(described)
    }
}
