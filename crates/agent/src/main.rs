//! `nova-ve-agent`: the command line. What must happen before tokio starts happens here.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use agent_api::ControllerId;
use clap::{Parser, Subcommand, ValueEnum};
use model::spec::HiddenBridge;
use telemetry::log::Purpose;

/// Makes its host equal to what a nova-ve server asks for, and reports what it sees.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Work until SIGTERM. Nodes go on running without the agent.
    Serve(Serve),
    /// Make sure that the process lives which holds the namespaces of an agent without root.
    Hold(Data),
    /// End everything of this instance on this host while no agent runs. Wishes and the nodes' data
    /// are kept.
    Sweep {
        #[command(flatten)]
        data: Data,
        /// Where this instance's id is written; `DIR/instance_id` if not given.
        #[arg(long, value_name = "PATH")]
        instance_id_file: Option<PathBuf>,
        /// Delete DIR/runtime too, with the wishes and the nodes' data.
        #[arg(long)]
        purge: bool,
    },
    /// Let this controller (a server's id) decide here, beside those that may already.
    Accept {
        /// As the refusal names it.
        controller: String,
        #[command(flatten)]
        data: Data,
    },
    /// A simulated agent: the same protocol, no host.
    Sim {
        /// Where to listen; a socket that is left over there is replaced.
        #[arg(long)]
        socket: PathBuf,
        /// How long a node stays in each state on its way up and down.
        #[arg(long, default_value_t = 300)]
        step_ms: u64,
    },
    /// A node's launcher and supervisor; started by the agent alone.
    #[command(hide = true)]
    NodeSupervisor,
    /// A network's DHCP and DNS server, from its lab's folder; started by the agent alone.
    #[command(hide = true)]
    NetworkServer(NetworkServer),
    /// Started by `hold` and `serve` alone.
    #[command(hide = true)]
    HolderProcess {
        /// Hold the namespaces it is started in.
        #[arg(long)]
        inherited: bool,
    },
}

#[derive(clap::Args)]
struct Data {
    /// The data folder of the instance.
    #[arg(long = "data", env = "NOVA_VE_DATA", value_name = "DIR")]
    data: PathBuf,
}

#[derive(clap::Args)]
struct NetworkServer {
    #[arg(long)]
    folder: PathBuf,
    #[arg(long)]
    program: PathBuf,
    #[arg(last = true)]
    arguments: Vec<OsString>,
}

#[derive(clap::Args)]
struct Serve {
    #[command(flatten)]
    data: Data,
    /// Where to listen; DIR/runtime/agent.sock if not given.
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// What the host's administrator allows. If not given: /etc/nova-ve/agent.toml as root,
    /// DIR/agent.toml without, where there is one.
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Where this instance's id is written; `DIR/instance_id` if not given.
    #[arg(long, value_name = "PATH")]
    instance_id_file: Option<PathBuf>,
    /// Whether a link of two interfaces has its bridge at all times.
    #[arg(long, value_enum)]
    hidden_bridge: Option<HiddenBridgeArgument>,
    /// Put each node into a systemd scope of its own: for an agent that is a unit of systemd, whose
    /// nodes shall not be in it.
    #[arg(long)]
    node_scopes: bool,
}

#[derive(Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum HiddenBridgeArgument {
    Always,
    OnDemand,
}

impl From<HiddenBridgeArgument> for HiddenBridge {
    fn from(argument: HiddenBridgeArgument) -> Self {
        match argument {
            HiddenBridgeArgument::Always => Self::Always,
            HiddenBridgeArgument::OnDemand => Self::OnDemand,
        }
    }
}

fn main() -> ExitCode {
    agent::signals::reset();
    // What the starter's shell had open is not for the holder, which lives for long, nor for nodes.
    if let Err(error) = runtime::netns::supervisor::close_inherited() {
        eprintln!("nova-ve-agent: cannot close what was left open: {error}");
        return ExitCode::FAILURE;
    }
    // Started for every node of a lab: what it is called by need not be parsed.
    if std::env::args_os().skip(1).eq(["node-supervisor"]) {
        return runtime::netns::supervisor::main();
    }
    let arguments = Arguments::parse();
    // They have their own life before, and without, everything else.
    match arguments.act {
        Act::NodeSupervisor => return runtime::netns::supervisor::main(),
        Act::HolderProcess { inherited } => return agent::holder::main(holds(inherited)),
        Act::NetworkServer(server) => return server.launch(),
        Act::Serve(_) | Act::Hold(_) | Act::Sweep { .. } | Act::Accept { .. } | Act::Sim { .. } => {
        }
    }
    telemetry::log::init(match arguments.act {
        Act::Serve(_) | Act::Sim { .. } => Purpose::Service,
        Act::Hold(_)
        | Act::Sweep { .. }
        | Act::Accept { .. }
        | Act::NodeSupervisor
        | Act::NetworkServer(_)
        | Act::HolderProcess { .. } => Purpose::Command,
    });
    match run(arguments.act) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("nova-ve-agent: {error:#}");
            ExitCode::FAILURE
        }
    }
}

impl NetworkServer {
    /// Comes back only when it cannot be started.
    fn launch(&self) -> ExitCode {
        let error = agent::launch_network_server(&self.folder, &self.program, &self.arguments);
        eprintln!("{} cannot be started: {error}", self.program.display());
        ExitCode::FAILURE
    }
}

fn holds(inherited: bool) -> agent::holder::Which {
    if inherited {
        agent::holder::Which::Inherited
    } else {
        agent::holder::Which::New
    }
}

fn run(act: Act) -> anyhow::Result<()> {
    match act {
        Act::Serve(serve) => agent::serve(agent::ServeOptions {
            data: serve.data.data,
            socket: serve.socket,
            config: serve.config,
            instance_id_file: serve.instance_id_file,
            hidden_bridge: serve.hidden_bridge.map(HiddenBridge::from),
            node_scopes: serve.node_scopes,
        }),
        Act::Hold(data) => agent::hold(&data.data),
        Act::Sweep {
            data,
            instance_id_file,
            purge,
        } => agent::sweep(&data.data, instance_id_file.as_deref(), purge),
        Act::Accept { controller, data } => agent::accept(&data.data, &ControllerId(controller)),
        Act::Sim { socket, step_ms } => {
            agent::sim(&socket, std::time::Duration::from_millis(step_ms))
        }
        Act::NodeSupervisor | Act::NetworkServer(_) | Act::HolderProcess { .. } => {
            unreachable!("main has taken these")
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use telemetry::variables;

    use super::*;

    #[test]
    fn every_variable_of_ours_is_known_to_all_programs() {
        let arguments = Arguments::command();
        let names: Vec<&str> = arguments
            .get_subcommands()
            .flat_map(clap::Command::get_arguments)
            .filter_map(|argument| argument.get_env()?.to_str())
            .collect();
        assert!(names.contains(&"NOVA_VE_DATA"), "{names:?}");
        let unknown = variables::complaints_about(names);
        assert_eq!(
            unknown,
            Vec::<String>::new(),
            "telemetry::variables lists them"
        );
    }
}
