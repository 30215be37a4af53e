//! Who is logged in. The secret stays with the browser; here is only its SHA-256.

use uuid::Uuid;

use crate::db::{Row, Value, args};
use crate::{SessionKey, Store, StoreError, User, UserId};

/// `last_seen_ms` is written at most this often: a click must not cost a write.
const TOUCH_EVERY_MS: u64 = 60_000;

/// More than this do not live for one user: the one that was not used for longest ends.
pub const SESSIONS_MAX: u64 = 100;

#[derive(Debug, Clone)]
pub struct NewSession {
    pub key: SessionKey,
    pub user: UserId,
    /// The one that the password was verified against.
    pub password_hash: String,
    /// When it ends at the latest, however much it is used.
    pub expires_ms: u64,
    /// The client's address.
    pub address: String,
    /// What the client says it is; the caller bounds it.
    pub user_agent: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub key: SessionKey,
    pub user: User,
    pub created_ms: u64,
    pub last_seen_ms: u64,
    pub expires_ms: u64,
    pub address: String,
    pub user_agent: String,
}

impl Store {
    pub async fn create_session(&self, new: NewSession, now_ms: u64) -> Result<(), StoreError> {
        let mut tx = self.db.write().await?;
        // Asked inside the transaction: the user may be removed, or get another password, while the
        // old one is verified.
        let known = tx.row(
            "SELECT 1 AS yes FROM users
             WHERE id = $1 AND password_hash = $2 AND removed_ms IS NULL",
            args![new.user, new.password_hash],
        );
        if known.await?.is_none() {
            return Err(StoreError::NoSuchUser);
        }
        tx.run(
            "INSERT INTO sessions (key, user_id, created_ms, last_seen_ms, expires_ms, address,
                                   user_agent)
             VALUES ($1, $2, $3, $3, $4, $5, $6)",
            args![
                new.key,
                new.user,
                now_ms,
                new.expires_ms,
                new.address,
                new.user_agent
            ],
        )
        .await?;
        tx.run(
            "DELETE FROM sessions WHERE user_id = $1 AND key IN (
                 SELECT key FROM sessions WHERE user_id = $1
                 ORDER BY last_seen_ms DESC, created_ms DESC, key LIMIT 1000000 OFFSET $2)",
            args![new.user, SESSIONS_MAX],
        )
        .await?;
        tx.commit().await
    }

    /// The session, unless it ended or lay idle for `idle_ms`. Looking counts as use.
    pub async fn session(
        &self,
        key: &SessionKey,
        now_ms: u64,
        idle_ms: u64,
    ) -> Result<Option<Session>, StoreError> {
        let row = self.db.row(
            "SELECT s.key, s.created_ms, s.last_seen_ms, s.expires_ms, s.address, s.user_agent,
                    u.id AS user_id, u.username, u.role, u.created_ms AS user_created_ms
             FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE s.key = $1 AND s.expires_ms > $2 AND s.last_seen_ms > $3
               AND u.removed_ms IS NULL",
            args![*key, now_ms, idle_since(now_ms, idle_ms)],
        );
        let Some(row) = row.await? else {
            return Ok(None);
        };
        let mut session = Session::from_row(&row)?;
        if now_ms >= session.last_seen_ms + TOUCH_EVERY_MS {
            let touch =
                "UPDATE sessions SET last_seen_ms = $2 WHERE key = $1 AND last_seen_ms < $2";
            if self.write_last_use(touch, args![*key, now_ms]).await {
                session.last_seen_ms = now_ms;
            }
        }
        Ok(Some(session))
    }

    /// Whether `session` would give it; asking is no use of it.
    pub async fn session_lives(
        &self,
        key: &SessionKey,
        now_ms: u64,
        idle_ms: u64,
    ) -> Result<bool, StoreError> {
        let row = self.db.row(
            "SELECT 1 AS lives FROM sessions
             WHERE key = $1 AND expires_ms > $2 AND last_seen_ms > $3",
            args![*key, now_ms, idle_since(now_ms, idle_ms)],
        );
        Ok(row.await?.is_some())
    }

    /// Log-out. Whether there was such a session.
    pub async fn end_session(&self, key: &SessionKey) -> Result<bool, StoreError> {
        Ok(self
            .db
            .run("DELETE FROM sessions WHERE key = $1", args![*key])
            .await?
            > 0)
    }

    /// The user's own that live, used last first.
    pub async fn sessions_of(
        &self,
        user: UserId,
        now_ms: u64,
        idle_ms: u64,
    ) -> Result<Vec<Session>, StoreError> {
        let rows = self.db.rows(
            "SELECT s.key, s.created_ms, s.last_seen_ms, s.expires_ms, s.address, s.user_agent,
                    u.id AS user_id, u.username, u.role, u.created_ms AS user_created_ms
             FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE s.user_id = $1 AND s.expires_ms > $2 AND s.last_seen_ms > $3
             ORDER BY s.last_seen_ms DESC, s.created_ms DESC, s.key",
            args![user, now_ms, idle_since(now_ms, idle_ms)],
        );
        rows.await?.iter().map(Session::from_row).collect()
    }

    /// Ends one of the user's sessions by the id that lists show. Whether there was such a session.
    pub async fn end_listed_session(&self, user: UserId, id: Uuid) -> Result<bool, StoreError> {
        let ended = self.db.run(
            "DELETE FROM sessions WHERE user_id = $1 AND SUBSTR(key, 1, 32) = $2",
            args![user, id.simple().to_string()],
        );
        Ok(ended.await? > 0)
    }

    /// How many ended.
    pub async fn end_sessions_of(&self, user: UserId) -> Result<u64, StoreError> {
        self.db
            .run("DELETE FROM sessions WHERE user_id = $1", args![user])
            .await
    }

    /// Removes what `session` would no more give. How many went.
    pub async fn expire_sessions(&self, now_ms: u64, idle_ms: u64) -> Result<u64, StoreError> {
        self.db
            .run(
                "DELETE FROM sessions WHERE expires_ms <= $1 OR last_seen_ms <= $2",
                args![now_ms, idle_since(now_ms, idle_ms)],
            )
            .await
    }
}

impl Session {
    fn from_row(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            key: row.parsed("key")?,
            user: User::from_row(row)?,
            created_ms: row.number("created_ms")?,
            last_seen_ms: row.number("last_seen_ms")?,
            expires_ms: row.number("expires_ms")?,
            address: row.text("address")?,
            user_agent: row.text("user_agent")?,
        })
    }
}

/// Seen last at this time or before: idle for too long. A clock that starts at 0 makes nobody idle.
fn idle_since(now_ms: u64, idle_ms: u64) -> Value {
    Value::Int(Some(
        now_ms
            .checked_sub(idle_ms)
            .map_or(-1, |then| i64::try_from(then).unwrap_or(i64::MAX)),
    ))
}
