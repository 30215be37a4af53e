//! What agents were told: one generation a lab, which only grows, and tombstones of deleted labs.
//!
//! ```text
//! (no row) ─spec_generation─▶ wanted ─lab deleted─▶ removing ─forget_tombstone─▶ removed
//!                               ▲                       │                          │
//!                               └───────a lab of that id comes (back)──────────────┘
//! ```
//! Only a lab of that id takes a row out of `removing`: a pass of the control loop that still holds
//! the deleted lab in its hands must not bring it back.

use std::collections::BTreeMap;

use model::{Generation, LabId};
use uuid::Uuid;

use crate::db::{Tx, args};
use crate::{Store, StoreError};

impl Store {
    /// Who speaks to the agents from this database. `fresh` becomes it the first time.
    pub async fn controller_id(&self, fresh: Uuid) -> Result<Uuid, StoreError> {
        let mut tx = self.db.write().await?;
        tx.run(
            "INSERT INTO settings (key, value) VALUES ('controller_id', $1)
             ON CONFLICT (key) DO NOTHING",
            args![fresh],
        )
        .await?;
        let row = tx
            .row(
                "SELECT value FROM settings WHERE key = 'controller_id'",
                args![],
            )
            .await?;
        tx.commit().await?;
        row.map_or(Ok(fresh), |row| row.parsed("value"))
    }

    /// The generation under which these contents are sent: the same as before when they are the
    /// same, else one higher. `None`: there is no such lab any more.
    pub async fn spec_generation(
        &self,
        lab: LabId,
        contents_hash: &str,
    ) -> Result<Option<Generation>, StoreError> {
        if let Some(same) = self.known_generation(lab, contents_hash).await? {
            return Ok(Some(same));
        }
        let mut tx = self.db.write().await?;
        let row = tx
            .row(
                "INSERT INTO specs (lab_id, generation, contents_hash, state)
                 SELECT $1, 1, $2, 'wanted'
                 WHERE EXISTS (SELECT 1 FROM labs WHERE id = $1 AND state NOT IN ('writing', 'deleting'))
                 ON CONFLICT (lab_id) DO UPDATE SET
                     generation = specs.generation
                         + CASE WHEN specs.contents_hash = excluded.contents_hash THEN 0 ELSE 1 END,
                     contents_hash = excluded.contents_hash
                 WHERE specs.state = 'wanted'
                 RETURNING generation",
                args![lab, contents_hash],
            )
            .await?;
        tx.commit().await?;
        row.map(|row| row.number("generation").map(Generation))
            .transpose()
    }

    async fn known_generation(
        &self,
        lab: LabId,
        contents_hash: &str,
    ) -> Result<Option<Generation>, StoreError> {
        let row = self.db.row(
            "SELECT generation FROM specs
             WHERE lab_id = $1 AND contents_hash = $2 AND state = 'wanted'",
            args![lab, contents_hash],
        );
        row.await?
            .map(|row| row.number("generation").map(Generation))
            .transpose()
    }

    /// An agent holds `seen` of this lab, from a database that is lost: what is sent next, spec or
    /// tombstone, has a higher one.
    pub async fn raise_generation(&self, lab: LabId, seen: Generation) -> Result<(), StoreError> {
        let raised = self.db.run(
            "UPDATE specs SET generation = $2, contents_hash = CASE state WHEN 'wanted' THEN '' ELSE contents_hash END
             WHERE lab_id = $1 AND generation < $2",
            args![lab, seen.next().0],
        );
        raised.await.map(drop)
    }

    /// Deleted labs that agents may still hold.
    pub async fn tombstones(&self) -> Result<BTreeMap<LabId, Generation>, StoreError> {
        let rows = self.db.rows(
            "SELECT lab_id, generation FROM specs WHERE state = 'removing' ORDER BY lab_id",
            args![],
        );
        rows.await?
            .iter()
            .map(|row| Ok((row.parsed("lab_id")?, Generation(row.number("generation")?))))
            .collect()
    }

    /// No agent holds the lab any more. A tombstone of another generation stays.
    pub async fn forget_tombstone(&self, lab: LabId, of: Generation) -> Result<(), StoreError> {
        let forgotten = self.db.run(
            "UPDATE specs SET state = 'removed'
             WHERE lab_id = $1 AND generation = $2 AND state = 'removing'",
            args![lab, of.0],
        );
        forgotten.await.map(drop)
    }
}

/// A lab is deleted. Also one that no agent was ever told of: it may be told of it right now.
pub(crate) async fn bury(tx: &mut Tx, lab: LabId) -> Result<(), StoreError> {
    let buried = tx.run(
        "INSERT INTO specs (lab_id, generation, contents_hash, state) VALUES ($1, 1, '', 'removing')
         ON CONFLICT (lab_id) DO UPDATE SET
             generation = specs.generation + 1, contents_hash = '', state = 'removing'",
        args![lab],
    );
    buried.await.map(drop)
}

/// A lab came into being under this id, perhaps one that was deleted before.
pub(crate) async fn unbury(tx: &mut Tx, lab: LabId) -> Result<(), StoreError> {
    let risen = tx.run(
        "UPDATE specs SET generation = generation + 1, contents_hash = '', state = 'wanted'
         WHERE lab_id = $1 AND state <> 'wanted'",
        args![lab],
    );
    risen.await.map(drop)
}
