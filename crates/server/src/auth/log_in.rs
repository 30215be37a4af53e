//! Beginning a session.

use std::net::IpAddr;

use api::session::{LogIn, Session};
use model::words::one_line;
use secrecy::SecretString;
use store::{Credentials, NewSession, StoreError};

use super::caller::user;
use super::throttle::Attempt;
use super::{ABSOLUTE_MS, SessionSecret};
use crate::app::App;
use crate::error::Error;

impl App {
    /// Verifies the password within the limits and begins a session.
    pub async fn log_in(
        &self,
        body: &LogIn,
        client: ClientWords,
    ) -> Result<(SessionSecret, Session), Error> {
        let address = client.address;
        let attempt = match self.begin_attempt(&body.username, address) {
            Ok(attempt) => attempt,
            Err(limited) => {
                self.audit_log_in_refusal(None, address, "too many attempts")
                    .await;
                return Err(limited);
            }
        };
        let known = self.store.credentials(&body.username).await?;
        let password = SecretString::from(body.password.as_str());
        let hash = known.as_ref().map(|known| known.password_hash.clone());
        let right = self
            .passwords
            .verify(password, hash)
            .await
            .map_err(Error::internal)?;
        // People type passwords into the wrong field: a name that is nobody's is not logged.
        let somebody = known.as_ref().map(|known| known.user.clone());
        let Some(known) = known.filter(|_| right) else {
            let name = somebody.as_ref().map(|user| &*user.username);
            tracing::warn!(user.name = name, %address, "session.begin refused");
            self.audit_log_in_refusal(somebody.as_ref(), address, "wrong name or password")
                .await;
            return Err(Error::WrongPassword);
        };
        self.throttle.succeeded(attempt);
        self.begin_session(known, client).await
    }

    /// Counts an attempt to guess a password.
    pub(super) fn begin_attempt(&self, name: &str, address: IpAddr) -> Result<Attempt, Error> {
        let attempt = self
            .throttle
            .begin(name, address, self.clock.monotonic_ms());
        attempt.map_err(|limited| Error::TooManyAttempts {
            retry_after_s: limited.retry_after_s,
        })
    }

    async fn begin_session(
        &self,
        known: Credentials,
        client: ClientWords,
    ) -> Result<(SessionSecret, Session), Error> {
        let secret = SessionSecret::draw().map_err(Error::internal)?;
        let now_ms = self.clock.now_ms();
        let expires_ms = now_ms + ABSOLUTE_MS;
        let session = NewSession {
            key: secret.key(),
            user: known.user.id,
            password_hash: known.password_hash,
            expires_ms,
            address: client.address.to_string(),
            user_agent: client.user_agent,
        };
        match self.store.create_session(session, now_ms).await {
            Ok(()) => {}
            // The user went, or got another password, while this one was verified.
            Err(StoreError::NoSuchUser) => return Err(Error::WrongPassword),
            Err(error) => return Err(error.into()),
        }
        self.audit_log_in(&known.user, client.address).await?;
        tracing::info!(user.name = known.user.username, address = %client.address, "session.begin");
        let session = Session {
            user: user(&known.user),
            expires_ms,
            token: None,
        };
        Ok((secret, session))
    }
}

/// Where a log-in comes from, in bounded words.
#[derive(Debug, Clone)]
pub struct ClientWords {
    pub address: IpAddr,
    pub user_agent: String,
}

const USER_AGENT_CHARS: usize = 200;

impl ClientWords {
    pub fn new(address: IpAddr, user_agent: &str) -> Self {
        Self {
            address,
            user_agent: one_line(user_agent, USER_AGENT_CHARS),
        }
    }
}
