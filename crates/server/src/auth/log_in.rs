//! Beginning and ending a session.

use std::net::IpAddr;

use api::session::LogIn;
use secrecy::SecretString;
use store::{AuditEntry, NewSession};
use uuid::Uuid;

use super::{ABSOLUTE_MS, Caller, SessionSecret};
use crate::app::App;
use crate::error::Error;

impl App {
    /// Verifies the password within the limits and begins a session.
    pub async fn log_in(
        &self,
        body: &LogIn,
        address: IpAddr,
    ) -> Result<(SessionSecret, Caller), Error> {
        let now_ms = self.clock.now_ms();
        let attempt = self.throttle.begin(&body.username, address, now_ms);
        let attempt = attempt.map_err(|limited| Error::TooManyAttempts {
            retry_after_s: limited.retry_after_s,
        })?;
        let known = self.store.credentials(&body.username).await?;
        let password = SecretString::from(body.password.as_str());
        let hash = known.as_ref().map(|known| known.password_hash.clone());
        let right = self
            .passwords
            .verify(password, hash)
            .await
            .map_err(Error::internal)?;
        // People type passwords into the wrong field: a name that is nobody's is not logged.
        let name = known.as_ref().map(|known| known.user.username.clone());
        let Some(known) = known.filter(|_| right) else {
            tracing::warn!(user = name, %address, "a log-in was refused");
            return Err(Error::WrongPassword);
        };
        self.throttle.succeeded(attempt);
        self.begin_session(known.user, now_ms).await
    }

    async fn begin_session(
        &self,
        user: store::User,
        now_ms: u64,
    ) -> Result<(SessionSecret, Caller), Error> {
        let secret = SessionSecret::draw().map_err(Error::internal)?;
        let session = NewSession {
            key: secret.key(),
            user: user.id,
            expires_ms: now_ms + ABSOLUTE_MS,
        };
        self.store.create_session(session, now_ms).await?;
        self.audit(&user, "log_in", "", "").await?;
        let caller = Caller {
            user,
            key: secret.key(),
            expires_ms: now_ms + ABSOLUTE_MS,
        };
        Ok((secret, caller))
    }

    /// Ends the session and everything it opened.
    pub async fn log_out(&self, caller: &Caller) -> Result<(), Error> {
        self.store.end_session(&caller.key).await?;
        self.live.end(&caller.key);
        self.audit(&caller.user, "log_out", "", "").await
    }

    /// Writes down who did what.
    pub async fn audit(
        &self,
        user: &store::User,
        action: &str,
        subject: &str,
        detail: &str,
    ) -> Result<(), Error> {
        let entry = AuditEntry {
            id: Uuid::new_v4(),
            at_ms: self.clock.now_ms(),
            user: Some(user.id),
            action: action.into(),
            subject: subject.into(),
            detail: detail.into(),
        };
        self.store.audit(entry).await?;
        Ok(())
    }
}
