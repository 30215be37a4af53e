//! Flat or not.
//!
//! Compared are the medians of a calm phase's second third and of its last: the first third fills
//! caches. In the storm nothing is compared: there the world must come out right, and does or a round
//! does not end.

use super::measure::{Measure, Program};
use super::{Phase, act};

/// Growth of resident memory that caches explain: per cent, and at least so many KiB.
const RSS_PERCENT: u64 = 5;
const RSS_KIB: u64 = 1024;
/// A connection that waits to be used again.
const HANDLES: u64 = 3;
const THREADS: u64 = 2;
/// Tombstones that the agent forgets a while later.
const FILES: u64 = 8;
/// Two in each third.
const LEAST_ROUNDS: usize = 6;

pub(super) fn of_phase(phase: &Phase) -> Vec<String> {
    let mut wrong = Vec::new();
    if !phase.has_kills {
        wrong.extend(phase.tally.lost.clone());
        let never = phase.tally.never_done(act::ALL);
        wrong.extend(never.iter().map(|act| format!("never done: {act}")));
        wrong.extend(lives(&phase.rounds));
        wrong.extend(growth(&phase.rounds));
    }
    wrong
        .into_iter()
        .map(|line| format!("{}: {line}", phase.name))
        .collect()
}

/// Nobody kills in a calm phase, so both programs live through it.
fn lives(rounds: &[Measure]) -> Vec<String> {
    let ended = |part: fn(&Measure) -> Program| {
        rounds
            .windows(2)
            .any(|two| part(&two[0]).pid != part(&two[1]).pid)
    };
    let mut wrong = Vec::new();
    if ended(|round| round.server) {
        wrong.push("the server ended and was started again".into());
    }
    if ended(|round| round.agent) {
        wrong.push("the agent ended and was started again".into());
    }
    wrong
}

fn growth(rounds: &[Measure]) -> Vec<String> {
    if rounds.len() < LEAST_ROUNDS {
        return vec![format!("only {} rounds: too few to compare", rounds.len())];
    }
    let third = rounds.len() / 3;
    let [early, late] = [&rounds[third..2 * third], &rounds[2 * third..]];
    let mut wrong = Vec::new();
    wrong.extend(growth_of("server", early, late, |round| round.server));
    wrong.extend(growth_of("agent", early, late, |round| round.agent));
    let files = |rounds: &[Measure]| median(rounds.iter().map(|round| round.runtime_files));
    compare(
        "files in runtime/",
        files(early),
        files(late),
        FILES,
        &mut wrong,
    );
    wrong
}

fn growth_of(
    name: &str,
    early: &[Measure],
    late: &[Measure],
    part: fn(&Measure) -> Program,
) -> Vec<String> {
    let [early, late] =
        [early, late].map(|rounds| rounds.iter().map(part).collect::<Vec<Program>>());
    let mut wrong = Vec::new();
    let mut one = |what: &str, value: fn(&Program) -> u64, slack: u64| {
        let [early, late] = [&early, &late].map(|rounds| median(rounds.iter().map(value)));
        compare(&format!("{name}: {what}"), early, late, slack, &mut wrong);
    };
    let rss = median(early.iter().map(|program| program.rss_kib));
    one(
        "KiB",
        |program| program.rss_kib,
        RSS_KIB.max(rss * RSS_PERCENT / 100),
    );
    one("handles", |program| program.handles, HANDLES);
    one("threads", |program| program.threads, THREADS);
    wrong
}

fn compare(what: &str, early: u64, late: u64, slack: u64, wrong: &mut Vec<String>) {
    if late > early + slack {
        wrong.push(format!("{what} grew from {early} to {late}"));
    }
}

fn median(values: impl Iterator<Item = u64>) -> u64 {
    let mut values: Vec<u64> = values.collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(rss_kib: u64, pid: i32) -> Measure {
        let program = Program {
            pid,
            rss_kib,
            handles: 20,
            threads: 4,
        };
        Measure {
            server: program,
            agent: program,
            runtime_files: 10,
        }
    }

    #[test]
    fn what_levels_off_is_flat_and_what_goes_on_growing_is_not() {
        let level = [9_000, 15_000, 20_000, 20_100, 20_050, 20_200].map(|rss| round(rss, 1));
        assert_eq!(growth(&level), Vec::<String>::new());
        let leak = [9_000, 12_000, 15_000, 18_000, 21_000, 24_000].map(|rss| round(rss, 1));
        assert_eq!(growth(&leak).len(), 2, "server and agent");
    }

    #[test]
    fn another_life_of_a_program_is_told() {
        let rounds = [1, 1, 1, 2, 2, 2].map(|pid| round(9_000, pid));
        assert_eq!(lives(&rounds).len(), 2, "server and agent");
        assert_eq!(lives(&rounds[..3]), Vec::<String>::new());
    }

    #[test]
    fn too_few_rounds_prove_nothing() {
        assert_eq!(growth(&[round(9_000, 1), round(9_000, 1)]).len(), 1);
    }
}
