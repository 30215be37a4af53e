//! What every process of a node is bound by, from its supervisor on: limits, capabilities, system calls.

use nix::sys::resource::{Resource, getrlimit, rlim_t, setrlimit};
use rustix::thread::CapabilitySet;

use super::super::launcher::StepError;
use super::seccomp;

/// FRR asks for more than the usual 1024.
const OPEN_FILES: rlim_t = 65_536;
/// Counted per user and user namespace, so for each node alone: a fork bomb stays in its node.
const PROCESSES: rlim_t = 4096;

/// What root inside may ever have. FRR ends at once without `SYS_ADMIN` in this set; in the node's own
/// user namespace, and with the system calls that are denied, it reaches nothing of the host.
const KEPT: CapabilitySet = CapabilitySet::CHOWN
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::FSETID)
    .union(CapabilitySet::KILL)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETPCAP)
    .union(CapabilitySet::NET_BIND_SERVICE)
    .union(CapabilitySet::NET_BROADCAST)
    .union(CapabilitySet::NET_ADMIN)
    .union(CapabilitySet::NET_RAW)
    .union(CapabilitySet::IPC_LOCK)
    .union(CapabilitySet::SYS_CHROOT)
    .union(CapabilitySet::SYS_PTRACE)
    .union(CapabilitySet::SYS_ADMIN)
    .union(CapabilitySet::SYS_NICE)
    .union(CapabilitySet::AUDIT_WRITE);

/// By the supervisor itself, so that everything it starts inherits it.
pub fn confine() -> Result<(), StepError> {
    let failed = |what: &str| {
        let what = what.to_owned();
        move |error: &dyn std::fmt::Display| StepError::new(what, error.to_string())
    };
    limits().map_err(|e| failed("set the node's limits")(&e))?;
    bound_capabilities().map_err(|e| failed("bound the node's capabilities")(&e))?;
    seccomp::install().map_err(|e| failed("install the node's system call filter")(&e))
}

fn limits() -> nix::Result<()> {
    for (resource, most) in [
        (Resource::RLIMIT_NOFILE, OPEN_FILES),
        (Resource::RLIMIT_NPROC, PROCESSES),
        (Resource::RLIMIT_CORE, 0),
    ] {
        let (_, hard) = getrlimit(resource)?;
        let limit = most.min(hard);
        setrlimit(resource, limit, limit)?;
    }
    Ok(())
}

fn bound_capabilities() -> rustix::io::Result<()> {
    for capability in CapabilitySet::all().difference(KEPT).iter() {
        match rustix::thread::remove_capability_from_bounding_set(capability) {
            // A capability that this kernel does not know.
            Ok(()) | Err(rustix::io::Errno::INVAL) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
