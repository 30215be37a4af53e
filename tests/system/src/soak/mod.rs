//! Hours of use in minutes: three people make labs, start and stop nodes, edit, cut and heal, type at
//! consoles and leave; in the middle third somebody kills server and agent at random. After each
//! round everything is measured while nothing runs.
//!
//! ```text
//!  calm (2/5 of the time)  →  storm: kill -9 (1/5)  →  calm (2/5)  →  down --purge
//! ```
//!
//! In a calm phase no request may fail for a reason of the server's, and memory, handles, threads
//! and files stay level from its second third to its last. Everybody's choices come from one seed,
//! which is printed; what the kernel's scheduler makes of them is not repeatable.

mod act;
mod calls;
mod chaos;
mod measure;
mod person;
mod verdict;

use std::time::{Duration, Instant};

use anyhow::Context;
use fastrand::Rng;

use crate::{Installation, say};
use measure::Measure;

const PEOPLE: u64 = 3;

pub struct Options {
    pub minutes: u64,
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            minutes: 30,
            seed: fastrand::u64(..),
        }
    }
}

/// A part of the soak, with what was seen after each of its rounds.
pub(crate) struct Phase {
    name: &'static str,
    has_kills: bool,
    minutes_of_ten: u32,
    rounds: Vec<Measure>,
    tally: calls::Tally,
}

/// Everything that is wrong, as sentences; empty when all is well.
pub fn run(options: &Options) -> anyhow::Result<Vec<String>> {
    say(&format!(
        "soak: {} minutes, --seed {}",
        options.minutes, options.seed
    ));
    let runtime = tokio::runtime::Runtime::new()?;
    let nova = Installation::up()?;
    let mut dice = Rng::with_seed(options.seed);
    let mut wrong = Vec::new();
    let phases = [
        ("calm", false, 4),
        ("storm", true, 2),
        ("calm again", false, 4),
    ];
    for (name, has_kills, minutes_of_ten) in phases {
        let mut phase = Phase {
            name,
            has_kills,
            minutes_of_ten,
            rounds: Vec::new(),
            tally: calls::Tally::default(),
        };
        let all = Duration::from_secs(options.minutes * 60);
        runtime.block_on(live(&nova, &mut phase, all, &mut dice))?;
        wrong.extend(verdict::of_phase(&phase));
    }
    if let Err(error) = nova.end() {
        wrong.push(format!("after down --purge: {error:#}"));
    }
    Ok(wrong)
}

/// One phase: rounds until its time is over.
async fn live(
    nova: &Installation,
    phase: &mut Phase,
    all: Duration,
    dice: &mut Rng,
) -> anyhow::Result<()> {
    say(&format!("== {} ==", phase.name));
    let end = Instant::now() + all * phase.minutes_of_ten / 10;
    while Instant::now() < end {
        round(nova, phase, dice).await?;
        let measure = measure::when_nothing_runs(nova).await?;
        say(&format!("{measure} | {}", phase.tally));
        phase.rounds.push(measure);
    }
    Ok(())
}

/// Everybody makes a lab, works with it and removes it; in a storm the programs die meanwhile.
async fn round(nova: &Installation, phase: &mut Phase, dice: &mut Rng) -> anyhow::Result<()> {
    let client = measure::client(nova).await?;
    let mut people = tokio::task::JoinSet::new();
    for number in 0..PEOPLE {
        people.spawn(person::work(client.clone(), number, dice.fork()));
    }
    let mut storm = dice.fork();
    let mut tally = calls::Tally::default();
    while !people.is_empty() {
        tokio::select! {
            // Cancel-safe: a task that ended stays in the set until it is joined.
            Some(done) = people.join_next() => tally += done.context("a person fell over")?,
            killed = chaos::kill_one(nova, &mut storm), if phase.has_kills => {
                tally.killed(killed?);
            }
        }
    }
    phase.tally += tally;
    Ok(())
}
