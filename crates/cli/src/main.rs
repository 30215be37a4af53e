//! `nova-ve`: the command line. One file a command below `commands/`.
//!
//! Commands are clients of the server's API and hold no rule that it lacks; only `up`, `down`,
//! `status` and `doctor` look at this host themselves, `lab convert` and `image build` ask nobody.

mod commands;
mod connect;
mod doctor;
mod embedded;
mod failure;
mod images;
mod jobs;
mod lookup;
mod output;
mod reading;
mod secrets;
mod terminal;
mod times;
mod upload;

use std::process::ExitCode;

use clap::Parser;

use failure::{Exit, explain};

fn main() -> ExitCode {
    let cli = match commands::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            let exit = if error.use_stderr() {
                Exit::USAGE
            } else {
                Exit::DONE
            };
            return ExitCode::from(exit.0);
        }
    };
    if cli.stays()
        && let Err(error) = embedded::close_inherited()
    {
        output::remark(&format!("error: cannot close what was left open: {error}"));
        return ExitCode::from(Exit::OS.0);
    }
    // Whoever starts this program may have blocked signals, and a blocked signal is handed on to all that
    // is started from here: server, agent, and through it every node.
    let _ = nix::sys::signal::SigSet::empty().thread_set_mask();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::remark(&format!("error: cannot start: {error}"));
            return ExitCode::from(Exit::OS.0);
        }
    };
    let exit = runtime
        .block_on(commands::run(cli))
        .unwrap_or_else(|error| tell(&error));
    // A thread that reads the keyboard must not keep the program.
    runtime.shutdown_background();
    ExitCode::from(exit.0)
}

fn tell(error: &anyhow::Error) -> Exit {
    let io = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<std::io::Error>());
    if io.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe) {
        // Who read our output (`| head`) has seen enough.
        return Exit::DONE;
    }
    let (text, exit) = explain(error);
    output::remark(&text);
    exit
}
