//! One look at the database for all who ask at about the same time.

use tokio::sync::Mutex;

use crate::clock::Clock;

/// How long an answer is good for.
const SHARED_FOR_MS: u64 = 500;

/// The database does not answer; why is no stranger's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Down;

#[derive(Debug)]
struct Answer {
    at_ms: u64,
    outcome: Result<(), Down>,
}

#[derive(Debug, Default)]
pub struct Pings {
    /// Held while somebody looks, so that the others wait for that answer.
    last: Mutex<Option<Answer>>,
}

impl Pings {
    /// The last answer if it is new enough, else that of `ask`.
    pub async fn share<E, F>(&self, clock: &Clock, ask: impl FnOnce() -> F) -> Result<(), Down>
    where
        F: Future<Output = Result<(), E>>,
    {
        let mut last = self.last.lock().await;
        let fresh = last
            .as_ref()
            .filter(|answer| clock.monotonic_ms() < answer.at_ms + SHARED_FOR_MS);
        if let Some(answer) = fresh {
            return answer.outcome;
        }
        let outcome = ask().await.map_err(|_| Down);
        *last = Some(Answer {
            at_ms: clock.monotonic_ms(),
            outcome,
        });
        outcome
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

    use super::*;

    #[tokio::test]
    async fn who_asks_within_half_a_second_shares_one_answer() {
        let now_ms = Arc::new(AtomicU64::new(7));
        let clock = Clock::Manual(now_ms.clone());
        let (pings, asked) = (Pings::default(), AtomicU32::new(0));
        let ask = |answer: Result<(), ()>| {
            let asked = &asked;
            pings.share(&clock, move || async move {
                asked.fetch_add(1, Ordering::Relaxed);
                // Whoever asks meanwhile has his turn.
                tokio::task::yield_now().await;
                answer
            })
        };
        let both = tokio::join!(ask(Ok(())), ask(Err(())));
        assert_eq!(both, (Ok(()), Ok(())), "one waits for the other's answer");
        now_ms.fetch_add(SHARED_FOR_MS - 1, Ordering::Relaxed);
        assert_eq!(ask(Err(())).await, Ok(()));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        now_ms.fetch_add(1, Ordering::Relaxed);
        assert_eq!(ask(Err(())).await, Err(Down));
        assert_eq!(ask(Ok(())).await, Err(Down), "a bad answer is shared too");
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }
}
