//! The gate's program (`gate/main.rs`), put where containers get it from.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::folder::unless_missing;
use super::names;
use crate::process;

const PROGRAM: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/gate"));
/// What a container finds at this place: the program, and the door that it knocks at.
pub const INSIDE: &str = "/.nova-ve";
pub const INSIDE_PROGRAM: &str = "/.nova-ve/gate";

/// `runtime/docker/gate-HASH`; a container of an earlier agent keeps the one that it was made with.
pub fn install(dir: &Path) -> io::Result<PathBuf> {
    let hash = Sha256::digest(PROGRAM);
    let path = dir.join(format!("gate-{}", names::hex(&hash[..4])));
    let there = fs::metadata(&path).is_ok_and(|file| file.len() == PROGRAM.len() as u64);
    if !there {
        let beside = path.with_extension("new");
        fs::write(&beside, PROGRAM)?;
        fs::set_permissions(&beside, fs::Permissions::from_mode(0o755))?;
        // Half a program would be run by every container after a loss of power.
        fs::File::open(&beside)?.sync_all()?;
        fs::rename(&beside, &path)?;
    }
    Ok(path)
}

/// The same file under another name, where the file system can; it is the node's from now on.
pub fn put(program: &Path, place: &Path) -> io::Result<()> {
    if place.exists() {
        return Ok(());
    }
    if fs::hard_link(program, place).is_ok() {
        return Ok(());
    }
    let beside = place.with_extension("new");
    unless_missing(fs::remove_file(&beside))?;
    fs::copy(program, &beside)?;
    fs::rename(&beside, place)
}

/// Whether the process still is the node's gate: of this very file.
pub fn is_gate(pid: u32, program: &Path) -> bool {
    let file = |path: &Path| fs::metadata(path).ok().map(|file| (file.dev(), file.ino()));
    let runs = file(Path::new(&format!("/proc/{pid}/exe")));
    runs.is_some() && runs == file(program)
}

/// Whether the process is the first of a container: number 1, one namespace below ours. (A process in a
/// container that may make namespaces is the first of one deeper down.)
pub fn is_first(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    numbers(&status).is_some_and(|numbers| numbers.len() == 2 && numbers[1] == 1)
}

fn numbers(status: &str) -> Option<Vec<u32>> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("NSpid:"))?;
    line.split_whitespace()
        .map(|word| word.parse().ok())
        .collect()
}

/// A signal that the container's first process handles: another one does nothing to it.
pub fn heeds(pid: u32, signal: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let bit = 1_u64.checked_shl(signal.saturating_sub(1)).unwrap_or(0);
    caught.is_none_or(|caught| caught & bit != 0)
}

/// Who knocks, if it is a first process of that program.
pub fn knocker(pid: u32, program: &Path) -> Option<process::ProcessId> {
    let found = process::ProcessId::of(pid)?;
    let right = is_first(pid) && is_gate(pid, program);
    // Asked again: all of it was of this process.
    right
        .then_some(found)
        .filter(|found| found.living().is_some())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn the_first_process_of_a_container_has_two_numbers() {
        assert_eq!(
            numbers("Name:\tx\nNSpid:\t812\t1\nX:\t1"),
            Some(vec![812, 1])
        );
        assert!(!is_first(std::process::id()));
    }

    #[test]
    fn the_gate_is_known_by_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let program = install(folder.path()).unwrap();
        assert_eq!(install(folder.path()).unwrap(), program);
        let place = folder.path().join("gate");
        put(&program, &place).unwrap();
        put(&program, &place).unwrap();
        assert!(!is_gate(std::process::id(), &place));
    }

    #[test]
    fn it_says_when_there_is_nothing_to_run() {
        let folder = tempfile::tempdir().unwrap();
        let program = install(folder.path()).unwrap();
        let said = std::process::Command::new(program).output().unwrap();
        assert_eq!(said.status.code(), Some(127));
        assert!(String::from_utf8_lossy(&said.stderr).contains("names a program"));
    }
}
