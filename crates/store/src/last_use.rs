//! Writing down when a session or token was used last. A database that takes no writes (a full disk,
//! a file system that became read-only) must not shut out those who only look.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::Store;
use crate::db::Value;

/// Whether the failure was told; one success and the next failure is told again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told(Arc<AtomicBool>);

impl Told {
    /// Whether this failure is the first one.
    fn failed(&self) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }

    fn succeeded(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl Store {
    /// Whether it is written.
    pub(crate) async fn write_last_use(&self, statement: &'static str, values: Vec<Value>) -> bool {
        match self.db.run(statement, values).await {
            Ok(_) => {
                self.told.succeeded();
                true
            }
            Err(error) => {
                if self.told.failed() {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "the last use of a session or token was not written; said once"
                    );
                }
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use model::access::Role;
    use tempfile::TempDir;
    use uuid::Uuid;

    use super::*;
    use crate::db::args;
    use crate::{By, Config, NewSession, NewToken, NewUser, SessionKey, TokenKey, UserId};

    const NOW: u64 = 1_000_000;
    const LATER: u64 = NOW + 100_000;
    const SESSION: SessionKey = SessionKey([1; 32]);
    const TOKEN: TokenKey = TokenKey([2; 32]);

    async fn with_a_session_and_a_token(folder: &TempDir) -> Store {
        let config = Config::sqlite(folder.path().join("nova-ve.db"));
        Store::migrate(&config, NOW).await.unwrap();
        let store = Store::open(&config).await.unwrap();
        let user = NewUser {
            id: UserId(Uuid::new_v4()),
            username: "anna".into(),
            password_hash: "hash".into(),
            role: Role::Member,
        };
        let anna = store.create_user(By::Machine, user, NOW).await.unwrap().id;
        let session = NewSession {
            key: SESSION,
            user: anna,
            password_hash: "hash".into(),
            expires_ms: NOW * 10,
            address: String::new(),
            user_agent: String::new(),
        };
        store.create_session(session, NOW).await.unwrap();
        let token = NewToken {
            id: Uuid::new_v4(),
            key: TOKEN,
            user: anna,
            by: SESSION,
            name: "ci".into(),
            expires_ms: NOW * 10,
        };
        store.create_token(token, NOW).await.unwrap();
        store
    }

    #[tokio::test]
    async fn a_database_that_takes_no_writes_shuts_nobody_out() {
        let folder = TempDir::new().unwrap();
        let store = with_a_session_and_a_token(&folder).await;
        for full in [
            "CREATE TRIGGER full_1 BEFORE UPDATE ON sessions
             BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END",
            "CREATE TRIGGER full_2 BEFORE UPDATE ON tokens
             BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END",
        ] {
            store.db.run(full, args![]).await.unwrap();
        }
        let session = async || store.session(&SESSION, LATER, NOW).await.unwrap().unwrap();
        let token = async || store.token(&TOKEN, LATER).await.unwrap().unwrap().0;
        assert_eq!(session().await.last_seen_ms, NOW);
        assert_eq!(token().await.last_used_ms, None);
        assert!(!store.told.failed(), "it is told");
        for empty in ["DROP TRIGGER full_1", "DROP TRIGGER full_2"] {
            store.db.run(empty, args![]).await.unwrap();
        }
        assert_eq!(session().await.last_seen_ms, LATER);
        assert_eq!(token().await.last_used_ms, Some(LATER));
        assert!(store.told.failed(), "the next failure is told again");
    }
}
