//! Processes that are not the node's.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::process::{Command, Stdio};

use nix::libc;
use nix::sys::ptrace;
use nix::sys::signal::{Signal, kill as kill_call};
use nix::unistd::Pid;

use super::sys::{Bytes, Number, call};
use super::{Act, Outcome, arg, nothing, number};

pub const ACTS: &[(&str, Act)] = &[
    ("kill", kill),
    ("trace", trace),
    ("read-memory", read_memory),
    ("peek", peek),
    ("take-descriptor", take_descriptor),
    ("priority", priority),
    ("forks", forks),
    ("run", run),
];

fn pid(words: &[&str]) -> std::io::Result<Pid> {
    Ok(Pid::from_raw(number(words, 0)?))
}

/// `kill PID`: a signal that does nothing to a process that goes on.
fn kill(words: &[&str]) -> Outcome {
    Ok(kill_call(pid(words)?, Signal::SIGCONT)?)
}

/// `trace PID`, and let go.
fn trace(words: &[&str]) -> Outcome {
    ptrace::seize(pid(words)?, ptrace::Options::empty())?;
    Ok(())
}

/// `read-memory PID`: by `/proc/PID/mem`, where its own program says that something is mapped.
fn read_memory(words: &[&str]) -> Outcome {
    let pid = arg(words, 0)?;
    let memory = File::open(format!("/proc/{pid}/mem"))?;
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps"))?;
    let start = maps.split('-').next().unwrap_or_default();
    let start = u64::from_str_radix(start, 16).map_err(|_| nothing())?;
    memory.read_exact_at(&mut [0; 1], start)
}

/// `peek PID`: by `process_vm_readv`, at an address where nothing is, which is asked about last.
fn peek(words: &[&str]) -> Outcome {
    let mut byte = [0_u8; 1];
    let mut local = [0_u8; 16];
    local[..8].copy_from_slice(&(byte.as_mut_ptr() as u64).to_ne_bytes());
    local[8] = 1;
    let mut remote = [0_u8; 16];
    remote[8] = 1;
    let given = &mut [
        Number(number(words, 0)?),
        Bytes(&mut local),
        Number(1),
        Bytes(&mut remote),
        Number(1),
        Number(0),
    ];
    call(libc::SYS_process_vm_readv, given).map(drop)
}

/// `take-descriptor PID`: its standard input.
fn take_descriptor(words: &[&str]) -> Outcome {
    let process = call(
        libc::SYS_pidfd_open,
        &mut [Number(number(words, 0)?), Number(0)],
    )?;
    call(
        libc::SYS_pidfd_getfd,
        &mut [Number(process), Number(0), Number(0)],
    )
    .map(drop)
}

/// `priority PID`: sets the one it has usually.
fn priority(words: &[&str]) -> Outcome {
    let mut given = [Number(0), Number(number(words, 0)?), Number(0)];
    call(libc::SYS_setpriority, &mut given).map(drop)
}

/// `forks COUNT`: so many processes at once.
fn forks(words: &[&str]) -> Outcome {
    let mut all = Vec::new();
    let mut tried = Ok(());
    for _ in 0..number::<usize>(words, 0)? {
        match Command::new("/bin/sleep")
            .arg("60")
            .stdin(Stdio::null())
            .spawn()
        {
            Ok(child) => all.push(child),
            Err(error) => {
                tried = Err(error);
                break;
            }
        }
    }
    for child in &mut all {
        // It sleeps until it is killed.
        let _ = child.kill();
    }
    for child in &mut all {
        let _ = child.wait();
    }
    tried
}

/// `run PROGRAM ...`: whether it ends well.
fn run(words: &[&str]) -> Outcome {
    let mut command = Command::new(arg(words, 0)?);
    let output = command.args(&words[1..]).stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(std::io::Error::other("failed"))
}
