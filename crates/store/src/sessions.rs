//! Who is logged in. The secret stays with the browser; here is only its SHA-256.

use std::fmt;
use std::str::FromStr;

use crate::db::{Value, args};
use crate::{Store, StoreError, User, UserId};

/// `last_seen_ms` is written at most this often: a click must not cost a write.
const TOUCH_EVERY_MS: u64 = 60_000;

/// The SHA-256 of a session's secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey(pub [u8; 32]);

#[derive(Debug, Clone)]
pub struct NewSession {
    pub key: SessionKey,
    pub user: UserId,
    /// When it ends at the latest, however much it is used.
    pub expires_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub key: SessionKey,
    pub user: User,
    pub created_ms: u64,
    pub last_seen_ms: u64,
    pub expires_ms: u64,
}

impl Store {
    pub async fn create_session(&self, new: NewSession, now_ms: u64) -> Result<(), StoreError> {
        let inserted = self.db.run(
            "INSERT INTO sessions (key, user_id, created_ms, last_seen_ms, expires_ms)
             VALUES ($1, $2, $3, $3, $4)",
            args![new.key, new.user, now_ms, new.expires_ms],
        );
        inserted.await.map(drop)
    }

    /// The session, unless it ended or lay idle for `idle_ms`. Looking counts as use.
    pub async fn session(
        &self,
        key: &SessionKey,
        now_ms: u64,
        idle_ms: u64,
    ) -> Result<Option<Session>, StoreError> {
        let row = self.db.row(
            "SELECT s.created_ms, s.last_seen_ms, s.expires_ms, u.id AS user_id, u.username, u.role,
                    u.created_ms AS user_created_ms
             FROM sessions s JOIN users u ON u.id = s.user_id
             WHERE s.key = $1 AND s.expires_ms > $2 AND s.last_seen_ms > $3",
            args![*key, now_ms, idle_since(now_ms, idle_ms)],
        );
        let Some(row) = row.await? else {
            return Ok(None);
        };
        let mut session = Session {
            key: *key,
            user: User::from_row(&row)?,
            created_ms: row.number("created_ms")?,
            last_seen_ms: row.number("last_seen_ms")?,
            expires_ms: row.number("expires_ms")?,
        };
        if now_ms >= session.last_seen_ms + TOUCH_EVERY_MS {
            self.touch(&session.key, now_ms).await?;
            session.last_seen_ms = now_ms;
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

    async fn touch(&self, key: &SessionKey, now_ms: u64) -> Result<(), StoreError> {
        let touched = self.db.run(
            "UPDATE sessions SET last_seen_ms = $2 WHERE key = $1 AND last_seen_ms < $2",
            args![*key, now_ms],
        );
        touched.await.map(drop)
    }

    /// Log-out. Whether there was such a session.
    pub async fn end_session(&self, key: &SessionKey) -> Result<bool, StoreError> {
        Ok(self
            .db
            .run("DELETE FROM sessions WHERE key = $1", args![*key])
            .await?
            > 0)
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

/// Seen last at this time or before: idle for too long. A clock that starts at 0 makes nobody idle.
fn idle_since(now_ms: u64, idle_ms: u64) -> Value {
    Value::Int(Some(
        now_ms
            .checked_sub(idle_ms)
            .map_or(-1, |then| i64::try_from(then).unwrap_or(i64::MAX)),
    ))
}

impl fmt::Display for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for SessionKey {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut key = [0; 32];
        for (index, byte) in key.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(index * 2..index * 2 + 2).unwrap_or(""), 16)?;
        }
        Ok(Self(key))
    }
}

impl From<SessionKey> for Value {
    fn from(key: SessionKey) -> Self {
        Self::from(key.to_string())
    }
}
