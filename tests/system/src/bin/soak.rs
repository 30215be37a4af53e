//! `cargo xtask soak` runs this: people at work on one installation for a long time, then a verdict.

use std::process::ExitCode;

use anyhow::Context;
use system_tests::{say, soak};

fn main() -> anyhow::Result<ExitCode> {
    let options = options(std::env::args().skip(1))?;
    let verdict = soak::run(&options)?;
    if verdict.is_empty() {
        say("soak: flat, and the host is as it was before");
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!("soak: {} wrong", verdict.len()));
    for line in verdict {
        say(&format!("  {line}"));
    }
    Ok(ExitCode::FAILURE)
}

/// `--minutes N` and `--seed N`, both optional.
fn options(mut words: impl Iterator<Item = String>) -> anyhow::Result<soak::Options> {
    let mut options = soak::Options::default();
    while let Some(word) = words.next() {
        let value = words.next().context("a value is missing")?;
        let value: u64 = value
            .parse()
            .with_context(|| format!("{word} {value} is no number"))?;
        match word.as_str() {
            "--minutes" => options.minutes = value,
            "--seed" => options.seed = value,
            _ => anyhow::bail!("{word} is not known; there are --minutes N and --seed N"),
        }
    }
    Ok(options)
}
