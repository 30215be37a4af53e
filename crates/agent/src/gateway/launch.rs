//! The start of a server: it sees the lab's folder at a place that anybody may look into.
//!
//! The agent's own folder is closed to all but its user, and a server that has given its rights away
//! must still read its files again. So it gets a mount namespace of its own, in which the lab's folder
//! lies at `/mnt`; what the host unmounts later goes there too.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

use super::config::FOLDER;

/// Becomes `program`; comes back only with what went wrong.
pub fn launch(folder: &Path, program: &Path, arguments: &[OsString]) -> std::io::Error {
    if let Err(error) = place(folder) {
        return error.into();
    }
    Command::new(program).args(arguments).env_clear().exec()
}

fn place(folder: &Path) -> nix::Result<()> {
    const NONE: Option<&str> = None;
    unshare(CloneFlags::CLONE_NEWNS)?;
    let follows = MsFlags::MS_SLAVE | MsFlags::MS_REC;
    mount(NONE, "/", NONE, follows, NONE)?;
    mount(Some(folder), FOLDER, NONE, MsFlags::MS_BIND, NONE)
}
