//! Who else may do what in a lab. Shares go with their lab and with their user.

use std::collections::BTreeMap;

use model::LabId;
use model::access::Right;

use crate::db::{Row, args};
use crate::{Store, StoreError, User, UserId};

/// A lab is shared with at most so many users.
pub const SHARES_MAX: u64 = 200;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    pub user: User,
    pub right: Right,
    pub since_ms: u64,
}

/// Who may come near a lab: what every right in it is derived from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabAccess {
    pub owner: UserId,
    pub shares: BTreeMap<UserId, Right>,
}

impl Store {
    /// Gives the right instead of another that was given before.
    pub async fn set_share(
        &self,
        lab: LabId,
        user: UserId,
        right: Right,
        now_ms: u64,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        let set = tx.run(
            "INSERT INTO shares (lab_id, user_id, granted, since_ms) VALUES ($1, $2, $3, $4)
             ON CONFLICT (lab_id, user_id) DO UPDATE
             SET granted = excluded.granted, since_ms = excluded.since_ms",
            args![lab, user, right.word(), now_ms],
        );
        set.await?;
        let counted = tx.row(
            "SELECT COUNT(*) AS number FROM shares WHERE lab_id = $1",
            args![lab],
        );
        let number = counted.await?.map_or(Ok(0), |row| row.number("number"))?;
        if number > SHARES_MAX {
            return Err(StoreError::TooMany {
                what: "shares of this lab",
                most: SHARES_MAX,
            });
        }
        tx.commit().await
    }

    /// Whether there was one.
    pub async fn remove_share(&self, lab: LabId, user: UserId) -> Result<bool, StoreError> {
        let statement = "DELETE FROM shares WHERE lab_id = $1 AND user_id = $2";
        Ok(self.db.run(statement, args![lab, user]).await? > 0)
    }

    /// By name.
    pub async fn shares(&self, lab: LabId) -> Result<Vec<Share>, StoreError> {
        let rows = self.db.rows(
            "SELECT s.granted, s.since_ms, u.id AS user_id, u.username, u.role,
                    u.created_ms AS user_created_ms
             FROM shares s JOIN users u ON u.id = s.user_id
             WHERE s.lab_id = $1 ORDER BY u.username_key",
            args![lab],
        );
        rows.await?.iter().map(Share::from_row).collect()
    }

    /// What is shared with the user.
    pub async fn shares_with(&self, user: UserId) -> Result<BTreeMap<LabId, Right>, StoreError> {
        let rows = self.db.rows(
            "SELECT lab_id, granted FROM shares WHERE user_id = $1",
            args![user],
        );
        let pair = |row: &Row| Ok((row.parsed("lab_id")?, right_of(&row.text("granted")?)?));
        rows.await?.iter().map(pair).collect()
    }

    /// What is shared with the user in this lab.
    pub async fn share(&self, lab: LabId, user: UserId) -> Result<Option<Right>, StoreError> {
        let row = self.db.row(
            "SELECT granted FROM shares WHERE lab_id = $1 AND user_id = $2",
            args![lab, user],
        );
        let row = row.await?;
        row.map(|row| right_of(&row.text("granted")?)).transpose()
    }

    /// `None`: there is no such lab, or none for people any more.
    pub async fn lab_access(&self, lab: LabId) -> Result<Option<LabAccess>, StoreError> {
        let rows = self.db.rows(
            "SELECT l.owner_id, s.user_id, s.granted
             FROM labs l LEFT JOIN shares s ON s.lab_id = l.id
             WHERE l.id = $1 AND l.state NOT IN ('writing', 'deleting')",
            args![lab],
        );
        let mut access: Option<LabAccess> = None;
        for row in rows.await? {
            let owner = row.parsed("owner_id")?;
            let access = access.get_or_insert_with(|| LabAccess {
                owner,
                shares: BTreeMap::new(),
            });
            if let Some(user) = row.parsed_or_null("user_id")? {
                let right = right_of(&row.text("granted")?)?;
                access.shares.insert(user, right);
            }
        }
        Ok(access)
    }
}

impl Share {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            user: User::from_row(row)?,
            right: right_of(&row.text("granted")?)?,
            since_ms: row.number("since_ms")?,
        })
    }
}

fn right_of(word: &str) -> Result<Right, StoreError> {
    match word {
        "view" => Ok(Right::View),
        "operate" => Ok(Right::Operate),
        "edit" => Ok(Right::Edit),
        other => Err(StoreError::Damaged {
            column: "granted".into(),
            why: format!("{other:?} is no right"),
        }),
    }
}
