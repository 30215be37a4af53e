//! The child's part: from a fork of the launcher to the root of a node that supervises.

use std::collections::BTreeMap;
use std::fs;
use std::os::fd::OwnedFd;

use model::spec::{DriverSpec, NetnsSpec};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Gid, Uid};
use rustix::process::DumpableBehavior;

use super::super::folder::NodeFolder;
use super::super::supervisor::confine;
use super::steps::{Channel, StepError, Word, step};
use super::{Launch, Taken, place, tree};

/// A node made: what its supervisor runs on.
pub struct Node {
    pub spec: NetnsSpec,
    pub taken: Taken,
    /// The node's network namespace, to be handed out.
    pub netns: OwnedFd,
    /// What could not be put in place, told but survived.
    pub problems: Vec<String>,
}

/// Never returns to the launcher's work: a failure is told to the launcher and ends the process.
pub fn become_the_node(
    launch: &Launch,
    taken: Taken,
    before: Placed,
    channel: &Channel,
) -> super::Launchee {
    let made = make(launch, taken, before, channel).and_then(|(node, placed)| {
        channel.say(&Word::Ready { placed })?;
        channel.expect(&Word::Go)?;
        Ok(node)
    });
    match made {
        Ok(node) => super::Launchee::Node(Box::new(node)),
        Err(error) => {
            // The launcher may be gone; then nobody is left to be told.
            let _ = channel.say(&Word::Failed(error));
            std::process::exit(1);
        }
    }
}

type Placed = BTreeMap<String, u64>;

fn make(
    launch: &Launch,
    taken: Taken,
    before: Placed,
    channel: &Channel,
) -> Result<(Node, Placed), StepError> {
    channel.expect(&Word::Go)?;
    let DriverSpec::Netns(spec) = &launch.record.spec.driver else {
        return Err(StepError::new("launch it", "it is of another kind".into()));
    };
    let folder = NodeFolder {
        path: launch.folder.clone(),
    };
    tree::mount_proc(&folder)?;
    enter_own_namespaces(channel)?;
    become_root_inside()?;
    let netns = fs::File::open("/proc/self/ns/net");
    let netns = step("open the node's net namespace", netns)?.into();
    let named = nix::unistd::sethostname(&spec.hostname);
    step("set the host name", named)?;
    let (placed, mut problems) = place::place(spec, before);
    let last_group = launch.id_map.count - 1;
    problems.extend(place::first_sysctls(spec, last_group));
    confine::confine()?;
    let spec = spec.clone();
    let node = Node {
        spec,
        taken,
        netns,
        problems,
    };
    Ok((node, placed))
}

/// After this the node's mounts are locked: they belong to a user namespace above.
fn enter_own_namespaces(channel: &Channel) -> Result<(), StepError> {
    let own = CloneFlags::CLONE_NEWUSER
        | CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWCGROUP;
    step("make the node's namespaces", unshare(own))?;
    channel.say(&Word::Unshared)?;
    channel.expect(&Word::Go)?;
    step("enter the root", std::env::set_current_dir("/"))?;
    step(
        "make the node's mount namespace",
        unshare(CloneFlags::CLONE_NEWNS),
    )
}

fn become_root_inside() -> Result<(), StepError> {
    let (root, group) = (Uid::from_raw(0), Gid::from_raw(0));
    step("leave the agent's groups", nix::unistd::setgroups(&[]))?;
    step(
        "become root of the node",
        nix::unistd::setresgid(group, group, group),
    )?;
    step(
        "become root of the node",
        nix::unistd::setresuid(root, root, root),
    )?;
    // Its memory still belongs to the agent's user namespace, so nobody inside may trace it or
    // reach its descriptors, not even root.
    let closed = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable);
    step("close the supervisor to tracing", closed)
}
