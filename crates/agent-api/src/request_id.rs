//! Names one request of a person or a program, from its answer to the last line of log it caused.
//!
//! ```text
//! client ─X-Request-Id─▶ server: span, problem document, job, audit row ─frame, HostSpec::causes─▶ agent: spans, notices
//! ```
//! It is a label and no right: anybody may choose one. So what is taken from outside is short and of
//! plain letters, which cannot begin a line, a field or an escape sequence anywhere.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

tokio::task_local! {
    static CURRENT: RequestId;
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RequestId(Arc<str>);

#[derive(Debug, thiserror::Error)]
#[error(
    "a request id has 1 to {} letters, digits, dots, dashes and underscores",
    RequestId::LONGEST
)]
pub struct BadRequestId;

impl RequestId {
    /// Room for a UUID, a trace id and what proxies draw.
    pub const LONGEST: usize = 64;

    /// A new one, for a request that came without.
    pub fn draw() -> Self {
        Self(uuid::Uuid::new_v4().simple().to_string().into())
    }

    pub fn parse(text: &str) -> Result<Self, BadRequestId> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if text.is_empty() || text.len() > Self::LONGEST || !text.bytes().all(plain) {
            return Err(BadRequestId);
        }
        Ok(Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The request that the running task works for, if it works for one.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// Runs `work` for this request. A task that is spawned in it does not inherit the id.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// Runs `work` for the request, where there is one.
    pub async fn scope_maybe<F: Future>(id: Option<Self>, work: F) -> F::Output {
        match id {
            Some(id) => id.scope(work).await,
            None => work.await,
        }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for RequestId {
    type Error = BadRequestId;

    fn try_from(text: String) -> Result<Self, BadRequestId> {
        Self::parse(&text)
    }
}

impl From<RequestId> for String {
    fn from(id: RequestId) -> Self {
        id.0.as_ref().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_is_short_and_plain() {
        let longest = "a".repeat(RequestId::LONGEST);
        for good in ["7", "req-1_2.x", &longest] {
            assert!(RequestId::parse(good).is_ok(), "{good}");
        }
        let longer = "a".repeat(RequestId::LONGEST + 1);
        for bad in ["", "a b", "a\nb", "\u{1b}[31m", "a\"b", "ä", "a=b", &longer] {
            assert!(RequestId::parse(bad).is_err(), "{bad:?}");
        }
        assert!(serde_json::from_str::<RequestId>("\"a\\nb\"").is_err());
    }

    #[tokio::test]
    async fn work_knows_the_request_it_is_done_for() {
        assert_eq!(RequestId::current(), None);
        let id = RequestId::draw();
        let seen = id.clone().scope(async { RequestId::current() }).await;
        assert_eq!(seen, Some(id));
    }
}
