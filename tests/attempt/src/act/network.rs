//! Sockets that lead out of the node's network namespace.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use nix::libc;

use super::sys::{Number, call};
use super::{Act, Outcome, arg, nothing, number};

pub const ACTS: &[(&str, Act)] = &[
    ("connect", connect),
    ("connect-path", connect_path),
    ("connect-abstract", connect_abstract),
    ("socket", socket),
    ("device", device),
    ("shared-memory", shared_memory),
    ("make-shared-memory", make_shared_memory),
    ("remove-shared-memory", remove_shared_memory),
];

const PATIENCE: Duration = Duration::from_millis(700);

/// `connect ADDRESS:PORT`.
fn connect(words: &[&str]) -> Outcome {
    let to: SocketAddr = arg(words, 0)?.parse().map_err(std::io::Error::other)?;
    match TcpStream::connect_timeout(&to, PATIENCE) {
        Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {
            Err(nix::errno::Errno::ETIMEDOUT.into())
        }
        other => other.map(drop),
    }
}

/// `connect-path PATH`.
fn connect_path(words: &[&str]) -> Outcome {
    UnixStream::connect(arg(words, 0)?).map(drop)
}

/// `connect-abstract NAME`: a socket without a path.
fn connect_abstract(words: &[&str]) -> Outcome {
    use std::os::linux::net::SocketAddrExt;
    let address = std::os::unix::net::SocketAddr::from_abstract_name(arg(words, 0)?)?;
    UnixStream::connect_addr(&address).map(drop)
}

/// `socket FAMILY TYPE`: none is connected.
fn socket(words: &[&str]) -> Outcome {
    let mut given = [
        Number(number(words, 0)?),
        Number(number(words, 1)?),
        Number(0),
    ];
    call(libc::SYS_socket, &mut given).map(drop)
}

/// `device NAME`: whether a network device of this name is seen.
fn device(words: &[&str]) -> Outcome {
    let name = arg(words, 0)?;
    let text = fs::read_to_string("/proc/self/net/dev")?;
    let mut names = text.lines().filter_map(|line| line.split_once(':'));
    let seen = names.any(|(its, _)| its.trim() == name);
    if seen { Ok(()) } else { Err(nothing()) }
}

/// `shared-memory KEY`: a System V segment that is there.
fn shared_memory(words: &[&str]) -> Outcome {
    let mut given = [Number(number(words, 0)?), Number(0), Number(0)];
    call(libc::SYS_shmget, &mut given).map(drop)
}

/// For a test's beginning: the segment that others look for.
fn make_shared_memory(words: &[&str]) -> Outcome {
    let flags = i64::from(libc::IPC_CREAT | libc::IPC_EXCL | 0o600);
    let mut given = [Number(number(words, 0)?), Number(4096), Number(flags)];
    call(libc::SYS_shmget, &mut given).map(drop)
}

/// For its end.
fn remove_shared_memory(words: &[&str]) -> Outcome {
    let mut given = [Number(number(words, 0)?), Number(0), Number(0)];
    let id = call(libc::SYS_shmget, &mut given)?;
    let mut given = [Number(id), Number(i64::from(libc::IPC_RMID)), Number(0)];
    call(libc::SYS_shmctl, &mut given).map(drop)
}
