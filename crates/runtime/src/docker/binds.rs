//! Files and folders of the host in a container: by no link, whatever a node does meanwhile.
//!
//! Docker follows links on its way to a bind's source, and a node that may write below it could lay one at
//! the right moment. So the source is looked at before, and what the container really got after, while it
//! is held and nothing of the lab runs in it.

use std::os::fd::{AsFd, OwnedFd};

use model::spec::DockerSpec;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, fstat, openat2};

use crate::driver::DriverError;
use crate::process::ProcessId;

/// Every source is there, and no part of its path is a link.
pub fn check(spec: &DockerSpec) -> Result<(), DriverError> {
    for bind in &spec.host.binds {
        source(&bind.source).map_err(DriverError::BadSpec)?;
    }
    Ok(())
}

/// Every target in the held container is what its source is now.
pub fn compare(process: &ProcessId, spec: &DockerSpec) -> Result<(), String> {
    if spec.host.binds.is_empty() {
        return Ok(());
    }
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let path = format!("/proc/{}/root", process.pid);
    let root = rustix::fs::open(path, flags | OFlags::DIRECTORY, Mode::empty());
    let root = root.map_err(|error| format!("its tree cannot be looked at: {error}"))?;
    for bind in &spec.host.binds {
        let wanted = number(&source(&bind.source)?)?;
        let target = bind.target.trim_start_matches('/');
        let got = openat2(&root, target, flags, Mode::empty(), ResolveFlags::IN_ROOT);
        let got = got.map_err(|error| format!("{}: {error}", bind.target))?;
        if number(&got)? != wanted {
            return Err(format!(
                "what is bound at {} is not {}",
                bind.target, bind.source
            ));
        }
    }
    Ok(())
}

fn source(path: &str) -> Result<OwnedFd, String> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let no_links = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    openat2(CWD, path, flags, Mode::empty(), no_links)
        .map_err(|error| format!("{path} cannot be bound without following a link: {error}"))
}

fn number(file: &impl AsFd) -> Result<(u64, u64), String> {
    let found = fstat(file).map_err(|error| error.to_string())?;
    Ok((found.st_dev, found.st_ino))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_link_on_the_way_is_no_source() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        std::fs::create_dir(folder.join("a")).unwrap();
        std::os::unix::fs::symlink("/etc", folder.join("b")).unwrap();
        assert!(source(folder.join("a").to_str().unwrap()).is_ok());
        assert!(source(folder.join("b/passwd").to_str().unwrap()).is_err());
    }
}
