//! The contract lane: `deploy/` on machines that have never seen nova-ve, and after a reboot.
//!
//! ```text
//! first:   refusals ─ provision ─ smoke ─ browser ─ demo ─ services ─ scan ─ again ─ backup ─ reboot ─ smoke, ping ─ clone
//! second:  provision, killed after every step ─ restore of the first one's backup ─ ping
//! ```
//! What happens inside is shell, `tests/contract/*.sh` of the checkout in the machine. One line a step,
//! with its seconds.

mod killed;
mod machine;
mod proxy;
mod scan;

use std::time::Instant;

use anyhow::{Context, bail};

use crate::sh::{exists, root, say};
use crate::test::Counts;
use machine::{CHECKOUT, Cache, Machine};

pub fn run() -> anyhow::Result<Counts> {
    let mut counts = Counts::default();
    if let Some(why) = cannot_run() {
        counts.skips.insert(format!("contract: {why}"));
        return Ok(counts);
    }
    let cache = Cache::open()?;
    let mut steps = Steps::default();
    let outcome = first(&cache, &mut steps).and_then(|backup| second(&cache, &mut steps, &backup));
    counts.passed += steps.passed;
    outcome.map(|()| counts)
}

fn cannot_run() -> Option<String> {
    if !nix::unistd::geteuid().is_root() {
        return Some("the caller is no root; run `sudo ./x test` for it".into());
    }
    let needed = ["mmdebstrap", "systemd-nspawn", "nsenter", "git", "tar"];
    let missing: Vec<&str> = needed.into_iter().filter(|name| !exists(name)).collect();
    (!missing.is_empty())
        .then(|| format!("no {} here; `./x setup test` installs it", missing.join(", ")))
}

/// One line a step.
#[derive(Default)]
pub struct Steps {
    passed: u64,
}

impl Steps {
    pub fn step<T>(
        &mut self,
        words: &str,
        act: impl FnOnce() -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let begun = Instant::now();
        let outcome = act();
        let seconds = begun.elapsed().as_secs_f64();
        match outcome {
            Ok(done) => {
                self.passed += 1;
                say(&format!("ok   {seconds:>7.1} s  {words}"));
                Ok(done)
            }
            Err(error) => {
                say(&format!("FAIL {seconds:>7.1} s  {words}"));
                Err(error.context(words.to_owned()))
            }
        }
    }
}

/// What the second machine needs of the first.
struct Backup {
    archive: Vec<u8>,
    password: Vec<u8>,
}

fn first(cache: &Cache, steps: &mut Steps) -> anyhow::Result<Backup> {
    let mut machine = steps.step("a fresh machine boots", || booted(cache, "nova-first"))?;
    steps.step("what stands in the way is said", || {
        story(&machine, "refusals")
    })?;
    steps.step("one command sets nova-ve up", || provision(&machine))?;
    steps.step("smoke checks", || {
        tell(&machine, &format!("{CHECKOUT}/deploy/scripts/smoke-check.sh"))
    })?;
    steps.step("a browser logs in through Caddy on port 80", || {
        browser(&machine)
    })?;
    steps.step("the demo lab starts and pings", || story(&machine, "demo"))?;
    steps.step("from outside only port 80 answers", || scan::run(&machine))?;
    steps.step("services end and come back, nodes run on", || {
        story(&machine, "services")
    })?;
    steps.step("set up again: nothing rotated, nothing restarted", || {
        story(&machine, "again")
    })?;
    steps.step("no secret is readable", || story(&machine, "secrets"))?;
    steps.step("backup of a running lab", || story(&machine, "backup"))?;
    let backup = steps.step("the backup leaves the host", || take_backup(&machine))?;
    steps.step("the machine reboots", || machine.reboot())?;
    steps.step("after the reboot: nodes run, ping and smoke checks", || {
        story(&machine, "after-reboot")
    })?;
    steps.step("a clone gets an identity of its own", || {
        story(&machine, "clone")
    })?;
    steps.step("the machine ends", || machine.end())?;
    Ok(backup)
}

fn second(cache: &Cache, steps: &mut Steps, backup: &Backup) -> anyhow::Result<()> {
    let machine = steps.step("a second fresh machine boots", || {
        booted(cache, "nova-second")
    })?;
    killed::provision_killed_after_each_step(&machine, steps)?;
    steps.step("the backup is restored there, starts and pings", || {
        machine.put("/root/first.tar.gz", &backup.archive)?;
        machine.put("/root/first-password", &backup.password)?;
        story(&machine, "restore")
    })?;
    steps.step("the second machine ends", || machine.end())
}

fn booted(cache: &Cache, name: &str) -> anyhow::Result<Machine> {
    let mut machine = Machine::fresh(cache, name)?;
    machine.boot()?;
    Ok(machine)
}

/// The settings that the provisioner is told in the machines.
pub fn provisioner() -> String {
    format!("NOVA_VE_GUACAMOLE=off {CHECKOUT}/deploy/scripts/provision-ubuntu-2604.sh")
}

fn provision(machine: &Machine) -> anyhow::Result<()> {
    tell(machine, &provisioner())
}

/// Runs it, and shows what it printed, indented.
fn tell(machine: &Machine, text: &str) -> anyhow::Result<()> {
    for line in machine.sh(text)?.lines() {
        say(&format!("     {}", line.trim_start()));
    }
    Ok(())
}

fn story(machine: &Machine, name: &str) -> anyhow::Result<()> {
    tell(machine, &format!("{CHECKOUT}/tests/contract/{name}.sh"))
}

fn take_backup(machine: &Machine) -> anyhow::Result<Backup> {
    Ok(Backup {
        archive: machine.take("/var/backups/nova-ve/first.tar.gz")?,
        password: machine.take("/etc/nova-ve/admin-password")?,
    })
}

/// The stories of the web client, in a Chromium of this host that sees the machine's network.
fn browser(machine: &Machine) -> anyhow::Result<()> {
    if !exists("chromium") {
        bail!("no chromium on this host; `./x setup test` installs it");
    }
    let password = machine.take("/etc/nova-ve/admin-password")?;
    let password = String::from_utf8(password)?;
    let status = machine
        .in_its_network("npm")?
        .args(["run", "--silent", "e2e"])
        .current_dir(root().join("web"))
        .env("NOVA_VE_URL", "http://127.0.0.1")
        .env("NOVA_VE_USER", "admin")
        .env("NOVA_VE_PASSWORD", password.trim())
        .env("NOVA_VE_SHOTS", root().join("web/e2e/shots-contract"))
        .status()
        .context("failed to start npm")?;
    if !status.success() {
        bail!("the browser test ended with {status}");
    }
    Ok(())
}
