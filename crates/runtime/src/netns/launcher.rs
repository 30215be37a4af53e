//! Makes a node: the launcher builds its tree, its child becomes the supervisor.
//!
//! ```text
//! launcher (agent's user namespace)                child (pid 1 of a new pid namespace)
//! lock, socket, logs; own mount namespace
//! tree: /usr, overlays of /etc and /var, tmpfs, /dev
//! fork ──────────────────────────────────────────▶ waits until its record is written
//! node.json ──Go─────────────────────────────────▶ proc; own user, net, uts, ipc, cgroup namespaces
//! id maps; sysfs of the child's net namespace ◀─Unshared──
//! pivot_root for both ──Go───────────────────────▶ own mount namespace: all mounts are locked from here
//!                                                  root of the node; files, sysctls, limits, seccomp
//! data.json: what was placed ◀───────────Ready────
//! says so on stdout ──────────Go─────────────────▶ supervises
//! data.json to the disk; ends
//! ```
//! Everything is mounted one user namespace above the node's own, sysfs too (the launcher joins the
//! child's net namespace for it), so that root inside can unmount nothing. If the launcher is killed
//! half-way, the child sees its end of the socket closed and ends; whatever ends first, the folder's
//! lock is free again and nothing is left but files.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, setns, unshare};
use nix::unistd::{ForkResult, Pid};
use serde::{Deserialize, Serialize};

use super::config::IdMap;
use super::folder::{Data, NodeFolder, OpenFolder, Record};
use super::process;
use crate::faults::{self, launcher_point};

mod first;
mod host;
mod paths;
mod place;
mod steps;
mod tree;

pub use first::Node;
pub use paths::in_folder;
pub use place::{sysctl_path, sysctls};
pub use steps::StepError;
use steps::{Channel, Word, step};

/// What the agent writes to the launcher's stdin.
#[derive(Debug, Serialize, Deserialize)]
pub struct Launch {
    pub folder: PathBuf,
    pub base: PathBuf,
    pub id_map: IdMap,
    /// Complete but for pid and start time.
    pub record: Record,
}

/// What the launcher answers on its stdout.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Launched {
    Running {
        pid: u32,
    },
    /// Its launcher or supervisor lives already.
    Busy,
    Failed {
        what: String,
        why: String,
    },
}

/// How `launch` returns: once in the launcher, and, when all went well, once in the node.
pub enum Launchee {
    Launcher(Launched, Option<Unflushed>),
    Node(Box<Node>),
}

/// What was placed in the node is written down and not on the disk yet: nobody waits for the disk but
/// the launcher itself, when it has told of the node.
pub struct Unflushed(OpenFolder);

impl Unflushed {
    pub fn flush(&self) -> io::Result<()> {
        self.0.flush_data()
    }
}

/// The files the supervisor takes along into the node; everything else outside is out of its reach.
pub struct Taken {
    pub listener: UnixListener,
    pub logs: Vec<(String, std::fs::File)>,
    /// Never used; held.
    pub lock: OwnedFd,
}

/// Reads a [`Launch`] from stdin and makes that node.
pub fn launch() -> Launchee {
    match read_launch().and_then(|launch| make(&launch)) {
        Ok(launchee) => launchee,
        Err(StepError { what, why }) => Launchee::Launcher(Launched::Failed { what, why }, None),
    }
}

fn read_launch() -> Result<Launch, StepError> {
    let mut text = String::new();
    step("read what to launch", io::stdin().read_to_string(&mut text))?;
    step("understand what to launch", serde_json::from_str(&text))
}

fn make(launch: &Launch) -> Result<Launchee, StepError> {
    let folder = NodeFolder {
        path: launch.folder.clone(),
    };
    // Out of the terminal's session: Ctrl-C at the agent is not for its nodes. A session leader stays one.
    let _ = rustix::process::setsid();
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    go_first_when_memory_ends();
    step("create the node's folder", folder.create())?;
    let Some(lock) = step("lock the node's folder", folder.try_lock())? else {
        return Ok(Launchee::Launcher(Launched::Busy, None));
    };
    let cleared = folder.remove_running_part();
    step("clear what an earlier life left", cleared)?;
    let name = folder.name();
    launcher_point(&format!("{name}: its folder is locked"));
    let taken = take_along(&folder, launch, lock)?;
    let before = folder.read_data().map(|data| data.placed);
    enter_namespaces()?;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    tree::build(launch, &folder)?;
    launcher_point(&format!("{name}: its tree is built"));
    divide(launch, &folder, taken, before.unwrap_or_default())
}

/// A host without memory ends a node's processes before its own: a lab has no limit of memory. Everything
/// of the node inherits it, and among its equals the small supervisor is the last to be chosen.
fn go_first_when_memory_ends() {
    // Without it the kernel chooses by size alone.
    let _ = std::fs::write("/proc/self/oom_score_adj", "500");
}

/// Of its own for the tree, and a pid namespace for its child.
fn enter_namespaces() -> Result<(), StepError> {
    let own = CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWPID;
    step("make own mount and pid namespaces", unshare(own))?;
    // Nothing mounted from here on is seen outside, and nothing mounted outside comes in.
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    let done = mount(None::<&str>, "/", None::<&str>, private, None::<&str>);
    step("keep mounts apart", done)
}

/// From here on there are two: see the drawing above.
fn divide(
    launch: &Launch,
    folder: &NodeFolder,
    taken: Taken,
    before: BTreeMap<String, u64>,
) -> Result<Launchee, StepError> {
    let (ours, childs) = step("make a socket pair", UnixStream::pair())?;
    match step("fork", fork())? {
        ForkResult::Child => {
            faults::forget();
            drop(ours);
            let channel = Channel::new(childs);
            Ok(first::become_the_node(launch, taken, before, &channel))
        }
        ForkResult::Parent { child } => {
            drop((childs, taken));
            let made = attend(launch, folder, child, &Channel::new(ours));
            if made.is_err() {
                // It may have ended by itself.
                let _ = nix::sys::signal::kill(child, nix::sys::signal::Signal::SIGKILL);
            }
            made.map(|(pid, home)| {
                Launchee::Launcher(Launched::Running { pid }, Some(Unflushed(home)))
            })
        }
    }
}

#[expect(
    unsafe_code,
    clippy::disallowed_methods,
    reason = "pid 1 of a pid namespace is made by a fork"
)]
fn fork() -> nix::Result<ForkResult> {
    // SAFETY: launcher and supervisor have one thread only, so nothing can be locked by another.
    unsafe { nix::unistd::fork() }
}

fn take_along(folder: &NodeFolder, launch: &Launch, lock: OwnedFd) -> Result<Taken, StepError> {
    let listener = step(
        "listen on the supervisor's socket",
        in_folder(&folder.socket(), UnixListener::bind),
    )?;
    step(
        "listen on the supervisor's socket",
        listener.set_nonblocking(true),
    )?;
    let netns = match &launch.record.spec.driver {
        model::spec::DriverSpec::Netns(netns) => netns,
        other
        @ (model::spec::DriverSpec::Docker(_) | model::spec::DriverSpec::CannotRun { .. }) => {
            return Err(StepError::new(
                "launch the node",
                format!("nothing here runs {}", other.kind()),
            ));
        }
    };
    let names = netns.processes.iter().map(|process| process.name.as_str());
    let logs = names.chain([super::logs::SUPERVISOR]).map(|name| {
        let file = super::logs::open(&folder.logs(), name);
        Ok((name.to_owned(), step("open the node's logs", file)?))
    });
    Ok(Taken {
        listener,
        logs: logs.collect::<Result<_, StepError>>()?,
        lock,
    })
}

/// The launcher's part after the fork.
fn attend(
    launch: &Launch,
    folder: &NodeFolder,
    child: Pid,
    channel: &Channel,
) -> Result<(u32, OpenFolder), StepError> {
    let pid = u32::try_from(child.as_raw()).expect("a pid is positive");
    let record = complete(&launch.record, pid)?;
    let name = folder.name();
    let at = |what| launcher_point(&format!("{name}: {what}"));
    at("its first process is forked");
    step("write node.json", folder.write_record(&record))?;
    at("its record is written");
    channel.say(&Word::Go)?;
    channel.expect(&Word::Unshared)?;
    at("its namespaces are made");
    write_id_maps(pid, launch.id_map)?;
    at("its id maps are written");
    join_network(pid)?;
    tree::mount_sysfs(folder)?;
    let home = step("open the node's folder", folder.open())?;
    let data = folder.read_data();
    let data = data.ok_or_else(|| StepError::new("read data.json", "it is gone".into()))?;
    tree::pivot(folder)?;
    at("its root is in place");
    channel.say(&Word::Go)?;
    let placed = channel.expect_ready()?;
    at("its files are placed");
    // Before anybody inside can change a file: one that nobody remembers as placed is placed again at
    // the next start, over what a person saved in it.
    step("write data.json", home.write_data(&Data { placed, ..data }))?;
    at("what was placed is written down");
    channel.say(&Word::Go)?;
    at("its supervisor is ready");
    Ok((pid, home))
}

fn complete(record: &Record, pid: u32) -> Result<Record, StepError> {
    let start_time = process::start_time(pid);
    let ended = || StepError::new("find the node's first process", "it ended".into());
    Ok(Record {
        pid,
        start_time: start_time.ok_or_else(ended)?,
        boot: process::boot_id(),
        ..record.clone()
    })
}

fn join_network(pid: u32) -> Result<(), StepError> {
    let netns = step(
        "open the node's net namespace",
        std::fs::File::open(format!("/proc/{pid}/ns/net")),
    )?;
    step(
        "join the node's net namespace",
        setns(netns.as_fd(), CloneFlags::CLONE_NEWNET),
    )
}

fn write_id_maps(pid: u32, ids: IdMap) -> Result<(), StepError> {
    let map = format!("0 {} {}", ids.first, ids.count);
    for file in ["uid_map", "gid_map"] {
        let written = std::fs::write(format!("/proc/{pid}/{file}"), &map);
        step(
            format!("give the node the ids {map:?} by its {file}"),
            written,
        )?;
    }
    Ok(())
}
