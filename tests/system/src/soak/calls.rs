//! What became of the calls that people made.

use std::collections::BTreeMap;
use std::fmt;

use api::client::ClientError;

/// How a call may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    Done,
    /// The server said no with a reason: somebody else was quicker, the node does not run, ….
    Refused,
    /// Nobody answered, the connection broke, or the server said 5xx. In a calm phase that is wrong.
    Lost,
}

/// Counts, and the first words of everything that was lost.
#[derive(Default)]
pub(crate) struct Tally {
    counts: BTreeMap<(&'static str, Outcome), u64>,
    kills: u64,
    pub lost: Vec<String>,
}

impl Tally {
    pub fn count<T>(&mut self, act: &'static str, result: Result<T, ClientError>) -> Option<T> {
        let (outcome, value) = match result {
            Ok(value) => (Outcome::Done, Some(value)),
            Err(ClientError::Api(error)) if error.status < 500 => (Outcome::Refused, None),
            Err(error) => {
                self.lose(act, &error.to_string());
                return None;
            }
        };
        *self.counts.entry((act, outcome)).or_default() += 1;
        value
    }

    pub fn done(&mut self, act: &'static str) {
        *self.counts.entry((act, Outcome::Done)).or_default() += 1;
    }

    pub fn lose(&mut self, act: &'static str, why: &str) {
        *self.counts.entry((act, Outcome::Lost)).or_default() += 1;
        self.lost.push(format!("{act}: {why}"));
    }

    pub fn killed(&mut self, count: u64) {
        self.kills += count;
    }

    fn sum(&self, wanted: Outcome) -> u64 {
        let of_kind = self
            .counts
            .iter()
            .filter(|((_, outcome), _)| *outcome == wanted);
        of_kind.map(|(_, count)| count).sum()
    }

    /// Acts that never once were done: then the soak proves less than it says.
    pub fn never_done(&self, acts: &[&'static str]) -> Vec<&'static str> {
        let done = |act| self.counts.contains_key(&(act, Outcome::Done));
        acts.iter().copied().filter(|act| !done(act)).collect()
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        for (key, count) in other.counts {
            *self.counts.entry(key).or_default() += count;
        }
        self.kills += other.kills;
        self.lost.extend(other.lost);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [done, refused, lost] =
            [Outcome::Done, Outcome::Refused, Outcome::Lost].map(|outcome| self.sum(outcome));
        write!(
            f,
            "done {done}, refused {refused}, lost {lost}, kills {}",
            self.kills
        )
    }
}
