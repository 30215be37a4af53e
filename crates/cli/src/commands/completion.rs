//! `completion SHELL`: a script for the shell's completion.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::failure::Exit;
use crate::output::print;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "bash: nova-ve completion bash > ~/.local/share/bash-completion/completions/nova-ve"
)]
pub struct Args {
    #[arg(value_enum)]
    shell: Shell,
}

pub fn run(args: &Args) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(
        args.shell,
        &mut super::Cli::command(),
        "nova-ve",
        &mut script,
    );
    print(String::from_utf8_lossy(&script).trim_end());
    Exit::DONE
}
