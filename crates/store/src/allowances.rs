//! What of its host an administrator allowed a lab. They go with their lab.

use std::collections::BTreeSet;

use model::LabId;
use model::reach::{Ask, Reach};

use crate::db::{Row, Tx, args};
use crate::{Store, StoreError, UserId};

/// A lab is allowed at most so many things.
pub const ALLOWANCES_MAX: u64 = 1_000;

impl Store {
    /// Allows these too. What was allowed before is so still.
    pub async fn allow(
        &self,
        lab: LabId,
        asks: &BTreeSet<Ask>,
        by: UserId,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        insert(&mut tx, lab, asks, by, now_ms).await?;
        tx.commit().await
    }

    /// Allows these, and nothing else any more.
    pub async fn set_allowed(
        &self,
        lab: LabId,
        asks: &BTreeSet<Ask>,
        by: UserId,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        let statement = "DELETE FROM allowances WHERE lab_id = $1";
        tx.run(statement, args![lab]).await?;
        insert(&mut tx, lab, asks, by, now_ms).await?;
        tx.commit().await
    }

    pub async fn allowed(&self, lab: LabId) -> Result<BTreeSet<Ask>, StoreError> {
        let statement = "SELECT reach, what FROM allowances WHERE lab_id = $1";
        let rows = self.db.rows(statement, args![lab]).await?;
        rows.iter().map(ask_of).collect()
    }
}

async fn insert(
    tx: &mut Tx,
    lab: LabId,
    asks: &BTreeSet<Ask>,
    by: UserId,
    now_ms: u64,
) -> Result<(), StoreError> {
    for ask in asks {
        let insert = tx.run(
            "INSERT INTO allowances (lab_id, reach, what, allowed_by, since_ms)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (lab_id, reach, what) DO NOTHING",
            args![lab, ask.reach.word(), ask.what.as_str(), by, now_ms],
        );
        insert.await?;
    }
    let counted = tx.row(
        "SELECT COUNT(*) AS number FROM allowances WHERE lab_id = $1",
        args![lab],
    );
    let number = counted.await?.map_or(Ok(0), |row| row.number("number"))?;
    if number > ALLOWANCES_MAX {
        return Err(StoreError::TooMany {
            what: "things of the host allowed to this lab",
            most: ALLOWANCES_MAX,
        });
    }
    Ok(())
}

fn ask_of(row: &Row) -> Result<Ask, StoreError> {
    let word = row.text("reach")?;
    let reach = Reach::of_word(&word).ok_or_else(|| StoreError::Damaged {
        column: "reach".into(),
        why: format!("{word:?} is nothing that a lab can reach for"),
    })?;
    Ok(Ask::new(reach, row.text("what")?))
}
