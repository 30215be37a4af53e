//! Whether the database takes writes: one look for all who ask at about the same time.
//!
//! ```text
//! (none) ──asked──▶ looking ──ends──▶ known ──asked later than SHARED_FOR_MS after its begin──▶ looking
//! ```
//! Such a look takes the turn of whoever writes, and anybody may ask. So there is one at a time and
//! few a second, however many ask; and it goes on in a task of its own, or a crowd that asks and
//! leaves would begin one look each.

use std::sync::Mutex;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tokio::task::AbortHandle;

use crate::clock::Clock;

/// How long a look is good for, from its begin on.
const SHARED_FOR_MS: u64 = 500;

/// The database does not answer, or takes no writes; why is no stranger's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Down;

/// Cheap to clone; whoever waits for it or leaves, the look goes on.
pub type Outcome = Shared<BoxFuture<'static, Result<(), Down>>>;

struct Look {
    begun_ms: u64,
    task: AbortHandle,
    outcome: Outcome,
}

#[derive(Default)]
pub struct Pings(Mutex<Option<Look>>);

impl Pings {
    /// What the look under way will say, or what the last one said if it is new enough, else what
    /// `ask` says.
    pub fn share<E, F>(&self, clock: &Clock, ask: impl FnOnce() -> F) -> Outcome
    where
        E: Send + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
    {
        let now_ms = clock.monotonic_ms();
        let mut last = self.0.lock().expect("no holder panics");
        let useful = last.as_ref().filter(|look| {
            let is_new = now_ms < look.begun_ms + SHARED_FOR_MS;
            is_new || !look.task.is_finished()
        });
        if let Some(look) = useful {
            return look.outcome.clone();
        }
        let asked = tokio::spawn(ask());
        let task = asked.abort_handle();
        let outcome = async move {
            match asked.await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) | Err(_) => Err(Down),
            }
        };
        let outcome = outcome.boxed().shared();
        *last = Some(Look {
            begun_ms: now_ms,
            task,
            outcome: outcome.clone(),
        });
        outcome
    }
}

impl std::fmt::Debug for Pings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pings").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

    use tokio::sync::Semaphore;

    use super::*;

    /// Looks that end when they are let, and how many began.
    struct Story {
        now_ms: Arc<AtomicU64>,
        clock: Clock,
        pings: Pings,
        begun: Arc<AtomicU32>,
        may_end: Arc<Semaphore>,
    }

    impl Story {
        fn new() -> Self {
            let now_ms = Arc::new(AtomicU64::new(7));
            Self {
                clock: Clock::Manual(now_ms.clone()),
                now_ms,
                pings: Pings::default(),
                begun: Arc::default(),
                may_end: Arc::new(Semaphore::new(0)),
            }
        }

        fn ask(&self, answer: Result<(), ()>) -> Outcome {
            let (begun, may_end) = (self.begun.clone(), self.may_end.clone());
            self.pings.share(&self.clock, move || async move {
                begun.fetch_add(1, Ordering::Relaxed);
                may_end.acquire().await.unwrap().forget();
                answer
            })
        }

        fn pass(&self, ms: u64) {
            self.now_ms.fetch_add(ms, Ordering::Relaxed);
        }

        fn begun(&self) -> u32 {
            self.begun.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn who_asks_within_half_a_second_shares_one_look() {
        let story = Story::new();
        story.may_end.add_permits(2);
        let both = tokio::join!(story.ask(Ok(())), story.ask(Err(())));
        assert_eq!(both, (Ok(()), Ok(())), "one waits for the other's answer");
        story.pass(SHARED_FOR_MS - 1);
        assert_eq!(story.ask(Err(())).await, Ok(()));
        assert_eq!(story.begun(), 1);
        story.pass(1);
        assert_eq!(story.ask(Err(())).await, Err(Down));
        assert_eq!(
            story.ask(Ok(())).await,
            Err(Down),
            "a bad answer is shared too"
        );
        assert_eq!(story.begun(), 2);
    }

    #[tokio::test]
    async fn a_crowd_that_asks_and_leaves_begins_one_look_at_a_time() {
        let story = Story::new();
        for _ in 0..100 {
            let asking = tokio::spawn(story.ask(Ok(())));
            tokio::task::yield_now().await;
            asking.abort();
            story.pass(SHARED_FOR_MS);
        }
        assert_eq!(story.begun(), 1, "it has not ended");
        // It was begun long ago, and is still the one that is waited for.
        let waited_for = story.ask(Err(()));
        story.may_end.add_permits(1);
        assert_eq!(waited_for.await, Ok(()));
        let next = story.ask(Ok(()));
        story.may_end.add_permits(1);
        assert_eq!(next.await, Ok(()));
        assert_eq!(story.begun(), 2);
    }

    #[tokio::test]
    async fn a_look_that_ended_after_all_had_left_is_not_told_later() {
        let story = Story::new();
        drop(story.ask(Err(())));
        story.may_end.add_permits(1);
        while story.may_end.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        tokio::task::yield_now().await;
        story.pass(SHARED_FOR_MS);
        story.may_end.add_permits(1);
        assert_eq!(story.ask(Ok(())).await, Ok(()));
    }
}
