//! Starting programs in the node.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use nix::sys::signal::SigSet;
use rustix::fs::OFlags;
use rustix::pipe::PipeFlags;
use rustix::pty::OpenptFlags;

use super::services::StartError;
use crate::stream::WindowSize;

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

pub fn base_environment() -> BTreeMap<String, String> {
    let pairs = [
        ("PATH", PATH),
        ("HOME", "/root"),
        ("LANG", "C.UTF-8"),
        ("TERM", "xterm-256color"),
        ("USER", "root"),
        ("LOGNAME", "root"),
        ("SHELL", "/bin/bash"),
    ];
    pairs
        .into_iter()
        .map(|(key, value)| (key.into(), value.into()))
        .collect()
}

/// The supervisor's own descriptors 0 to 2: nothing, and its log for what a panic says.
pub fn leave_the_terminal(log: Option<&File>) -> io::Result<()> {
    let null = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    rustix::stdio::dup2_stdout(&null)?;
    match log {
        Some(log) => rustix::stdio::dup2_stderr(log)?,
        None => rustix::stdio::dup2_stderr(&null)?,
    }
    // What `ps` and `top` on the host show.
    rustix::thread::set_name(c"nova-node")?;
    Ok(())
}

/// A process without a terminal; both outputs come out of the one pipe.
pub fn logged(
    argv: &[String],
    environment: &BTreeMap<String, String>,
) -> Result<(u32, OwnedFd), StartError> {
    let (output, its_end) = pipe().map_err(|error| StartError::Other(error.to_string()))?;
    let its_second = its_end
        .try_clone()
        .map_err(|error| StartError::Other(error.to_string()))?;
    let mut command = command(argv, environment, "/")?;
    command
        .stdin(Stdio::null())
        .stdout(its_end)
        .stderr(its_second);
    Ok((start(command, false)?, output))
}

/// The pipes of a process without a terminal: its input and both outputs.
pub struct Pipes {
    pub input: OwnedFd,
    pub output: OwnedFd,
    pub errors: OwnedFd,
}

pub fn piped(
    argv: &[String],
    environment: &BTreeMap<String, String>,
) -> Result<(u32, Pipes), StartError> {
    let other = |error: io::Error| StartError::Other(error.to_string());
    let (its_input, input) = pipe_to().map_err(other)?;
    let (output, its_output) = pipe().map_err(other)?;
    let (errors, its_errors) = pipe().map_err(other)?;
    let mut command = command(argv, environment, "/root")?;
    command
        .stdin(its_input)
        .stdout(its_output)
        .stderr(its_errors);
    Ok((
        start(command, false)?,
        Pipes {
            input,
            output,
            errors,
        },
    ))
}

/// A process on a terminal of its own; the descriptor is the terminal's other side.
pub fn on_terminal(
    argv: &[String],
    environment: &BTreeMap<String, String>,
    size: WindowSize,
) -> Result<(u32, OwnedFd), StartError> {
    let other = |error: io::Error| StartError::Other(error.to_string());
    let (master, slave) = terminal(size).map_err(other)?;
    let mut command = command(argv, environment, "/root")?;
    let again = || slave.try_clone().map_err(other);
    command.stdin(again()?).stdout(again()?).stderr(again()?);
    Ok((start(command, true)?, master))
}

fn command(
    argv: &[String],
    environment: &BTreeMap<String, String>,
    folder: &str,
) -> Result<Command, StartError> {
    let (program, arguments) = argv
        .split_first()
        .filter(|(program, _)| !program.is_empty())
        .ok_or_else(|| StartError::Other("no program is named".into()))?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(environment)
        .current_dir(folder);
    Ok(command)
}

#[expect(unsafe_code, reason = "a new session is made between fork and exec")]
fn start(mut command: Command, controls_terminal: bool) -> Result<u32, StartError> {
    // SAFETY: the closure makes three system calls and touches no memory of the parent.
    unsafe {
        command.pre_exec(move || {
            // The supervisor takes some signals by a descriptor and so blocks them; a mask is inherited.
            SigSet::empty().thread_set_mask()?;
            rustix::process::setsid()?;
            if controls_terminal {
                rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?;
            }
            Ok(())
        });
    }
    match command.spawn() {
        // Reaped by the supervisor's loop with everybody else.
        Ok(child) => Ok(child.id()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(StartError::Missing),
        Err(error) => Err(StartError::Other(error.to_string())),
    }
}

fn terminal(size: WindowSize) -> io::Result<(OwnedFd, OwnedFd)> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let master = rustix::pty::openpt(flags)?;
    rustix::pty::unlockpt(&master)?;
    let slave = rustix::pty::ioctl_tiocgptpeer(&master, flags)?;
    resize(&master, size);
    nonblocking(&master)?;
    Ok((master, slave))
}

/// A size of nothing is kept as it was.
pub fn resize(master: &impl AsFd, size: WindowSize) {
    if size.columns == 0 || size.rows == 0 {
        return;
    }
    let size = rustix::termios::Winsize {
        ws_row: size.rows,
        ws_col: size.columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // The shell may have ended just now; the next terminal gets the size at its start.
    let _ = rustix::termios::tcsetwinsize(master, size);
}

/// (our end to read, the process's end to write)
fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
    nonblocking(&read)?;
    Ok((read, write))
}

/// (the process's end to read, our end to write)
fn pipe_to() -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
    nonblocking(&write)?;
    Ok((read, write))
}

fn nonblocking(fd: &impl AsFd) -> io::Result<()> {
    let flags = rustix::fs::fcntl_getfl(fd)?;
    Ok(rustix::fs::fcntl_setfl(fd, flags | OFlags::NONBLOCK)?)
}
