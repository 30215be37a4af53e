//! One's own sessions, and ending them.

use api::session::{OpenSession, Sessions};
use model::access::{AccountAction, SystemAction};
use store::Key;
use uuid::Uuid;

use super::{Caller, IDLE_MS};
use crate::app::App;
use crate::error::Error;

impl App {
    pub async fn list_sessions(&self, caller: &Caller) -> Result<Sessions, Error> {
        let now_ms = self.clock.now_ms();
        let sessions = self.store.sessions_of(caller.user.id, now_ms, IDLE_MS);
        let items = sessions.await?.into_iter().map(|session| OpenSession {
            id: session.key.id(),
            current: caller.key == Key::Session(session.key),
            address: session.address,
            user_agent: session.user_agent,
            created_ms: session.created_ms,
            last_seen_ms: session.last_seen_ms,
            expires_ms: session.expires_ms,
        });
        Ok(Sessions {
            items: items.collect(),
        })
    }

    /// Ends the session that asks, and everything it opened.
    pub async fn log_out(&self, caller: &Caller) -> Result<(), Error> {
        self.require_on_account(caller, AccountAction::Change, "")
            .await?;
        if let Key::Session(key) = caller.key {
            self.store.end_session(&key).await?;
        }
        self.check_live().await?;
        self.audit(caller, "", "").await
    }

    pub async fn end_session(&self, caller: &Caller, id: Uuid) -> Result<(), Error> {
        self.require_on_account(caller, AccountAction::Change, "")
            .await?;
        if !self.store.end_listed_session(caller.user.id, id).await? {
            return Err(Error::not_found(format!("session {id} of yours")));
        }
        self.check_live().await?;
        self.audit(caller, &caller.user.username, "").await
    }

    /// Every session of a user, for administrators.
    pub async fn end_sessions_of(&self, caller: &Caller, username: &str) -> Result<(), Error> {
        self.require_in_system(caller, SystemAction::ManageUsers, username)
            .await?;
        self.require_on_account(caller, AccountAction::Change, username)
            .await?;
        let user = self.user_named(username).await?;
        let ended = self.store.end_sessions_of(user.id).await?;
        self.check_live().await?;
        self.audit(caller, &user.username, &format!("{ended} sessions"))
            .await
    }
}
