//! Mounts: new ones, others' flags, what lies beneath a mask.

use nix::libc;
use nix::mount::{MntFlags, MsFlags, mount as mount_call, umount2};

use super::sys::{Number, Text, call};
use super::{Act, Outcome, arg};

pub const ACTS: &[(&str, Act)] = &[
    ("mount", mount),
    ("bind", bind),
    ("remount", remount),
    ("unmount", unmount),
    ("unmask", unmask),
    ("pivot-root", pivot_root),
    ("open-tree", open_tree),
    ("move-mount", move_mount),
    ("fsopen", fsopen),
    ("fspick", fspick),
    ("fsmount", fsmount),
    ("mount-setattr", mount_setattr),
];

const CURRENT: i64 = libc::AT_FDCWD as i64;

/// `mount KIND PATH`.
fn mount(words: &[&str]) -> Outcome {
    let (kind, path) = (arg(words, 0)?, arg(words, 1)?);
    Ok(mount_call(
        Some(kind),
        path,
        Some(kind),
        MsFlags::empty(),
        None::<&str>,
    )?)
}

/// `bind FROM TO`.
fn bind(words: &[&str]) -> Outcome {
    let (from, to) = (arg(words, 0)?, arg(words, 1)?);
    Ok(mount_call(
        Some(from),
        to,
        None::<&str>,
        MsFlags::MS_BIND,
        None::<&str>,
    )?)
}

/// `remount PATH`, so that it can be written.
fn remount(words: &[&str]) -> Outcome {
    let flags = MsFlags::MS_REMOUNT | MsFlags::MS_BIND;
    Ok(mount_call(
        None::<&str>,
        arg(words, 0)?,
        None::<&str>,
        flags,
        None::<&str>,
    )?)
}

/// `unmount PATH`.
fn unmount(words: &[&str]) -> Outcome {
    Ok(umount2(arg(words, 0)?, MntFlags::MNT_DETACH)?)
}

/// `unmask PATH`: in a mount namespace of one's own, where mounts are often thought to be one's own.
fn unmask(words: &[&str]) -> Outcome {
    nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNS)?;
    unmount(words)
}

/// Outside too the arguments are refused, but as such.
fn pivot_root(_: &[&str]) -> Outcome {
    Ok(nix::unistd::pivot_root("/proc", "/proc")?)
}

fn open_tree(words: &[&str]) -> Outcome {
    const CLONE: i64 = 1;
    let mut given = [Number(CURRENT), Text(arg(words, 0)?), Number(CLONE)];
    call(libc::SYS_open_tree, &mut given).map(drop)
}

/// A descriptor that is none, so that nothing is moved.
fn move_mount(_: &[&str]) -> Outcome {
    let mut given = [
        Number(-1),
        Text(""),
        Number(CURRENT),
        Text("/tmp"),
        Number(4),
    ];
    call(libc::SYS_move_mount, &mut given).map(drop)
}

fn fsopen(words: &[&str]) -> Outcome {
    call(libc::SYS_fsopen, &mut [Text(arg(words, 0)?), Number(0)]).map(drop)
}

fn fspick(words: &[&str]) -> Outcome {
    let mut given = [Number(CURRENT), Text(arg(words, 0)?), Number(0)];
    call(libc::SYS_fspick, &mut given).map(drop)
}

fn fsmount(_: &[&str]) -> Outcome {
    call(libc::SYS_fsmount, &mut [Number(-1), Number(0), Number(0)]).map(drop)
}

/// `mount-setattr PATH`: no flag is changed, which is allowed to whoever may change them.
fn mount_setattr(words: &[&str]) -> Outcome {
    // struct mount_attr: set, clear, propagation, user namespace; MOUNT_ATTR_NODIRATIME is set.
    let mut attributes = [0_u8; 32];
    attributes[0] = 0x80;
    let mut given = [
        Number(CURRENT),
        Text(arg(words, 0)?),
        Number(0),
        super::sys::Bytes(&mut attributes),
        Number(32),
    ];
    call(libc::SYS_mount_setattr, &mut given).map(drop)
}
