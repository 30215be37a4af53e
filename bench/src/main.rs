//! Benchmarks of nova-ve's release programs, each in a process and a network namespace of its own.
//!
//! ```text
//! cargo xtask bench ─builds─▶ nova-bench run ─▶ nova-bench one NAME (own namespaces) ─figures─▶ RESULTS.md
//! ```
//! A figure stands beside a peer or a limit that was measured in the same run, because the machine is
//! never the same twice. Deliberately no part of CI: a shared machine proves nothing about time.

mod agent;
mod bare;
mod benchmark;
mod containers;
mod cpu;
mod figure;
mod formats;
mod lab;
mod lab_up;
mod lookout;
mod mininet;
mod netlink;
mod place;
mod removal;
mod results;
mod run;
mod statistics;
mod steady;
mod tcp;
mod watch;
mod whole;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use benchmark::{Benchmark, Context};

#[derive(Parser)]
#[command(about = "Benchmarks of nova-ve", disable_version_flag = true)]
struct Arguments {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Which packages must be built for these benchmarks, a line each
    Packages { names: Vec<String> },
    /// Run benchmarks, all if none is named, and write their sections of the results
    Run(run::Options),
    /// One benchmark in this process; figures go to standard output as JSON
    #[command(hide = true)]
    One {
        name: String,
        #[arg(long)]
        programs: PathBuf,
    },
    /// The peer of the benchmarks of a large lab; its times go to standard output as JSON
    #[command(hide = true)]
    BareLab(bare::Options),
    /// The peer of the benchmark `health`
    #[command(hide = true)]
    BareHealth {
        address: std::net::SocketAddr,
        folder: PathBuf,
    },
}

fn main() -> ExitCode {
    match act(Arguments::parse().act) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("nova-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn act(act: Act) -> anyhow::Result<ExitCode> {
    match act {
        Act::Packages { names } => {
            let chosen = Benchmark::chosen(&names)?;
            let packages: std::collections::BTreeSet<_> = chosen
                .iter()
                .flat_map(|benchmark| benchmark.packages)
                .collect();
            for package in packages {
                say(package);
            }
            Ok(ExitCode::SUCCESS)
        }
        Act::Run(options) => run::run(&options),
        Act::BareLab(options) => {
            say(&serde_json::to_string(&bare::main(options)?)?);
            Ok(ExitCode::SUCCESS)
        }
        Act::BareHealth { address, folder } => {
            whole::bare_health(address, &folder)?;
            Ok(ExitCode::SUCCESS)
        }
        Act::One { name, programs } => {
            let benchmark = Benchmark::named(&name)?;
            if benchmark.needs_root {
                place::own_network()?;
            }
            let figures = (benchmark.run)(&Context { programs })?;
            say(&serde_json::to_string(&figures)?);
            Ok(ExitCode::SUCCESS)
        }
    }
}

#[expect(
    clippy::print_stdout,
    reason = "a command line program speaks to a person"
)]
fn say(line: &str) {
    println!("{line}");
}
