//! What of the host a node was granted: files and folders, devices. The agent has asked `agent.toml`;
//! here it is made sure that what was judged is what is brought in.
//!
//! A path is opened without following a link anywhere on it, so that nobody who may write in an allowed
//! folder leads the mount elsewhere, not even between the look and the act: what was opened is what is
//! bound. In the node every place is one that the launcher made itself.

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use model::lab::Bind;
use model::spec::HostAsks;
use nix::libc;
use nix::mount::{MsFlags, mount};
use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, fstat, openat2};

use super::steps::{StepError, step};
use super::tree::{CLOSED, make_dir, set_attributes, shown};

pub fn bring_in(root: &Path, asks: &HostAsks) -> Result<(), StepError> {
    for bind in &asks.binds {
        bring_bind(root, bind)?;
    }
    asks.devices
        .iter()
        .try_for_each(|path| bring_device(root, path))
}

fn bring_bind(root: &Path, bind: &Bind) -> Result<(), StepError> {
    let source = open(&bind.source)?;
    let place = place(root, &bind.target)?;
    match kind_of(&source, &bind.source)? {
        FileType::Directory => make_dir(&place, 0o755)?,
        FileType::RegularFile => make_file(&place)?,
        other => {
            let why = format!("it is a {other:?}, and only files and folders can be bound");
            return Err(StepError::new(format!("bind {}", bind.source), why));
        }
    }
    let read_only = if bind.write {
        0
    } else {
        libc::MOUNT_ATTR_RDONLY
    };
    attach(&source, &bind.source, &place, CLOSED | read_only)
}

/// The node's `/dev` takes it under its own name. The device's owner is nobody in the node, so root
/// inside may do with it what everybody on the host may.
fn bring_device(root: &Path, path: &str) -> Result<(), StepError> {
    let source = open(path)?;
    let place = place(root, path)?;
    match kind_of(&source, path)? {
        FileType::CharacterDevice | FileType::BlockDevice => make_file(&place)?,
        other => {
            let why = format!("it is a {other:?} and no device");
            return Err(StepError::new(format!("bring in {path}"), why));
        }
    }
    attach(
        &source,
        path,
        &place,
        libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NOEXEC,
    )
}

fn open(path: &str) -> Result<OwnedFd, StepError> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let no_links = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let opened = openat2(rustix::fs::CWD, path, flags, Mode::empty(), no_links);
    let what = format!("open {path} on the host without following a link");
    step(what, opened)
}

fn kind_of(file: &OwnedFd, path: &str) -> Result<FileType, StepError> {
    let found = step(format!("look at {path} on the host"), fstat(file))?;
    Ok(FileType::from_raw_mode(found.st_mode))
}

/// Its parents are made in the tree's own memory, where no node has written.
fn place(root: &Path, inside: &str) -> Result<PathBuf, StepError> {
    let place = root.join(inside.trim_start_matches('/'));
    let parents: Vec<&Path> = place
        .ancestors()
        .skip(1)
        .take_while(|path| *path != root)
        .collect();
    for parent in parents.iter().rev() {
        make_dir(parent, 0o755)?;
    }
    Ok(place)
}

fn make_file(place: &Path) -> Result<(), StepError> {
    let made = File::options().write(true).create_new(true).open(place);
    step(format!("make {}", shown(place)), made.map(drop))
}

fn attach(source: &OwnedFd, path: &str, place: &Path, attributes: u64) -> Result<(), StepError> {
    let what = format!("bind {path} on {} of the node", shown(place));
    let opened = format!("/proc/self/fd/{}", source.as_fd().as_raw_fd());
    // With what is mounted below it: in a user namespace such a tree cannot be taken apart.
    let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
    let bound = mount(
        Some(opened.as_str()),
        place,
        None::<&str>,
        flags,
        None::<&str>,
    );
    step(what.clone(), bound)?;
    step(what, set_attributes(place, attributes))
}
