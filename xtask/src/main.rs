//! Checks and chores. `cargo xtask ci` is what CI runs; every other verb is a part of it, or a help at the desk.
//!
//! Deliberately uses none of our rooms: it looks at them from outside.

mod acceptance;
mod bench;
mod check_deps;
mod check_docs;
mod check_size;
mod ci;
mod demo;
mod r#gen;
mod sh;
mod soak;
mod test;
mod web;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Checks and chores of nova-ve", disable_version_flag = true)]
struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Everything that CI runs, in its order
    Ci,
    /// Write every generated file
    Gen,
    /// Enforce the table of rooms in docs/architecture.md
    CheckDeps,
    /// Every promise and limit that is written down names a test that is there
    CheckDocs,
    /// Enforce the sizes of files and functions; the allow-list may only shrink
    CheckSize,
    /// Unit and integration tests, with counts and every skip
    Test,
    /// Build the web client, if its sources changed
    Web,
    /// Measure the release programs and write bench/RESULTS.md; never part of CI
    Bench(bench::Options),
    /// The demo lab, as the user who calls
    Demo(demo::Options),
    /// The whole system with real parts: demo lanes, a real lab file, the browser, kill -9
    Acceptance(acceptance::Options),
    /// People at work for half an hour, then: is everything flat, is the host as it was?
    Soak(soak::Options),
}

fn main() -> ExitCode {
    let Err(error) = run(Args::parse().verb) else {
        return ExitCode::SUCCESS;
    };
    // Not `Debug`, which adds a backtrace that says nothing to a person.
    sh::say(&format!("xtask: {error:#}"));
    ExitCode::FAILURE
}

fn run(verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::Ci => ci::run(),
        Verb::Gen => r#gen::run(),
        Verb::CheckDeps => check_deps::run(),
        Verb::CheckDocs => check_docs::run(),
        Verb::CheckSize => check_size::run(),
        Verb::Test => test::run().map(drop),
        Verb::Web => web::build(),
        Verb::Bench(options) => bench::run(&options),
        Verb::Demo(options) => demo::run(&options),
        Verb::Acceptance(options) => acceptance::run(&options).map(drop),
        Verb::Soak(options) => soak::run(&options),
    }
}
