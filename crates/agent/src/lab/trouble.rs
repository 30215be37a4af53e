//! What went wrong with a node, and when it is tried again. Pure: the time is an argument.
//!
//! ```text
//! failed ─0.5 s─▶ tried ─failed─▶ 1 s … 30 s ─▶ tried ─runs for a minute─▶ forgotten
//! ```
//! Another wish for the node starts afresh at once.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use model::NodeId;
use model::spec::RunWish;

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A node that runs this long has got over its trouble.
const HEALTHY_AFTER: Duration = Duration::from_mins(1);

#[derive(Debug, Default)]
pub(super) struct Troubles(BTreeMap<NodeId, Trouble>);

#[derive(Debug)]
struct Trouble {
    why: String,
    times: u32,
    retry_at: Instant,
    /// Of the wish that failed.
    wish: RunWish,
    /// When it was first seen to run, by the clock that nobody sets: a jump of the other one makes no
    /// node healthy.
    runs_since: Option<Instant>,
}

impl Troubles {
    pub fn failed(&mut self, node: NodeId, why: String, wish: RunWish, now: Instant) {
        let before = self.0.get(&node).filter(|trouble| trouble.wish == wish);
        let times = before.map_or(0, |trouble| trouble.times) + 1;
        let retry_at = now + pause(times);
        self.0.insert(
            node,
            Trouble {
                why,
                times,
                retry_at,
                wish,
                runs_since: None,
            },
        );
    }

    /// Forgets what another wish made old.
    pub fn retain(&mut self, wish: impl Fn(NodeId) -> Option<RunWish>) {
        self.0
            .retain(|node, trouble| wish(*node) == Some(trouble.wish));
    }

    /// It is seen to run, or not to.
    pub fn look(&mut self, node: NodeId, runs: bool, now: Instant) {
        let Some(trouble) = self.0.get_mut(&node) else {
            return;
        };
        if !runs {
            trouble.runs_since = None;
            return;
        }
        let since = *trouble.runs_since.get_or_insert(now);
        if now.duration_since(since) > HEALTHY_AFTER {
            self.0.remove(&node);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the node is to be left alone for now.
    pub fn holds(&self, node: NodeId, now: Instant) -> bool {
        self.0
            .get(&node)
            .is_some_and(|trouble| now < trouble.retry_at)
    }

    /// Why, and how often, for a person.
    pub fn words(&self, node: NodeId) -> Option<String> {
        let trouble = self.0.get(&node)?;
        Some(match trouble.times {
            1 => trouble.why.clone(),
            times => format!("{} ({times} times)", trouble.why),
        })
    }

    /// When the next one is due.
    pub fn next_retry(&self, now: Instant) -> Option<Duration> {
        let times = self.0.values().map(|trouble| trouble.retry_at);
        times.filter(|at| *at > now).min().map(|at| at - now)
    }
}

fn pause(times: u32) -> Duration {
    (FIRST_PAUSE * 2_u32.pow(times.saturating_sub(1).min(10))).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::id;

    const ON: RunWish = RunWish::On { start: 1 };

    #[test]
    fn the_pause_doubles_from_half_a_second_to_thirty() {
        let pauses: Vec<u128> = [1, 2, 3, 7, 100].map(|n| pause(n).as_millis()).into();
        assert_eq!(pauses, [500, 1000, 2000, 30_000, 30_000]);
    }

    #[test]
    fn a_node_in_trouble_is_left_alone_until_its_time() {
        let (mut troubles, now) = (Troubles::default(), Instant::now());
        troubles.failed(id(1), "no space".into(), ON, now);
        assert!(troubles.holds(id(1), now));
        assert!(!troubles.holds(id(1), now + FIRST_PAUSE));
        assert!(!troubles.holds(id(2), now));
        assert_eq!(troubles.next_retry(now), Some(FIRST_PAUSE));
    }

    #[test]
    fn another_wish_starts_afresh() {
        let (mut troubles, now) = (Troubles::default(), Instant::now());
        troubles.failed(id(1), "no space".into(), ON, now);
        troubles.retain(|_| Some(ON));
        assert!(troubles.holds(id(1), now));
        troubles.retain(|_| Some(RunWish::On { start: 2 }));
        assert!(!troubles.holds(id(1), now));
    }

    #[test]
    fn a_second_failure_is_counted() {
        let (mut troubles, now) = (Troubles::default(), Instant::now());
        troubles.failed(id(1), "signal 9".into(), ON, now);
        assert_eq!(troubles.words(id(1)).as_deref(), Some("signal 9"));
        troubles.failed(id(1), "signal 9".into(), ON, now);
        assert_eq!(troubles.words(id(1)).as_deref(), Some("signal 9 (2 times)"));
    }

    #[test]
    fn a_node_gets_over_its_trouble_by_running_for_a_minute_without_a_break() {
        let (mut troubles, now) = (Troubles::default(), Instant::now());
        let at = |seconds| now + Duration::from_secs(seconds);
        troubles.failed(id(1), "signal 9".into(), ON, now);
        for (seconds, runs) in [(1, true), (50, true), (55, false), (56, true), (110, true)] {
            troubles.look(id(1), runs, at(seconds));
            assert!(troubles.words(id(1)).is_some(), "after {seconds} s");
        }
        troubles.look(id(1), true, at(117));
        assert_eq!(troubles.words(id(1)), None);
    }
}
