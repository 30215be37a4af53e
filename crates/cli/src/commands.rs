//! The tree of commands.

mod audit;
mod clab;
mod completion;
mod console;
mod cp;
mod doctor;
mod down;
mod exec;
mod forward;
mod image;
mod lab;
mod link;
mod login;
mod logout;
mod node;
mod samples;
mod session;
mod status;
mod token;
mod up;
mod user;

use clap::{Parser, Subcommand};

use crate::connect::Global;
use crate::failure::{EXIT_CODES, Exit, Failure};
use crate::output::Output;

/// A network lab on this Linux host: routers, hosts and the links between them.
///
/// `nova-ve up` starts it, without root where the kernel allows; the browser or the other commands
/// here draw, start and stop labs. Labs are named by name or id, nodes as LAB/NODE.
#[derive(Debug, Parser)]
#[command(name = "nova-ve", version, after_long_help = EXIT_CODES)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

impl Cli {
    /// Whether processes are left that outlive the shell's command.
    pub fn stays(&self) -> bool {
        matches!(self.command, Command::Up(_))
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start nova-ve on this host
    Up(up::Args),
    /// Say what runs, and where
    Status(status::Args),
    /// Stop nova-ve on this host; running nodes go on unless --nodes is given
    Down(down::Args),
    /// Log in to a server
    Login(login::Args),
    /// Log out again
    Logout(logout::Args),
    /// Work with labs
    #[command(subcommand)]
    Lab(lab::Command),
    /// Work with nodes
    #[command(subcommand)]
    Node(node::Command),
    /// Cut and heal links
    #[command(subcommand)]
    Link(link::Command),
    /// containerlab's verbs and flags, over this
    #[command(subcommand)]
    Clab(clab::Command),
    /// Work with images of containers
    #[command(subcommand)]
    Image(image::Command),
    /// Run a command in a node
    Exec(exec::Args),
    /// Open a node's console
    Console(console::Args),
    /// Bring a TCP port of a node to this machine
    Forward(forward::Args),
    /// Copy files to and from a node
    Cp(cp::Args),
    /// List the sample labs that come with nova-ve
    Samples(samples::Args),
    /// Work with users
    #[command(subcommand)]
    User(user::Command),
    /// Work with your tokens, for scripts
    #[command(subcommand)]
    Token(token::Command),
    /// See where you are logged in, and end it
    #[command(subcommand)]
    Session(session::Command),
    /// Say who did what, and what was refused
    Audit(audit::Args),
    /// Say what this host can do, and how to mend what is missing
    Doctor(doctor::Args),
    /// Print a completion script for a shell
    Completion(completion::Args),
}

impl Command {
    /// Whether `-o` may name a file.
    fn makes_a_file(&self) -> bool {
        match self {
            Self::Lab(lab::Command::Convert(_)) => true,
            Self::Image(command) => command.makes_a_file(),
            _ => false,
        }
    }
}

pub async fn run(cli: Cli) -> anyhow::Result<Exit> {
    let global = &cli.global;
    if let Output::File(path) = &global.output
        && !cli.command.makes_a_file()
    {
        let message = format!("there is no format {:?}", path.display().to_string());
        let hint = "answers are written as table, json or yaml";
        return Err(Failure::new(Exit::USAGE, message).hint(hint).into());
    }
    match cli.command {
        Command::Up(args) => up::run(args, global).await,
        Command::Status(args) => status::run(&args, global).await,
        Command::Down(args) => down::run(&args, global).await,
        Command::Login(args) => login::run(args, global).await,
        Command::Logout(args) => logout::run(&args, global).await,
        Command::Lab(command) => lab::run(command, global).await,
        Command::Node(command) => node::run(command, global).await,
        Command::Link(command) => link::run(command, global).await,
        Command::Clab(command) => clab::run(command, global).await,
        Command::Image(command) => image::run(command, global).await,
        Command::Exec(args) => exec::run(args, global).await,
        Command::Console(args) => console::run(args, global).await,
        Command::Forward(args) => forward::run(&args, global).await,
        Command::Cp(args) => cp::run(args, global).await,
        Command::Samples(args) => samples::run(&args, global).await,
        Command::User(command) => user::run(command, global).await,
        Command::Token(command) => token::run(command, global).await,
        Command::Session(command) => session::run(command, global).await,
        Command::Audit(args) => audit::run(args, global).await,
        Command::Doctor(args) => doctor::run(&args, global),
        Command::Completion(args) => Ok(completion::run(&args)),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_tree_of_commands_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_help_of_what_reads_or_makes_files() {
        let paths = [
            &["lab", "convert"][..],
            &["lab", "import"],
            &["clab", "deploy"],
            &["clab", "destroy"],
            &["clab", "inspect"],
            &["clab", "exec"],
            &["clab", "save"],
            &["image", "build"],
            &["image", "recipe"],
        ];
        for path in paths {
            let mut command = Cli::command().term_width(100);
            command.build();
            let mut found = &mut command;
            for name in path {
                found = found.find_subcommand_mut(name).expect("it is a command");
            }
            insta::assert_snapshot!(path.join("-"), found.render_help());
        }
    }

    #[test]
    fn the_help_lists_commands_and_exit_codes() {
        insta::assert_snapshot!(Cli::command().term_width(100).render_long_help());
    }
}
