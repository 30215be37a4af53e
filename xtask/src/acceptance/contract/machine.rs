//! A whole systemd machine, made from packages and booted beside this host: the nearest stand-in for a
//! fresh Ubuntu 26.04 that a build machine can have.
//!
//! ```text
//! base.tar (cache) ─unpack─▶ fresh ─boot─▶ runs ─reboot─▶ runs ─end─▶ nothing is left
//! ```
//! It has a network of its own with nothing but `lo`; its way to the registries is `proxy`. Built
//! packages and downloads are kept in the cache folder, outside of the project; without them it takes
//! longer, nothing else.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::proxy;
use crate::sh::{pause, root, say};

const BOOT_WITHIN: Duration = Duration::from_mins(2);
const END_WITHIN: Duration = Duration::from_mins(1);
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Where the checkout lies in it.
pub const CHECKOUT: &str = "/opt/nova-ve";
/// What this host trusts, for registries behind a proxy that has a certificate of its own.
const TRUSTED: &str = "/usr/local/share/acceptance-ca.pem";
/// For cargo of the user who builds: the lane proves the way, not the optimiser.
const PROFILE: &str = "\
[profile.release]
opt-level = 1
lto = \"off\"
codegen-units = 16

[profile.release.package]
nova-server = { opt-level = 0 }
nova-cli = { opt-level = 0 }
nova-agent = { opt-level = 0 }
";

/// What is kept between runs; one run at a time has it.
pub struct Cache {
    folder: PathBuf,
    _alone: fs::File,
    /// An archive is made by one, and others wait for it.
    making: Mutex<()>,
}

impl Cache {
    /// `NOVA_VE_ACCEPTANCE_CACHE`, else a folder of this host.
    pub fn open() -> anyhow::Result<Self> {
        let given = std::env::var_os("NOVA_VE_ACCEPTANCE_CACHE").map(PathBuf::from);
        let folder = given.unwrap_or_else(|| "/var/cache/nova-ve-acceptance".into());
        for part in ["apt", "build/home/cargo"] {
            let part = folder.join(part);
            fs::create_dir_all(&part)
                .with_context(|| format!("failed to make {}", part.display()))?;
        }
        fs::write(folder.join("build/home/cargo/config.toml"), PROFILE)?;
        Ok(Self {
            _alone: alone(&folder)?,
            folder,
            making: Mutex::new(()),
        })
    }

    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// A clone of what is committed here. It is brought up to date and not made anew, so that only files
    /// that changed have a new time and only their crates are built again.
    fn checkout(&self) -> anyhow::Result<PathBuf> {
        let folder = self.folder.join("checkout");
        let kept = folder.join(".git").is_dir() && bring_up_to_date(&folder).is_ok();
        if !kept {
            remove_folder(&folder)?;
            run("git", |git| {
                git.args(["clone", "--quiet", "--no-hardlinks"])
                    .arg(root())
                    .arg(&folder)
            })?;
        }
        Ok(folder)
    }

    /// What a machine is made of.
    pub fn base(&self) -> anyhow::Result<PathBuf> {
        self.debian("base", "forky", None, "systemd-sysv,dbus")
    }

    /// A minimal Debian with these packages, as an archive; made once.
    pub fn debian(
        &self,
        name: &str,
        suite: &str,
        source: Option<&str>,
        packages: &str,
    ) -> anyhow::Result<PathBuf> {
        let archive = self.folder.join(format!("{name}-{suite}.tar"));
        let _making = self.making.lock();
        if archive.is_file() {
            return Ok(archive);
        }
        let new = self.folder.join(format!("{name}-{suite}.new.tar"));
        run("mmdebstrap", |debian| {
            debian.args(["--quiet", "--variant=minbase", "--dpkgopt=force-unsafe-io"]);
            debian.arg(format!("--include={packages}"));
            // Its signature counts, its age does not.
            debian.arg("--aptopt=Acquire::Check-Valid-Until \"false\"");
            debian.arg(suite).arg(&new).args(source)
        })?;
        fs::rename(&new, &archive)?;
        Ok(archive)
    }
}

pub struct Machine {
    name: String,
    root: PathBuf,
    cache: PathBuf,
    /// systemd-nspawn, and pid 1 of the machine as this host sees it; none while it is off.
    runs: Option<(Child, i32)>,
}

impl Machine {
    /// Unpacked, with a clone of this checkout in it; not booted.
    pub fn fresh(cache: &Cache, name: &str) -> anyhow::Result<Self> {
        let root = cache.path().join("machines").join(name);
        remove_later(&root)?;
        fs::create_dir_all(&root)?;
        let archive = cache.base()?;
        run("tar", |tar| {
            tar.arg("-C").arg(&root).arg("-xpf").arg(&archive)
        })?;
        let machine = Self {
            name: name.to_owned(),
            cache: cache.path().to_owned(),
            root,
            runs: None,
        };
        machine.give_trust()?;
        // What dpkg writes need not outlive this host's loss of power.
        fs::write(
            machine.root.join("etc/dpkg/dpkg.cfg.d/acceptance"),
            "force-unsafe-io\n",
        )?;
        machine.give_checkout(cache)?;
        Ok(machine)
    }

    fn give_trust(&self) -> anyhow::Result<()> {
        let bundle = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
        let bundle = bundle.unwrap_or_else(|| "/etc/ssl/certs/ca-certificates.crt".into());
        let to = self.root.join(TRUSTED.trim_start_matches('/'));
        if bundle.is_file() {
            fs::copy(&bundle, to)
                .with_context(|| format!("failed to copy {}", bundle.display()))?;
        }
        Ok(())
    }

    fn give_checkout(&self, cache: &Cache) -> anyhow::Result<()> {
        let to = self.root.join(CHECKOUT.trim_start_matches('/'));
        let from = cache.checkout()?;
        run("cp", |copy| copy.arg("-a").arg(&from).arg(&to))
    }

    /// Until systemd says that it is up.
    pub fn boot(&mut self) -> anyhow::Result<()> {
        fs::create_dir_all("/run/systemd/nspawn/propagate")?;
        let console = fs::File::create(self.cache.join(format!("{}.console", self.name)))?;
        // Where this is interrupted the machine ends with it.
        let nspawn = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "systemd-nspawn"])
            .args([
                "--boot",
                "--register=no",
                "--keep-unit",
                "--private-network",
            ])
            .args(["--capability=all", "--quiet"])
            .arg("--system-call-filter=add_key keyctl bpf @clock @module")
            .arg(format!("--machine={}", self.name))
            .arg("--directory")
            .arg(&self.root)
            .arg(self.bind("apt", "/var/cache/apt/archives"))
            .arg(self.bind("build", "/var/cache/nova-ve"))
            .env("SYSTEMD_NSPAWN_UNIFIED_HIERARCHY", "1")
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(console.try_clone()?)
            .stderr(console)
            .spawn()
            .context("failed to start systemd-nspawn")?;
        let init = wait_for(BOOT_WITHIN, || init_of(nspawn.id()))
            .context("the machine has no first process")?;
        self.runs = Some((nspawn, init));
        proxy::serve(init)?;
        wait_for(BOOT_WITHIN, || {
            let state = self.output("systemctl is-system-running").ok()?;
            ["running", "degraded"]
                .contains(&state.trim())
                .then_some(())
        })
        .with_context(|| format!("the machine {} does not come up", self.name))
    }

    fn bind(&self, part: &str, to: &str) -> String {
        format!("--bind={}:{to}", self.cache.join(part).display())
    }

    /// Runs the shell text as root in it and gives what was printed; fails with all that was said.
    pub fn sh(&self, text: &str) -> anyhow::Result<String> {
        let out = self.ask(text)?;
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        if !out.status.success() {
            let errors = String::from_utf8_lossy(&out.stderr);
            bail!(
                "{} ended with {} in {}:\n{said}{errors}",
                text.lines().next().unwrap_or_default(),
                out.status,
                self.name
            );
        }
        Ok(said)
    }

    /// What is printed, whatever the status.
    fn output(&self, text: &str) -> anyhow::Result<String> {
        Ok(String::from_utf8_lossy(&self.ask(text)?.stdout).into_owned())
    }

    /// Status, output and errors of the shell text.
    pub fn ask(&self, text: &str) -> anyhow::Result<Output> {
        self.command(text)?
            .stdin(Stdio::null())
            .output()
            .context("failed to start nsenter")
    }

    /// A shell in it, with the environment that a person who logs in has, and the proxy.
    pub fn command(&self, text: &str) -> anyhow::Result<Command> {
        let mut command = self.enter(&["--all"])?;
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        command.args(["env", "--ignore-environment"]);
        command.args([&format!("PATH={path}"), "HOME=/root", "LANG=C.UTF-8"]);
        for name in ["http_proxy", "https_proxy"] {
            command.arg(format!("{name}=http://{}", proxy::ADDRESS));
        }
        command.arg("no_proxy=127.0.0.1,localhost");
        for name in ["SSL_CERT_FILE", "CARGO_HTTP_CAINFO", "NODE_EXTRA_CA_CERTS"] {
            command.arg(format!("{name}={TRUSTED}"));
        }
        command.arg("NOVA_VE_SKIP_OS_CHECK=1");
        command.args(["bash", "-euo", "pipefail", "-c", text]);
        Ok(command)
    }

    /// A program of this host that sees the machine's network alone: a browser.
    pub fn in_its_network(&self, program: &str) -> anyhow::Result<Command> {
        let mut command = self.enter(&["--net"])?;
        command.arg(program);
        Ok(command)
    }

    /// Its network namespace.
    pub fn network(&self) -> anyhow::Result<fs::File> {
        let (_, init) = self.runs.as_ref().context("the machine is off")?;
        Ok(fs::File::open(format!("/proc/{init}/ns/net"))?)
    }

    /// A file of it.
    pub fn take(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        let here = self.root.join(path.trim_start_matches('/'));
        fs::read(&here).with_context(|| format!("failed to read {path} of the machine"))
    }

    /// A large file of this host for it.
    pub fn lay(&self, path: &str, from: &Path) -> anyhow::Result<()> {
        let here = self.root.join(path.trim_start_matches('/'));
        fs::copy(from, &here).with_context(|| format!("failed to copy {}", from.display()))?;
        Ok(())
    }

    /// A file for it, root's alone.
    pub fn put(&self, path: &str, contents: &[u8]) -> anyhow::Result<()> {
        let here = self.root.join(path.trim_start_matches('/'));
        fs::write(&here, contents)?;
        let own = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(&here, own)?;
        Ok(())
    }

    fn enter(&self, namespaces: &[&str]) -> anyhow::Result<Command> {
        let (_, init) = self.runs.as_ref().context("the machine is off")?;
        let mut command = Command::new("nsenter");
        command.arg("--target").arg(init.to_string());
        command.args(namespaces).arg("--");
        Ok(command)
    }

    /// As a person reboots it.
    pub fn reboot(&mut self) -> anyhow::Result<()> {
        // The command itself may end with the machine.
        let _ = self.ask("systemctl reboot");
        self.wait_until_off()?;
        self.boot()
    }

    fn wait_until_off(&mut self) -> anyhow::Result<()> {
        let (mut nspawn, init) = self.runs.take().context("the machine is off")?;
        let status = wait_for(END_WITHIN, || nspawn.try_wait().ok().flatten());
        if let Ok(status) = status {
            // 133: it asks to be started again.
            return match (status.code(), status.signal()) {
                (Some(0 | 133), _) => Ok(()),
                (code, signal) => {
                    bail!("systemd-nspawn ended with {code:?}, signal {signal:?}")
                }
            };
        }
        let _ = kill(Pid::from_raw(init), Signal::SIGKILL);
        let _ = nspawn.kill();
        let _ = nspawn.wait();
        bail!(
            "the machine {} did not go down within {} s",
            self.name,
            END_WITHIN.as_secs()
        )
    }

    /// Off, and its files removed.
    pub fn end(mut self) -> anyhow::Result<()> {
        let _ = self.ask("systemctl poweroff");
        self.wait_until_off()?;
        remove_later(&self.root)
    }
}

/// After a failure nothing may go on running; the files stay, to be looked at. Where
/// `NOVA_VE_ACCEPTANCE_KEEP=1` is set, the machine runs on until somebody powers it off.
impl Drop for Machine {
    fn drop(&mut self) {
        if let Some((mut nspawn, init)) = self.runs.take() {
            if kept() {
                say(&format!(
                    "{} runs on, with its way to the registries: `nsenter --target {init} --all`; `systemctl poweroff` in it ends it",
                    self.name
                ));
                let _ = nspawn.wait();
                return;
            }
            let _ = kill(Pid::from_raw(init), Signal::SIGKILL);
            let _ = nspawn.kill();
            let _ = nspawn.wait();
        }
    }
}

/// Until the file is closed, at the latest with this process.
fn alone(folder: &Path) -> anyhow::Result<fs::File> {
    let file = fs::File::create(folder.join("lock"))?;
    if file.try_lock().is_err() {
        say(&format!(
            "another run uses {}; waiting for it to end",
            folder.display()
        ));
        file.lock()?;
    }
    Ok(file)
}

/// Is a machine to be left running when a step fails, so that the step can be tried again by hand?
pub fn kept() -> bool {
    std::env::var("NOVA_VE_ACCEPTANCE_KEEP").is_ok_and(|value| value == "1")
}

fn bring_up_to_date(checkout: &Path) -> anyhow::Result<()> {
    let git = |args: &[&str]| run("git", |git| git.arg("-C").arg(checkout).args(args));
    git(&["remote", "set-url", "origin", &root().display().to_string()])?;
    git(&["fetch", "--quiet", "origin", "HEAD"])?;
    git(&["reset", "--quiet", "--hard", "FETCH_HEAD"])?;
    git(&["clean", "--quiet", "--force", "-dx"])
}

/// Out of the way now; removed beside what follows, and what is not by the end of this run by the next one:
/// a disk that is told of every freed block takes minutes over a machine.
fn remove_later(folder: &Path) -> anyhow::Result<()> {
    let gone = folder.with_file_name("gone");
    fs::create_dir_all(&gone)?;
    if folder.exists() {
        let into = tempfile::tempdir_in(&gone)?.keep();
        fs::rename(folder, into.join("machine"))
            .with_context(|| format!("failed to move {} away", folder.display()))?;
    }
    thread::spawn(move || {
        for old in fs::read_dir(&gone).into_iter().flatten().flatten() {
            // What is left is tried again by the next run.
            let _ = fs::remove_dir_all(old.path());
        }
    });
    Ok(())
}

fn remove_folder(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)
            .with_context(|| format!("failed to remove {}", folder.display()))?;
    }
    Ok(())
}

/// The machine's pid 1: the child of systemd-nspawn that has become systemd.
fn init_of(nspawn: u32) -> Option<i32> {
    let tasks = fs::read_dir(format!("/proc/{nspawn}/task")).ok()?;
    let children =
        tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("children")).ok());
    let children: Vec<String> = children.collect();
    let mut pids = children
        .iter()
        .flat_map(|line| line.split_whitespace())
        .filter_map(|pid| pid.parse().ok());
    pids.find(|pid: &i32| {
        fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "systemd")
    })
}

/// Asks until there is an answer.
pub fn wait_for<T>(within: Duration, mut ask: impl FnMut() -> Option<T>) -> anyhow::Result<T> {
    let deadline = Instant::now() + within;
    loop {
        if let Some(answer) = ask() {
            return Ok(answer);
        }
        if Instant::now() > deadline {
            bail!("nothing within {} s", within.as_secs());
        }
        pause(LOOK_EVERY);
    }
}

pub fn run(program: &str, fill: impl FnOnce(&mut Command) -> &mut Command) -> anyhow::Result<()> {
    let mut command = Command::new(program);
    let out = fill(&mut command)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("failed to start {program}"))?;
    if !out.status.success() {
        bail!("{program}: {}", String::from_utf8_lossy(&out.stderr).trim());
    }
    Ok(())
}
