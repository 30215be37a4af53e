//! Both sides of the holder's start: the process itself, and the agent that sets it up.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ExitCode};

use nix::mount::{MsFlags, mount};
use nix::sched::unshare;

use super::{Holder, HolderError, NAMESPACES, idmap};

const UNSHARED: &str = "unshared\n";
const MAPPED: &str = "mapped\n";
const READY: &str = "ready\n";
const KEPT: &str = "kept\n";

/// Which namespaces a holder holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// New ones, of its own.
    New,
    /// Those it is started in: its agent outlived the holder before it.
    Inherited,
}

/// `nova-ve-agent holder-process`: what [`super::ensure`] and [`super::watch`] start.
pub fn main(which: Which) -> ExitCode {
    match hold(which) {
        Ok(never) => match never {},
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn hold(which: Which) -> Result<std::convert::Infallible, String> {
    // A session of its own: no terminal's Ctrl-C and no logout reaches it.
    rustix::process::setsid().map_err(|error| format!("setsid: {error}"))?;
    match which {
        Which::New => make_namespaces()?,
        Which::Inherited => {}
    }
    say(READY).map_err(|error| error.to_string())?;
    // A holder that nobody wrote down would never be found again, nor ended.
    hear(KEPT)?;
    close_stdio().map_err(|error| format!("close the pipes: {error}"))?;
    loop {
        nix::unistd::pause();
    }
}

fn make_namespaces() -> Result<(), String> {
    unshare(NAMESPACES).map_err(|error| format!("unshare: {error}"))?;
    say(UNSHARED).map_err(|error| error.to_string())?;
    hear(MAPPED)?;
    let flags = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(None::<&str>, "/", None::<&str>, flags, None::<&str>)
        .map_err(|error| format!("make the mounts private: {error}"))?;
    // Bridges and host ends carry other people's frames: they need no addresses of their own. A
    // kernel without IPv6 has no such file.
    let _ = std::fs::write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
    Ok(())
}

fn hear(word: &str) -> Result<(), String> {
    let mut answer = String::new();
    let heard = io::stdin().lock().read_line(&mut answer);
    heard.map_err(|error| error.to_string())?;
    if answer == word {
        return Ok(());
    }
    Err(format!("the agent ended before it said {}", word.trim()))
}

fn say(word: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(word.as_bytes())?;
    out.flush()
}

/// The pipes' other ends go with the agent; a write there would kill this process.
fn close_stdio() -> io::Result<()> {
    let null = std::fs::File::options()
        .read(true)
        .write(true)
        .open("/dev/null")?;
    nix::unistd::dup2_stdin(&null)?;
    nix::unistd::dup2_stdout(&null)?;
    nix::unistd::dup2_stderr(&null)?;
    Ok(())
}

/// The agent's side: maps the ids when the child has made its namespaces, and keeps who it is.
pub(super) fn set_up(
    child: &mut Child,
    which: Which,
    keep: impl FnOnce(&Holder) -> Result<(), HolderError>,
) -> Result<Holder, HolderError> {
    let pid = i32::try_from(child.id()).map_err(|_| HolderError::Ended("not a pid".into()))?;
    let mut out = BufReader::new(child.stdout.take().expect("it was asked for as a pipe"));
    let mut to_child = child.stdin.take().expect("it was asked for as a pipe");
    if which == Which::New {
        expect(&mut out, UNSHARED, child).map_err(HolderError::Unshare)?;
        idmap::write(pid)?;
        // A child that is gone is noticed by the next read.
        let _ = to_child.write_all(MAPPED.as_bytes());
    }
    expect(&mut out, READY, child).map_err(HolderError::Ended)?;
    let holder = Holder::of(pid).ok_or_else(|| HolderError::Ended("it ended at once".into()))?;
    keep(&holder)?;
    let told = to_child.write_all(KEPT.as_bytes());
    told.map_err(|error| HolderError::Ended(error.to_string()))?;
    Ok(holder)
}

/// Waits for the word, else says what the child wrote to its standard error.
fn expect(out: &mut impl BufRead, word: &str, child: &mut Child) -> Result<(), String> {
    let mut line = String::new();
    if out.read_line(&mut line).is_ok() && line == word {
        return Ok(());
    }
    let mut why = String::new();
    if let Some(stderr) = &mut child.stderr {
        let _ = stderr.read_to_string(&mut why);
    }
    Err(why.trim().to_owned())
}
