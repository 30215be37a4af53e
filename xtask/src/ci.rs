//! `cargo xtask ci`: the cheap checks first, the whole system last. Prints one closing line of counts.

use std::time::Instant;

use anyhow::bail;

use crate::sh::{call, output, say};
use crate::test::Counts;
use crate::{acceptance, check_deps, check_docs, check_size, r#gen, test, web};

pub fn run() -> anyhow::Result<()> {
    let mut clock = Clock::start();
    run_formatting()?;
    clock.lap("format");
    check_deps::run()?;
    check_size::run()?;
    check_docs::run()?;
    clock.lap("check-deps, check-size, check-docs");
    web::build()?;
    clock.lap("web build");
    call(
        "cargo",
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--all-features",
            "--",
            "-D",
            "warnings",
        ],
    )?;
    clock.lap("clippy");
    let mut counts = deny()?;
    clock.lap("deny");
    r#gen::run()?;
    clean_tree()?;
    clock.lap("gen");
    counts += test::run()?;
    clock.lap("tests");
    counts += web::test()?;
    clock.lap("web tests");
    counts += acceptance::run(&acceptance::Options::default())?;
    clock.lap("acceptance");
    clock.report();
    test::report(&counts)
}

fn run_formatting() -> anyhow::Result<()> {
    call("cargo", &["fmt", "--all", "--check"])
}

/// Advisories need a database from outside; where it cannot be had, the other three still hold.
fn deny() -> anyhow::Result<Counts> {
    let check = ["deny", "check", "--hide-inclusion-graph"];
    call(
        "cargo",
        &[&check[..], &["bans", "licenses", "sources"]].concat(),
    )?;
    let mut counts = Counts::default();
    counts.passed += 1;
    let advisories = call("cargo", &[&check[..], &["advisories"]].concat());
    if advisories.is_ok() {
        counts.passed += 1;
        return Ok(counts);
    }
    if std::env::var("NOVA_VE_ADVISORIES").is_ok_and(|value| value == "required") {
        bail!("cargo deny found an advisory, or has no database");
    }
    let why =
        "the advisory database cannot be fetched here, or it names one of our crates (see above)";
    counts.skips.insert(format!("cargo_deny_advisories: {why}"));
    Ok(counts)
}

/// What `gen` writes is checked in.
fn clean_tree() -> anyhow::Result<()> {
    let changed = output("git", &["status", "--porcelain", "--untracked-files=no"])?;
    if !changed.is_empty() && crate::sh::in_ci() {
        bail!("`cargo xtask gen` changed checked-in files; run it and commit:\n{changed}");
    }
    Ok(())
}

/// How long each stage took; CI has a limit, and a stage that grows should be seen.
struct Clock {
    last: Instant,
    laps: Vec<(&'static str, u64)>,
}

impl Clock {
    fn start() -> Self {
        Self {
            last: Instant::now(),
            laps: Vec::new(),
        }
    }

    fn lap(&mut self, stage: &'static str) {
        self.laps.push((stage, self.last.elapsed().as_secs()));
        self.last = Instant::now();
    }

    fn report(&self) {
        for (stage, seconds) in &self.laps {
            say(&format!("{seconds:>6} s  {stage}"));
        }
    }
}
