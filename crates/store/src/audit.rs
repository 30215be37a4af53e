//! Who did what that is more than an edit: log-ins, deletions, changes of users.

use uuid::Uuid;

use crate::db::args;
use crate::{Page, Paged, Store, StoreError, UserId};

/// One thing to remember; `id` is drawn by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    pub id: Uuid,
    pub at_ms: u64,
    pub user: Option<UserId>,
    /// A stable word: `lab.delete`.
    pub action: String,
    /// What it was done to: a lab's or a user's id.
    pub subject: String,
    pub detail: String,
}

/// An entry, with the name its user has now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    pub entry: AuditEntry,
    pub username: Option<String>,
}

impl Store {
    pub async fn audit(&self, entry: AuditEntry) -> Result<(), StoreError> {
        let AuditEntry {
            id,
            at_ms,
            user,
            action,
            subject,
            detail,
        } = entry;
        let inserted = self.db.run(
            "INSERT INTO audit (id, at_ms, user_id, action, subject, detail)
             VALUES ($1, $2, $3, $4, $5, $6)",
            args![id, at_ms, user, action, subject, detail],
        );
        inserted.await.map(drop)
    }

    /// Newest first.
    pub async fn audit_log(&self, page: &Page) -> Result<Paged<AuditRow>, StoreError> {
        let [at, id] = page.key(["9223372036854775807", "~"]);
        let rows = self.db.rows(
            "SELECT a.id, a.at_ms, a.user_id, a.action, a.subject, a.detail, u.username
             FROM audit a LEFT JOIN users u ON u.id = a.user_id
             WHERE (a.at_ms, a.id) < ($1, $2) ORDER BY a.at_ms DESC, a.id DESC LIMIT $3",
            args![at.parse::<u64>().unwrap_or(0), id, page.rows()],
        );
        let mut entries = Vec::new();
        for row in rows.await? {
            entries.push(AuditRow {
                entry: AuditEntry {
                    id: row.parsed("id")?,
                    at_ms: row.number("at_ms")?,
                    user: row.parsed_or_null("user_id")?,
                    action: row.text("action")?,
                    subject: row.text("subject")?,
                    detail: row.text("detail")?,
                },
                username: row.text_or_null("username")?,
            });
        }
        Ok(page.cut(entries, |row| {
            vec![row.entry.at_ms.to_string(), row.entry.id.to_string()]
        }))
    }
}
