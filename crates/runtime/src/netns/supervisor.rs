//! A node's first process: starts its processes, keeps its consoles, answers on its socket.
//!
//! ```text
//! Held ─Release─▶ starting ─all had their turn─▶ running | degraded | failed
//!   └────────────────────────┴──────Stop──────────────┴──▶ stopping ──▶ ends, and the node with it
//! ```
//! One thread around `poll`, and nothing in it waits for anything else: a reader that does not read
//! keeps its own bytes waiting and no others. It goes on when the agent is killed; the next agent
//! finds its socket. What it does not do: decide. It runs the list it was started with.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use model::spec::NetnsSpec;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

use super::launcher::{self, Launched, Launchee, Node};

pub(super) mod confine;
mod conn;
mod consoles;
mod descriptors;
mod execs;
mod logbook;
mod requests;
mod seccomp;
mod services;
mod signals;
mod spawn;
mod status;
mod stopping;
mod turn;
mod usage;

use conn::{Conn, ConnId};
use consoles::Console;
pub use descriptors::close_inherited;
use execs::Execs;
use logbook::LogBook;
use services::Services;
use stopping::Stopping;
use turn::Source;

/// Entry of `nova-ve-agent node-supervisor`; to be called before any thread is started.
pub fn main() -> ExitCode {
    signals::reset();
    if let Err(error) = close_inherited() {
        return answer(&Launched::Failed {
            what: "close what the agent's starter left open".into(),
            why: error.to_string(),
        });
    }
    match launcher::launch() {
        Launchee::Launcher(launched, unflushed) => {
            let code = answer(&launched);
            if let Some(Err(error)) = unflushed.map(|unflushed| unflushed.flush()) {
                eprintln!(
                    "what was placed in the node may be placed again after a loss of power: {error}"
                );
            }
            code
        }
        Launchee::Node(node) => supervise(*node),
    }
}

fn answer(launched: &Launched) -> ExitCode {
    let text = serde_json::to_string(launched).expect("plain data");
    // The agent may be gone; the node lives without it.
    let _ = writeln!(std::io::stdout(), "{text}");
    match launched {
        Launched::Running { .. } => ExitCode::SUCCESS,
        Launched::Busy | Launched::Failed { .. } => ExitCode::FAILURE,
    }
}

fn supervise(node: Node) -> ExitCode {
    match Supervisor::new(node) {
        Ok(supervisor) => supervisor.run(),
        Err(error) => {
            eprintln!("cannot supervise: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Supervisor {
    spec: NetnsSpec,
    started: Instant,
    listener: UnixListener,
    signals: SignalFd,
    netns: OwnedFd,
    /// Held as long as the node lives.
    _lock: OwnedFd,
    services: Services,
    logs: LogBook,
    /// What running processes write to: the log's name and the pipe.
    outputs: Vec<(String, OwnedFd)>,
    consoles: BTreeMap<String, Console>,
    execs: Execs,
    conns: BTreeMap<ConnId, Conn>,
    next_conn: ConnId,
    released: bool,
    stopping: Option<Stopping>,
    /// What could not be put in place; the node runs without it, degraded.
    problems: Vec<String>,
    shown: status::Shown,
    usage: usage::Sampler,
}

impl Supervisor {
    fn new(node: Node) -> std::io::Result<Self> {
        let mut mask = SigSet::empty();
        mask.add(Signal::SIGCHLD);
        mask.add(Signal::SIGTERM);
        mask.thread_block()?;
        let signals = SignalFd::with_flags(&mask, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        let logs = LogBook::new(node.taken.logs);
        spawn::leave_the_terminal(logs.own_file())?;
        let consoles = node.spec.consoles.iter();
        Ok(Self {
            services: Services::new(&node.spec.processes),
            consoles: consoles
                .map(|(name, spec)| (name.clone(), Console::new(spec)))
                .collect(),
            spec: node.spec,
            started: Instant::now(),
            listener: node.taken.listener,
            signals,
            netns: node.netns,
            _lock: node.taken.lock,
            logs,
            outputs: Vec::new(),
            execs: Execs::default(),
            conns: BTreeMap::new(),
            next_conn: 0,
            released: false,
            stopping: None,
            problems: node.problems,
            shown: status::Shown::default(),
            usage: usage::Sampler::default(),
        })
    }

    fn run(mut self) -> ExitCode {
        for problem in self.problems.clone() {
            self.tell(&problem);
        }
        loop {
            self.tick();
            if self.stopping.as_ref().is_some_and(Stopping::is_over) {
                return ExitCode::SUCCESS;
            }
            for (source, events) in self.wait() {
                self.serve(&source, events);
            }
        }
    }

    /// Since its start: the clock of everything in here.
    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// What can go on without waiting, until something can.
    fn wait(&self) -> Vec<(Source, PollFlags)> {
        let mut sources = Vec::new();
        let mut fds = Vec::new();
        let mut add = |source, fd, flags| {
            sources.push(source);
            fds.push(PollFd::new(fd, flags));
        };
        add(Source::Listener, self.listener.as_fd(), PollFlags::POLLIN);
        add(Source::Signals, self.signals.as_fd(), PollFlags::POLLIN);
        for (index, (_, pipe)) in self.outputs.iter().enumerate() {
            add(Source::Output(index), pipe.as_fd(), PollFlags::POLLIN);
        }
        for (id, conn) in &self.conns {
            add(
                Source::Conn(*id),
                conn.as_fd(),
                conn.interest(self.takes_input(conn)),
            );
        }
        for (name, console) in &self.consoles {
            if let Some((fd, flags)) = console.interest() {
                add(Source::Console(name.clone()), fd, flags);
            }
        }
        self.execs.interests(&self.conns, &mut add);
        let timeout = self.wake_in().map_or(PollTimeout::NONE, |wait| {
            // Rounded up, or the last fraction of a millisecond would be spent spinning.
            let wait = wait + Duration::from_micros(999);
            PollTimeout::try_from(wait).unwrap_or(PollTimeout::MAX)
        });
        // Interrupted or not, what is ready comes again at the next turn.
        let _ = poll(&mut fds, timeout);
        let events = fds
            .iter()
            .map(|fd| fd.revents().unwrap_or(PollFlags::empty()));
        let ready = sources.into_iter().zip(events);
        ready.filter(|(_, events)| !events.is_empty()).collect()
    }
}
