//! The provisioner, killed when a step begins, for each of its steps in turn; then left to its end.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::Stdio;

use anyhow::{Context, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::machine::Machine;
use super::{Steps, provisioner, smoke};

pub fn provision_killed_after_each_step(
    machine: &Machine,
    steps: &mut Steps,
) -> anyhow::Result<()> {
    let mut at = 1;
    loop {
        let words = format!("set up, killed after step {at}");
        if !steps.step(&words, || killed_after(machine, at))? {
            break;
        }
        at += 1;
    }
    steps.step("smoke checks of what was killed so often", || {
        machine.sh(&smoke()).map(drop)
    })
}

/// False: it has no step after that one, and came to its end.
fn killed_after(machine: &Machine, step: u32) -> anyhow::Result<bool> {
    let mut child = machine
        .command(&provisioner())?
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .context("failed to start nsenter")?;
    let output = child.stdout.take().context("it has no output")?;
    let done = format!("[{step}/");
    let mut last = false;
    for line in BufReader::new(output).lines() {
        let line = line?;
        if line.starts_with(&done) && line.contains("] done in") {
            last = is_last(&line);
            if !last {
                // Everything it started goes with it, as when the host loses power.
                let group = i32::try_from(child.id()).context("a pid")?;
                killpg(Pid::from_raw(group), Signal::SIGKILL)?;
                break;
            }
        }
    }
    let status = child.wait()?;
    if last && !status.success() {
        bail!("the provisioner ended with {status}");
    }
    Ok(!last)
}

/// `[14/14] done in 3 s`.
fn is_last(line: &str) -> bool {
    let numbers = line.trim_start_matches('[').split([']', '/']);
    let numbers: Vec<&str> = numbers.take(2).collect();
    numbers.len() == 2 && numbers[0] == numbers[1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_step_is_known_by_its_number() {
        assert!(is_last("[14/14] done in 3 s"));
        assert!(!is_last("[4/14] done in 3 s"));
    }
}
