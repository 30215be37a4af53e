//! The ids of the holder's user namespace: 0 is the person, the others are subordinate ids.
//!
//! Only `newuidmap` and `newgidmap` may write such a map; they allow what `/etc/subuid` and
//! `/etc/subgid` give to the person.

use std::io;
use std::path::PathBuf;
use std::process::Command;

use nix::unistd::{Gid, Uid, User};

/// Nodes need the system accounts of a distribution, `nobody` (65534) among them.
const NEEDED_IDS: u32 = 65_535;

#[derive(Debug, thiserror::Error)]
pub enum IdMapError {
    #[error(
        "{file} has no entry of {NEEDED_IDS} ids for {user}: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user}"
    )]
    NoEntry { file: PathBuf, user: String },
    #[error("the program {0} is missing: sudo apt install uidmap")]
    Missing(&'static str),
    #[error("{program} refuses: {why}")]
    Refused { program: &'static str, why: String },
    #[error("cannot run {0}")]
    Run(&'static str, #[source] io::Error),
}

/// Gives the namespaces of `pid` their ids.
pub(super) fn write(pid: i32) -> Result<(), IdMapError> {
    let (uid, gid) = (Uid::current(), Gid::current());
    let name = User::from_uid(uid).ok().flatten().map(|user| user.name);
    let maps = [
        ("newuidmap", "/etc/subuid", uid.as_raw()),
        ("newgidmap", "/etc/subgid", gid.as_raw()),
    ];
    for (program, file, own) in maps {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        // Both files are keyed by the user, also the one of groups.
        let first = subordinate(&text, name.as_deref(), uid.as_raw()).ok_or_else(|| {
            let user = name.clone().unwrap_or_else(|| uid.to_string());
            IdMapError::NoEntry {
                file: file.into(),
                user,
            }
        })?;
        run(program, pid, own, first)?;
    }
    Ok(())
}

/// Where this user's first range that is long enough begins.
fn subordinate(text: &str, name: Option<&str>, uid: u32) -> Option<u32> {
    let uid = uid.to_string();
    text.lines().find_map(|line| {
        let mut fields = line.trim().split(':');
        let user = fields.next()?;
        let first: u32 = fields.next()?.parse().ok()?;
        let count: u32 = fields.next()?.parse().ok()?;
        let ours = Some(user) == name || user == uid;
        (ours && count >= NEEDED_IDS).then_some(first)
    })
}

fn run(program: &'static str, pid: i32, own: u32, first: u32) -> Result<(), IdMapError> {
    let numbers = [0, own, 1, 1, first, NEEDED_IDS].map(|number| number.to_string());
    let output = Command::new(program)
        .arg(pid.to_string())
        .args(numbers)
        .output()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => IdMapError::Missing(program),
            _ => IdMapError::Run(program, error),
        })?;
    if output.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(IdMapError::Refused { program, why })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_that_is_long_enough_is_found_by_name_or_number() {
        let text = "root:100000:65536\nme:5:10\nme:200000:65536\n1001:300000:65535\nbad\n";
        assert_eq!(subordinate(text, Some("me"), 1000), Some(200_000));
        assert_eq!(subordinate(text, Some("you"), 1001), Some(300_000));
        assert_eq!(subordinate(text, None, 1002), None);
    }

    #[test]
    fn a_missing_entry_is_told_with_its_cure() {
        let error = IdMapError::NoEntry {
            file: "/etc/subuid".into(),
            user: "me".into(),
        };
        assert!(
            error.to_string().contains("usermod --add-subuids"),
            "{error}"
        );
    }
}
