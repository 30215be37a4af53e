//! Ids and programs that give more rights than one has.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown as chown_call};
use std::process::Command;

use nix::errno::Errno;
use nix::unistd::{Gid, Uid, setgid as setgid_call, setuid as setuid_call};

use super::{Act, Outcome, arg, number};

pub const ACTS: &[(&str, Act)] = &[
    ("setuid", setuid),
    ("setgid", setgid),
    ("chown", chown),
    ("set-id-program", set_id_program),
    ("capable-program", capable_program),
    ("is-root", is_root),
    ("is-capable", is_capable),
    ("make-device", make_device),
];

const NOBODY: u32 = 65_534;

fn setuid(words: &[&str]) -> Outcome {
    Ok(setuid_call(Uid::from_raw(number(words, 0)?))?)
}

fn setgid(words: &[&str]) -> Outcome {
    Ok(setgid_call(Gid::from_raw(number(words, 0)?))?)
}

/// `chown FOLDER ID`: of a file made there.
fn chown(words: &[&str]) -> Outcome {
    let path = format!("{}/attempt-{}", arg(words, 0)?, std::process::id());
    fs::write(&path, "")?;
    let owned = chown_call(&path, Some(number(words, 1)?), None);
    fs::remove_file(&path)?;
    owned
}

/// `set-id-program FOLDER`: a copy of this program there that belongs to root and takes its id, run by
/// nobody.
fn set_id_program(words: &[&str]) -> Outcome {
    as_nobody(arg(words, 0)?, "is-root", |copy| {
        fs::set_permissions(copy, Permissions::from_mode(0o4755))
    })
}

fn is_root(_: &[&str]) -> Outcome {
    if Uid::effective().is_root() {
        return Ok(());
    }
    Err(Errno::EPERM.into())
}

/// `capable-program FOLDER`: the same with a capability on the file.
fn capable_program(words: &[&str]) -> Outcome {
    as_nobody(arg(words, 0)?, "is-capable", |copy| {
        fs::set_permissions(copy, Permissions::from_mode(0o755))?;
        // struct vfs_cap_data, revision 2, effective; CAP_SYS_ADMIN is bit 21.
        let mut data = [0_u8; 20];
        data[..4].copy_from_slice(&0x0200_0001_u32.to_le_bytes());
        data[4..8].copy_from_slice(&(1_u32 << 21).to_le_bytes());
        let flags = rustix::fs::XattrFlags::empty();
        Ok(rustix::fs::setxattr(
            copy,
            "security.capability",
            &data,
            flags,
        )?)
    })
}

fn is_capable(_: &[&str]) -> Outcome {
    let status = fs::read_to_string("/proc/self/status")?;
    let none = status
        .lines()
        .filter_map(|line| line.strip_prefix("CapEff:"))
        .all(|mask| mask.trim().bytes().all(|digit| digit == b'0'));
    if none {
        Err(Errno::EPERM.into())
    } else {
        Ok(())
    }
}

/// What a copy of this program says that nobody runs, after `prepare` gave it rights.
fn as_nobody(folder: &str, act: &str, prepare: impl Fn(&str) -> io::Result<()>) -> Outcome {
    let copy = format!("{folder}/attempt-{}", std::process::id());
    fs::copy("/proc/self/exe", &copy)?;
    let prepared = prepare(&copy);
    let said = prepared.and_then(|()| {
        setgid_call(Gid::from_raw(NOBODY))?;
        setuid_call(Uid::from_raw(NOBODY))?;
        let output = Command::new(&copy).arg(act).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    });
    // Nobody may not remove it in every folder; what is left is a copy of this program.
    let _ = fs::remove_file(&copy);
    match said?.as_str() {
        "ok" => Ok(()),
        "EPERM" => Err(Errno::EPERM.into()),
        other => Err(io::Error::other(other.to_owned())),
    }
}

/// `make-device FOLDER KIND MAJOR MINOR`.
fn make_device(words: &[&str]) -> Outcome {
    use nix::sys::stat::{Mode, SFlag, makedev, mknod};
    let path = format!("{}/attempt-{}", arg(words, 0)?, std::process::id());
    let kind = match arg(words, 1)? {
        "b" => SFlag::S_IFBLK,
        _ => SFlag::S_IFCHR,
    };
    let device = makedev(number(words, 2)?, number(words, 3)?);
    mknod(path.as_str(), kind, Mode::S_IRUSR, device)?;
    let made = fs::metadata(&path).map(|found| found.rdev() == device);
    fs::remove_file(&path)?;
    if made? {
        Ok(())
    } else {
        Err(Errno::ENODEV.into())
    }
}
