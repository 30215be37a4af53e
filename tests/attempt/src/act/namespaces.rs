//! New namespaces, and those of others.

use std::fs::File;
use std::io;

use nix::errno::Errno;
use nix::libc;
use nix::sched::{CloneFlags, setns, unshare as unshare_call};

use super::sys::{Bytes, Number, call};
use super::{Act, Outcome, arg, nothing, number};

pub const ACTS: &[(&str, Act)] = &[
    ("unshare", unshare),
    ("clone", clone),
    ("clone3", clone3),
    ("join", join),
    ("join-by-pidfd", join_by_pidfd),
    ("join-any", join_any),
    ("hostname", hostname),
];

fn flag(kind: &str) -> io::Result<CloneFlags> {
    Ok(match kind {
        "user" => CloneFlags::CLONE_NEWUSER,
        "mnt" => CloneFlags::CLONE_NEWNS,
        "net" => CloneFlags::CLONE_NEWNET,
        "pid" => CloneFlags::CLONE_NEWPID,
        "uts" => CloneFlags::CLONE_NEWUTS,
        "ipc" => CloneFlags::CLONE_NEWIPC,
        "cgroup" => CloneFlags::CLONE_NEWCGROUP,
        other => {
            return Err(io::Error::other(format!(
                "no namespaces are called {other}"
            )));
        }
    })
}

/// `unshare KIND`.
fn unshare(words: &[&str]) -> Outcome {
    Ok(unshare_call(flag(arg(words, 0)?)?)?)
}

/// `clone KIND`: a child, which ends at once as this process goes on to its own end.
fn clone(words: &[&str]) -> Outcome {
    let flags = i64::from(flag(arg(words, 0)?)?.bits() | libc::SIGCHLD);
    let child = call(
        libc::SYS_clone,
        &mut [Number(flags), Number(0), Number(0), Number(0)],
    )?;
    end_the_child(child);
    Ok(())
}

fn clone3(words: &[&str]) -> Outcome {
    let flags = u64::from(flag(arg(words, 0)?)?.bits().cast_unsigned());
    // struct clone_args of 64 bytes: flags first, the signal of the child's end at 32.
    let mut arguments = [0_u8; 64];
    arguments[..8].copy_from_slice(&flags.to_ne_bytes());
    arguments[32..40].copy_from_slice(&17_u64.to_ne_bytes());
    let child = call(libc::SYS_clone3, &mut [Bytes(&mut arguments), Number(64)])?;
    end_the_child(child);
    Ok(())
}

fn end_the_child(child: i64) {
    if child == 0 {
        std::process::exit(0);
    }
}

/// `join PID KIND`.
fn join(words: &[&str]) -> Outcome {
    let (pid, kind) = (arg(words, 0)?, arg(words, 1)?);
    let namespace = File::open(format!("/proc/{pid}/ns/{kind}"))?;
    Ok(setns(namespace, flag(kind)?)?)
}

/// `join-by-pidfd PID`: its network namespace.
fn join_by_pidfd(words: &[&str]) -> Outcome {
    let pid = number(words, 0)?;
    let process = call(libc::SYS_pidfd_open, &mut [Number(pid), Number(0)])?;
    let flags = i64::from(CloneFlags::CLONE_NEWNET.bits());
    call(libc::SYS_setns, &mut [Number(process), Number(flags)]).map(drop)
}

/// `join-any`: any network namespace of any process that is not one's own.
fn join_any(_: &[&str]) -> Outcome {
    let own = std::fs::read_link("/proc/self/ns/net")?;
    let mut last = nothing();
    for process in std::fs::read_dir("/proc")?.flatten() {
        let path = process.path().join("ns/net");
        match std::fs::read_link(&path) {
            Ok(its) if its != own => match File::open(&path) {
                Ok(namespace) => match setns(namespace, CloneFlags::CLONE_NEWNET) {
                    Ok(()) => return Ok(()),
                    Err(error) => last = error.into(),
                },
                Err(error) => last = error,
            },
            Err(error) if is_refusal(&error) => last = error,
            Ok(_) | Err(_) => {}
        }
    }
    Err(last)
}

fn is_refusal(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error().map(Errno::from_raw),
        Some(Errno::EPERM | Errno::EACCES)
    )
}

/// `hostname NAME`.
fn hostname(words: &[&str]) -> Outcome {
    Ok(nix::unistd::sethostname(arg(words, 0)?)?)
}
