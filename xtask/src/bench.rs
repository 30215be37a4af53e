//! Benchmarks: builds the release programs that are asked for and hands over to `nova-bench`.

use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::sh::{call, output, root, target};

#[derive(clap::Args)]
pub struct Options {
    /// Which benchmarks; all if none is named
    names: Vec<String>,
    /// End with a failure when a limit is missed
    #[arg(long)]
    check: bool,
}

pub fn run(options: &Options) -> anyhow::Result<()> {
    // …/debug beside …/release
    let programs = target().with_file_name("release");
    let bench = programs.join("nova-bench");
    call("cargo", &["build", "--release", "-p", "nova-bench"])?;
    let mut ask = vec!["packages"];
    ask.extend(options.names.iter().map(String::as_str));
    let bench_text = bench.to_string_lossy().into_owned();
    let packages = output(&bench_text, &ask)?;
    crate::web::build()?;
    let mut build = vec!["build", "--release"];
    build.extend(packages.lines().flat_map(|package| ["-p", package]));
    if build.len() > 2 {
        call("cargo", &build)?;
    }
    let status = Command::new(&bench)
        .arg("run")
        .args(&options.names)
        .args(options.check.then_some("--check"))
        .arg("--programs")
        .arg(&programs)
        .arg("--results")
        .arg(root().join("bench/RESULTS.md"))
        .args([
            "--commit",
            output("git", &["rev-parse", "--short=10", "HEAD"])?.trim(),
        ])
        .args([
            "--date",
            output("date", &["-u", "+%Y-%m-%d %H:%M UTC"])?.trim(),
        ])
        .stdin(Stdio::null())
        .status()
        .context("failed to start nova-bench")?;
    if !status.success() {
        bail!("the benchmarks ended with {status}");
    }
    Ok(())
}
