//! The contract lane: `deploy/` on machines that have never seen nova-ve, and after a reboot.
//!
//! ```text
//! first:   refusals ─ provision ─ smoke ─ browser ─ demo ─ scan ─ services ─ again ─ backup ─ reboot ─ smoke, ping ─ clone
//! second:  provision, killed after every step ─ restore of the first one's backup ─ first release ─ tls
//! ```
//! What happens inside is shell, `tests/contract/*.sh` of the checkout in the machine. One line a step,
//! with its seconds.

mod images;
mod killed;
mod machine;
mod proof;
mod proxy;
mod scan;

use std::thread;
use std::time::Instant;

use anyhow::{Context, bail};

use crate::sh::{exists, root, say};
use crate::test::Counts;
use machine::{CHECKOUT, Cache, Machine};
use proof::Proofs;

pub use proof::check_page;

pub fn run() -> anyhow::Result<Counts> {
    let mut counts = Counts::default();
    if let Some(why) = cannot_run() {
        counts.skips.insert(format!("contract: {why}"));
        return Ok(counts);
    }
    let cache = Cache::open()?;
    let mut steps = Steps::default();
    steps.step("what a machine is made of", || cache.base())?;
    let outcome = thread::scope(|scope| {
        scope.spawn(|| images::prepare(&cache));
        let backup = first(&cache, &mut steps)?;
        second(&cache, &mut steps, &backup)
    });
    let outcome = outcome.and_then(|()| {
        let sentences = steps.proofs.conclude()?;
        say(&format!(
            "{sentences} sentences of the contract have their proof"
        ));
        Ok(())
    });
    counts.passed += steps.passed;
    outcome.map(|()| counts)
}

fn cannot_run() -> Option<String> {
    if !nix::unistd::geteuid().is_root() {
        return Some("the caller is no root; run it by sudo".into());
    }
    let needed = [
        "mmdebstrap",
        "systemd-nspawn",
        "nsenter",
        "setpriv",
        "git",
        "tar",
    ];
    let missing: Vec<&str> = needed.into_iter().filter(|name| !exists(name)).collect();
    (!missing.is_empty()).then(|| {
        format!(
            "no {} here; `apt install mmdebstrap systemd-container util-linux git tar` brings it",
            missing.join(", ")
        )
    })
}

/// One line a step, and what the steps proved.
#[derive(Default)]
pub struct Steps {
    passed: u64,
    proofs: Proofs,
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
                if machine::kept() {
                    say(&format!("{error:#}"));
                }
                Err(error.context(words.to_owned()))
            }
        }
    }

    /// A step that is shell inside the machine: `tests/contract/STORY.sh`.
    fn story(&mut self, machine: &Machine, story: &str, words: &str) -> anyhow::Result<()> {
        self.inside(
            machine,
            story,
            words,
            &format!("{CHECKOUT}/tests/contract/{story}.sh"),
        )
    }

    /// What it prints is shown, but for what it proves.
    fn inside(
        &mut self,
        machine: &Machine,
        story: &str,
        words: &str,
        text: &str,
    ) -> anyhow::Result<()> {
        let said = self.step(words, || machine.sh(text))?;
        for line in said.lines() {
            if !self.proofs.read(story, line) {
                say(&format!("     {}", line.trim_start()));
            }
        }
        Ok(())
    }

    fn proves(&mut self, story: &str, ids: &str) {
        self.proofs.read(story, &format!("PROVED {ids}"));
    }
}

/// What the second machine needs of the first.
struct Backup {
    archive: Vec<u8>,
    password: Vec<u8>,
}

fn first(cache: &Cache, steps: &mut Steps) -> anyhow::Result<Backup> {
    let mut machine = steps.step("a fresh machine boots", || booted(cache, "nova-first"))?;
    steps.story(&machine, "refusals", "what stands in the way is said")?;
    steps.step("set up to where images are missing, which is said", || {
        until_images_are_missing(&machine)
    })?;
    steps.step(
        "images of Debian's packages; the web application's is a stand-in",
        || images::import(cache, &machine),
    )?;
    // Who sets a proxy need not think of this host.
    let named = format!("no_proxy= {} {PROVISIONER}", images::variables());
    steps.inside(&machine, "provision", "one command sets nova-ve up", &named)?;
    steps.proves("provision", "database.no_manual_commands");
    steps.story(
        &machine,
        "guacamole",
        "Guacamole's containers (a stand-in for its web application)",
    )?;
    steps.inside(&machine, "smoke", "smoke checks", &smoke())?;
    steps.proves("smoke", SMOKE);
    set_up_stories(&machine, steps)?;
    let backup = steps.step("the backup leaves the host", || take_backup(&machine))?;
    steps.step("the machine reboots", || machine.reboot())?;
    steps.story(
        &machine,
        "after-reboot",
        "nodes run, ping and smoke checks after it",
    )?;
    steps.story(&machine, "clone", "a clone gets an identity of its own")?;
    steps.step("the machine ends", || machine.end())?;
    Ok(backup)
}

/// On the machine as it was set up, before its first reboot.
fn set_up_stories(machine: &Machine, steps: &mut Steps) -> anyhow::Result<()> {
    steps.story(machine, "layout", "files, owners, units, listeners")?;
    steps.story(machine, "front-door", "who answers what on port 80")?;
    steps.step("a browser logs in through Caddy on port 80", || {
        browser(machine)
    })?;
    steps.proves("browser", "topology.relative_api tunables.discovered");
    steps.story(machine, "demo", "the demo lab starts and pings")?;
    steps.story(
        machine,
        "discovery",
        "what hands do to a lab's devices is told",
    )?;
    steps.step("from outside only port 80 answers", || scan::run(machine))?;
    steps.proves("scan", "ports.http ports.only_80");
    steps.story(
        machine,
        "services",
        "services end and come back, nodes run on",
    )?;
    steps.story(machine, "cadence", "the period of discovery")?;
    steps.story(machine, "database", "migrations and seed")?;
    steps.story(machine, "instance", "the instance id")?;
    steps.story(
        machine,
        "again",
        "set up again: nothing rotated or restarted",
    )?;
    steps.story(machine, "upgrade", "another version, and back")?;
    steps.story(machine, "secrets", "no secret is readable")?;
    steps.story(machine, "backup", "backup of a running lab")?;
    Ok(())
}

/// What the smoke checks are, as the contract names them.
const SMOKE: &str = "smoke.postgresql smoke.head smoke.admin smoke.backend smoke.health \
                     smoke.health_caddy smoke.html";

fn second(cache: &Cache, steps: &mut Steps, backup: &Backup) -> anyhow::Result<()> {
    let machine = steps.step("a second fresh machine boots", || {
        booted(cache, "nova-second")
    })?;
    killed::provision_killed_after_each_step(&machine, steps)?;
    machine.put("/root/first.tar.gz", &backup.archive)?;
    machine.put("/root/first-password", &backup.password)?;
    steps.story(
        &machine,
        "restore",
        "the backup is restored there, starts and pings",
    )?;
    steps.story(&machine, "frozen", "what the first release kept runs again")?;
    steps.story(&machine, "tls", "HTTPS under a name of its own")?;
    steps.step("the second machine ends", || machine.end())
}

fn booted(cache: &Cache, name: &str) -> anyhow::Result<Machine> {
    let mut machine = Machine::fresh(cache, name)?;
    machine.boot()?;
    Ok(machine)
}

const PROVISIONER: &str = "/opt/nova-ve/deploy/scripts/provision-ubuntu-2604.sh";

/// For machines without images.
pub fn provisioner() -> String {
    format!("NOVA_VE_GUACAMOLE=off {PROVISIONER}")
}

/// Docker reaches no registry from there; everything before is done.
fn until_images_are_missing(machine: &Machine) -> anyhow::Result<()> {
    let out = machine.ask(PROVISIONER)?;
    let errors = String::from_utf8_lossy(&out.stderr);
    if out.status.success() || !errors.contains("NOVA_VE_GUACDB_IMAGE") {
        bail!("it ended with {} and says:\n{errors}", out.status);
    }
    Ok(())
}

pub fn smoke() -> String {
    format!("{CHECKOUT}/deploy/scripts/smoke-check.sh")
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
        // It sees the machine's network already.
        .env("NOVA_VE_IP", "ip")
        .status()
        .context("failed to start npm")?;
    if !status.success() {
        bail!("the browser test ended with {status}");
    }
    Ok(())
}
