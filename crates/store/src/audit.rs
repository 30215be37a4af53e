//! Who did what that is more than an edit, and what was refused. Kept for a time, then forgotten.

use uuid::Uuid;

use crate::db::{Row, Tx, args};
use crate::{Page, Paged, Store, StoreError, UserId};

/// One thing to remember; `id` is drawn by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    pub id: Uuid,
    pub at_ms: u64,
    /// `None`: a stranger.
    pub user: Option<UserId>,
    /// The user's name at that time; empty for a stranger.
    pub username: String,
    /// A stable word: `delete_lab`.
    pub action: String,
    /// What it was done to: a lab's id, a user's name.
    pub subject: String,
    pub is_refused: bool,
    pub detail: String,
    /// Where the request came from.
    pub address: String,
    pub request_id: String,
}

/// Which entries; what is empty or `None` asks for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// The name at that time.
    pub username: String,
    pub action: String,
    /// From this time on.
    pub since_ms: Option<u64>,
    /// Before this time.
    pub until_ms: Option<u64>,
}

impl Store {
    pub async fn audit(&self, entry: AuditEntry) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        insert(&mut tx, entry).await?;
        tx.commit().await
    }

    /// Newest first.
    pub async fn audit_log(
        &self,
        filter: &AuditFilter,
        page: &Page,
    ) -> Result<Paged<AuditEntry>, StoreError> {
        let [at, id] = page.key(["9223372036854775807", "~"]);
        let rows = self.db.rows(
            "SELECT id, at_ms, user_id, username, action, subject, outcome, detail, address,
                    request_id
             FROM audit
             WHERE (at_ms, id) < ($1, $2) AND at_ms >= $4 AND at_ms < $5
               AND ($6 = '' OR action = $6) AND ($7 = '' OR username = $7)
             ORDER BY at_ms DESC, id DESC LIMIT $3",
            args![
                at.parse::<u64>().unwrap_or(0),
                id,
                page.rows(),
                filter.since_ms.unwrap_or(0),
                filter.until_ms.unwrap_or(u64::MAX),
                &*filter.action,
                &*filter.username
            ],
        );
        let entries = rows.await?;
        let entries = entries.iter().map(AuditEntry::from_row);
        let entries: Vec<AuditEntry> = entries.collect::<Result<_, _>>()?;
        Ok(page.cut(entries, |entry| {
            vec![entry.at_ms.to_string(), entry.id.to_string()]
        }))
    }

    /// Forgets what is older. How many went.
    pub async fn expire_audit(&self, before_ms: u64) -> Result<u64, StoreError> {
        let statement = "DELETE FROM audit WHERE at_ms < $1";
        self.db.run(statement, args![before_ms]).await
    }
}

pub(crate) async fn insert(tx: &mut Tx, entry: AuditEntry) -> Result<(), StoreError> {
    let AuditEntry {
        id,
        at_ms,
        user,
        username,
        action,
        subject,
        is_refused,
        detail,
        address,
        request_id,
    } = entry;
    let outcome = if is_refused { "refused" } else { "done" };
    let inserted = tx.run(
        "INSERT INTO audit (id, at_ms, user_id, username, action, subject, outcome, detail,
                            address, request_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        args![
            id, at_ms, user, username, action, subject, outcome, detail, address, request_id
        ],
    );
    inserted.await.map(drop)
}

impl AuditEntry {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.parsed("id")?,
            at_ms: row.number("at_ms")?,
            user: row.parsed_or_null("user_id")?,
            username: row.text("username")?,
            action: row.text("action")?,
            subject: row.text("subject")?,
            is_refused: row.text("outcome")? == "refused",
            detail: row.text("detail")?,
            address: row.text("address")?,
            request_id: row.text("request_id")?,
        })
    }
}
