//! Runs the chosen benchmarks one after the other and writes what they measured.

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, bail};

use crate::benchmark::Benchmark;
use crate::figure::Figure;
use crate::results::{Results, Section};
use crate::{place, say};

#[derive(clap::Args)]
pub struct Options {
    names: Vec<String>,
    /// Where the release programs are
    #[arg(long)]
    programs: PathBuf,
    /// The file that the sections are written to
    #[arg(long)]
    results: PathBuf,
    /// What was measured, for the results
    #[arg(long)]
    commit: String,
    /// When, for the results
    #[arg(long)]
    date: String,
    /// End with a failure when a limit is missed
    #[arg(long)]
    check: bool,
}

pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut results = Results::read(&options.results)?;
    let mut missed = 0;
    for benchmark in Benchmark::chosen(&options.names)? {
        if benchmark.needs_root && !place::is_root() {
            say(&format!("SKIP {}: it needs root", benchmark.name));
            continue;
        }
        if let Some(lacking) = (benchmark.lacks)() {
            say(&format!("SKIP {}: {lacking}", benchmark.name));
            continue;
        }
        say(&format!("{}: {}", benchmark.name, benchmark.about));
        let figures = match one(benchmark, options) {
            Ok(figures) => figures,
            Err(error) => {
                say(&format!("  failed: {error:#}"));
                missed += 1;
                continue;
            }
        };
        figures.iter().for_each(show);
        missed += figures.iter().filter(|figure| !figure.is_good()).count();
        results.put(&Section {
            benchmark,
            figures: &figures,
            commit: &options.commit,
            date: &options.date,
        });
        results.write(&options.results)?;
    }
    say(&format!("{missed} missed"));
    Ok(if options.check && missed > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn show(figure: &Figure) {
    let Figure { name, shown, .. } = figure;
    let limit = figure.limit_shown();
    let mark = if figure.is_good() { "" } else { "   MISSED" };
    say(&format!("  {name}: {shown} {limit}{mark}"));
}

fn one(benchmark: &Benchmark, options: &Options) -> anyhow::Result<Vec<Figure>> {
    let output = Command::new(std::env::current_exe()?)
        .args(["one", benchmark.name, "--programs"])
        .arg(&options.programs)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("start the benchmark")?;
    if !output.status.success() {
        bail!("it ended with {}", output.status);
    }
    let text = String::from_utf8(output.stdout)?;
    let last = text.lines().last().context("it said nothing")?;
    serde_json::from_str(last).context("understand its figures")
}
