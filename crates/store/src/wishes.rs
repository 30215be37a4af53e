//! Which nodes shall run. A wish is no edit of the lab: it has no revision and cannot be undone.
//!
//! Counters only grow, also while the node or its lab is gone: an agent tells a restart, a wipe and
//! a new node of an old number by them.

use std::collections::BTreeMap;

use model::spec::RunWishes;
use model::{LabId, NodeId};

use crate::db::{Row, Tx, args};
use crate::{Store, StoreError, UserId};

/// What is wished for one node. A node nobody ever started has the default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    pub on: bool,
    /// How often it was started or restarted.
    pub start: u64,
    /// How often its data was wiped.
    pub wipe: u64,
    /// Who changed it last; `None`: it was switched off because its node was removed, or it was
    /// taken over from what runs.
    pub by: Option<UserId>,
    pub changed_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WishChange {
    /// A node that is on stays as it is, so two starts at once are one.
    Start,
    Stop,
    /// On, and started afresh.
    Restart,
    /// Only nodes that are off are wiped; the others stay as they are.
    Wipe,
}

impl Store {
    /// Every node that ever had a wish, also removed ones.
    pub async fn wishes(&self, lab: LabId) -> Result<BTreeMap<NodeId, Wish>, StoreError> {
        let rows = self.db.rows(
            "SELECT node, is_on, start_count, wipe_count, changed_by, changed_ms FROM run_wishes
             WHERE lab_id = $1",
            args![lab],
        );
        rows.await?.iter().map(wish).collect()
    }

    /// The same, as planning wants it.
    pub async fn run_wishes(&self, lab: LabId) -> Result<RunWishes, StoreError> {
        let wishes = self.wishes(lab).await?.into_iter();
        Ok(wishes
            .map(|(node, wish)| (node, wish.for_planning()))
            .collect())
    }

    /// The wishes of the named nodes as they are after it. All change, or none.
    pub async fn change_wishes(
        &self,
        lab: LabId,
        nodes: &[NodeId],
        change: WishChange,
        by: UserId,
        now_ms: u64,
    ) -> Result<BTreeMap<NodeId, Wish>, StoreError> {
        let mut tx = self.db.write().await?;
        let wishes = self::change(&mut tx, lab, nodes, change, by, now_ms).await?;
        tx.commit().await?;
        Ok(wishes)
    }

    /// Takes over what a host runs that this database does not know: it is new, or was put back.
    ///
    /// Counters rise to those that are seen, or the next restart or wipe would be an old one. Nodes
    /// are switched on only where nothing of the lab was ever wished for; else the wishes count.
    /// Whether anything changed.
    pub async fn take_over_wishes(
        &self,
        lab: LabId,
        seen: &RunWishes,
        now_ms: u64,
    ) -> Result<bool, StoreError> {
        let mut tx = self.db.write().await?;
        let known = tx.row(
            "SELECT 1 AS known FROM run_wishes WHERE lab_id = $1 AND start_count > 0",
            args![lab],
        );
        let is_new = known.await?.is_none();
        let mut changed = 0;
        for (node, wish) in seen {
            let on = u64::from(is_new && wish.on);
            tx.run(
                "INSERT INTO run_wishes
                     (lab_id, node, is_on, start_count, wipe_count, changed_by, changed_ms)
                 VALUES ($1, $2, 0, 0, 0, NULL, $3) ON CONFLICT (lab_id, node) DO NOTHING",
                args![lab, u64::from(*node), now_ms],
            )
            .await?;
            changed += tx
                .run(
                    "UPDATE run_wishes
                     SET is_on = CASE WHEN $3 = 1 THEN 1 ELSE is_on END,
                         start_count = CASE WHEN start_count < $4 THEN $4 ELSE start_count END,
                         wipe_count = CASE WHEN wipe_count < $5 THEN $5 ELSE wipe_count END,
                         changed_by = NULL, changed_ms = $6
                     WHERE lab_id = $1 AND node = $2
                       AND (start_count < $4 OR wipe_count < $5 OR is_on < $3)",
                    args![lab, u64::from(*node), on, wish.start, wish.wipe, now_ms],
                )
                .await?;
        }
        tx.commit().await?;
        Ok(changed > 0)
    }
}

impl Wish {
    fn for_planning(&self) -> model::spec::Wish {
        model::spec::Wish {
            on: self.on,
            start: self.start,
            wipe: self.wipe,
        }
    }
}

/// The wishes of the named nodes as they are after it.
pub(crate) async fn change(
    tx: &mut Tx,
    lab: LabId,
    nodes: &[NodeId],
    change: WishChange,
    by: UserId,
    now_ms: u64,
) -> Result<BTreeMap<NodeId, Wish>, StoreError> {
    let mut wishes = BTreeMap::new();
    for node in nodes {
        tx.run(
            "INSERT INTO run_wishes
                 (lab_id, node, is_on, start_count, wipe_count, changed_by, changed_ms)
             VALUES ($1, $2, 0, 0, 0, $3, $4) ON CONFLICT (lab_id, node) DO NOTHING",
            args![lab, u64::from(*node), by, now_ms],
        )
        .await?;
        tx.run(statement(change), args![lab, u64::from(*node), by, now_ms])
            .await?;
        let row = tx.row(
            "SELECT node, is_on, start_count, wipe_count, changed_by, changed_ms
             FROM run_wishes WHERE lab_id = $1 AND node = $2",
            args![lab, u64::from(*node)],
        );
        if let Some(row) = row.await? {
            wishes.extend([wish(&row)?]);
        }
    }
    Ok(wishes)
}

fn statement(change: WishChange) -> &'static str {
    match change {
        WishChange::Start => {
            "UPDATE run_wishes
             SET is_on = 1, start_count = start_count + 1, changed_by = $3, changed_ms = $4
             WHERE lab_id = $1 AND node = $2 AND is_on = 0"
        }
        WishChange::Stop => {
            "UPDATE run_wishes SET is_on = 0, changed_by = $3, changed_ms = $4
             WHERE lab_id = $1 AND node = $2 AND is_on = 1"
        }
        WishChange::Restart => {
            "UPDATE run_wishes
             SET is_on = 1, start_count = start_count + 1, changed_by = $3, changed_ms = $4
             WHERE lab_id = $1 AND node = $2"
        }
        WishChange::Wipe => {
            "UPDATE run_wishes SET wipe_count = wipe_count + 1, changed_by = $3, changed_ms = $4
             WHERE lab_id = $1 AND node = $2 AND is_on = 0"
        }
    }
}

/// A removed node stops, and what comes back under its number starts with nothing of it.
pub(crate) async fn retire_node(tx: &mut Tx, lab: LabId, node: NodeId) -> Result<(), StoreError> {
    let retired = tx.run(
        "UPDATE run_wishes SET is_on = 0, wipe_count = wipe_count + 1, changed_by = NULL
         WHERE lab_id = $1 AND node = $2",
        args![lab, u64::from(node)],
    );
    retired.await.map(drop)
}

/// A node begins stopped, also where a wish was left for its number.
pub(crate) async fn switch_off(tx: &mut Tx, lab: LabId, node: NodeId) -> Result<(), StoreError> {
    let switched = tx.run(
        "UPDATE run_wishes SET is_on = 0, changed_by = NULL
         WHERE lab_id = $1 AND node = $2 AND is_on = 1",
        args![lab, u64::from(node)],
    );
    switched.await.map(drop)
}

/// The same for all nodes of a removed lab.
pub(crate) async fn retire_lab(tx: &mut Tx, lab: LabId) -> Result<(), StoreError> {
    let retired = tx.run(
        "UPDATE run_wishes SET is_on = 0, wipe_count = wipe_count + 1, changed_by = NULL
         WHERE lab_id = $1",
        args![lab],
    );
    retired.await.map(drop)
}

fn wish(row: &Row) -> Result<(NodeId, Wish), StoreError> {
    let node = NodeId::try_from(row.number("node")?).map_err(|why| StoreError::Damaged {
        column: "node".into(),
        why: why.to_string(),
    })?;
    let wish = Wish {
        on: row.yes("is_on")?,
        start: row.number("start_count")?,
        wipe: row.number("wipe_count")?,
        by: row.parsed_or_null("changed_by")?,
        changed_ms: row.number("changed_ms")?,
    };
    Ok((node, wish))
}
