//! Passwords: argon2id, two at a time, away from the threads that serve requests.
//!
//! One verification takes tens of milliseconds and 19 MiB; without the semaphore a crowd at the
//! door would take the machine.

use std::sync::Arc;

use argon2::Params;
use argon2::password_hash::PasswordVerifier;
use argon2::password_hash::phc::PasswordHash;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::argon::Argon;

const AT_ONCE: usize = 2;

/// How much work a hash is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Cost {
    /// argon2id as its authors recommend: 19 MiB, two passes.
    #[default]
    Recommended,
    /// For tests alone.
    Least,
}

#[derive(Debug, Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    cost: Cost,
}

#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("password hashing failed: {0}")]
    Hash(argon2::password_hash::Error),
    #[error("password hashing broke off")]
    BrokenOff,
}

impl Passwords {
    pub fn new(cost: Cost) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(AT_ONCE)),
            cost,
        }
    }

    /// The PHC text of a new password.
    pub async fn hash(&self, password: SecretString) -> Result<String, PasswordError> {
        let cost = self.cost;
        self.run(move || hash_now(cost, password.expose_secret()))
            .await?
            .map_err(PasswordError::Hash)
    }

    /// Whether it is the password; `None`, a user that does not exist, takes as long: the password
    /// is hashed for nothing.
    pub async fn verify(
        &self,
        password: SecretString,
        known: Option<String>,
    ) -> Result<bool, PasswordError> {
        match known {
            Some(hash) => {
                self.run(move || is_right(password.expose_secret(), &hash))
                    .await
            }
            None => self.hash(password).await.map(|_| false),
        }
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let _permit = self.permits.acquire().await;
        let work = tokio::task::spawn_blocking(work);
        work.await.map_err(|_| PasswordError::BrokenOff)
    }
}

fn hash_now(cost: Cost, password: &str) -> Result<String, argon2::password_hash::Error> {
    let params = match cost {
        Cost::Recommended => Params::default(),
        Cost::Least => Params::new(8, 1, 1, None).expect("the least parameters are allowed"),
    };
    Ok(Argon::hash(password, params)?.to_string())
}

fn is_right(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon.verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_a_real_user_is_right() {
        let passwords = Passwords::new(Cost::Least);
        let hash = passwords.hash("open".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(
            passwords
                .verify("open".into(), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(!passwords.verify("Open".into(), Some(hash)).await.unwrap());
        assert!(!passwords.verify("nobody".into(), None).await.unwrap());
    }
}
