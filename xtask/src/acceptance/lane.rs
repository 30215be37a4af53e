//! Who runs the acceptance: an ordinary user (the embedded lane), or root in the host's namespaces.

use std::fmt;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use tempfile::TempDir;

use crate::sh::{call, ours, output, root, say};
use crate::test::{Counts, cargo_test_executables, count_output};

/// Made for the embedded lane where the caller is root.
const USER: &str = "nova-ve-test";

pub enum Lane {
    /// The caller is ordinary.
    Caller,
    /// The caller is root and becomes this user.
    User(&'static str),
    Root,
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Caller => f.write_str("as an ordinary user"),
            Self::User(name) => write!(f, "as the ordinary user {name}"),
            Self::Root => f.write_str("as root in the host's namespaces"),
        }
    }
}

impl Lane {
    /// The lanes that can run here.
    pub fn here(counts: &mut Counts) -> anyhow::Result<Vec<Self>> {
        if !nix::unistd::geteuid().is_root() {
            counts.skips.insert(
                "acceptance_as_root: the caller is no root; run `sudo ./x test` for it".into(),
            );
            return Ok(vec![Self::Caller]);
        }
        ensure_user()?;
        Ok(vec![Self::User(USER), Self::Root])
    }

    pub fn is_ordinary(&self) -> bool {
        match self {
            Self::Caller | Self::User(_) => true,
            Self::Root => false,
        }
    }

    /// A command that this lane's user runs, with a clean environment of his own.
    pub fn command(&self, program: &Path) -> Command {
        let Self::User(name) = self else {
            return Command::new(program);
        };
        let mut command = Command::new("setpriv");
        command
            .args([
                "--reuid",
                name,
                "--regid",
                name,
                "--init-groups",
                "--reset-env",
                "--",
            ])
            .arg("env")
            .args(inherited())
            .arg(program);
        command
    }
}

/// What `--reset-env` must not drop.
fn inherited() -> Vec<String> {
    [
        "CI",
        "NOVA_VE_SAMPLES",
        "NOVA_VE_BIN",
        "NOVA_VE_LABS",
        "RUST_BACKTRACE",
    ]
    .iter()
    .filter_map(|name| Some(format!("{name}={}", std::env::var(name).ok()?)))
    .collect()
}

/// The ordinary user of the tests, where they run as root.
///
/// `useradd` gives subordinate ids where the distribution is set up for them; else we do.
pub fn ensure_user() -> anyhow::Result<()> {
    if output("getent", &["passwd", USER]).is_err() {
        say(&format!(
            "Will be made: the ordinary user {USER} of the tests"
        ));
        call("useradd", &["--create-home", "--shell", "/bin/sh", USER])?;
    }
    let has_entry = |file: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.lines()
            .any(|line| line.starts_with(&format!("{USER}:")))
    };
    if !has_entry("/etc/subuid") || !has_entry("/etc/subgid") {
        call(
            "usermod",
            &[
                "--add-subuids",
                "700000-765535",
                "--add-subgids",
                "700000-765535",
                USER,
            ],
        )?;
    }
    Ok(())
}

/// Programs, labs and samples where every lane can read them.
pub struct Stage {
    folder: TempDir,
}

impl Stage {
    pub fn prepare() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("nova-ve-acceptance-")
            .permissions(Permissions::from_mode(0o755))
            .tempdir()?;
        let stage = Self { folder };
        for program in [
            "nova-ve",
            "nova-ve-agent",
            "nova-ve-server",
            "xtask",
            "attempt",
        ] {
            Self::take(&ours(program), &stage.bin().join(program))?;
        }
        Self::take_tree(&root().join("labs"), &stage.labs())?;
        if let Some(samples) = samples() {
            Self::take_tree(&samples.join("labs"), &stage.samples().join("labs"))?;
        }
        Ok(stage)
    }

    pub fn bin(&self) -> PathBuf {
        self.folder.path().join("bin")
    }

    pub fn labs(&self) -> PathBuf {
        self.folder.path().join("labs")
    }

    fn samples(&self) -> PathBuf {
        self.folder.path().join("samples")
    }

    fn take(from: &Path, to: &Path) -> anyhow::Result<()> {
        if let Some(parent) = to.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::copy(from, to).with_context(|| format!("failed to copy {}", from.display()))?;
        Ok(())
    }

    fn take_tree(from: &Path, to: &Path) -> anyhow::Result<()> {
        for entry in
            std::fs::read_dir(from).with_context(|| format!("failed to read {}", from.display()))?
        {
            let entry = entry?;
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                Self::take_tree(&entry.path(), &target)?;
            } else {
                Self::take(&entry.path(), &target)?;
                std::fs::set_permissions(&target, Permissions::from_mode(0o644))?;
            }
        }
        Ok(())
    }

    pub fn demo(&self, lane: &Lane) -> anyhow::Result<()> {
        let status = lane
            .command(&self.bin().join("xtask"))
            .args(["demo", "--check", "--bin"])
            .arg(self.bin())
            .arg("--labs")
            .arg(self.labs())
            .current_dir("/")
            .stdin(Stdio::null())
            .status()
            .context("failed to start the demo")?;
        if !status.success() {
            bail!("the demo {lane} ended with {status}");
        }
        Ok(())
    }

    /// The executables of `tests/system`, one after the other: they share the host.
    pub fn system_tests(&self, lane: &Lane) -> anyhow::Result<Counts> {
        let mut counts = Counts::default();
        for executable in cargo_test_executables("system-tests")? {
            let name = executable
                .file_name()
                .context("a test executable has a name")?;
            let here = self.bin().join(name);
            Self::take(&executable, &here)?;
            let out = self
                .in_stage(lane, &here)
                .args(["--test-threads=1", "--show-output"])
                .output()
                .with_context(|| format!("failed to start {}", here.display()))?;
            let text = String::from_utf8_lossy(&out.stdout).into_owned();
            say(text.trim_end());
            say(String::from_utf8_lossy(&out.stderr).trim_end());
            let counted = count_output(&text);
            if !out.status.success() && counted.failed == 0 {
                bail!(
                    "{} ended with {} before it could count",
                    here.display(),
                    out.status
                );
            }
            counts += counted;
        }
        Ok(counts)
    }

    /// A command of the lane that is told where everything lies.
    pub fn in_stage(&self, lane: &Lane, program: &Path) -> Command {
        let mut command = lane.command(Path::new("/usr/bin/env"));
        command.arg(format!("NOVA_VE_BIN={}", self.bin().display()));
        command.arg(format!("NOVA_VE_LABS={}", self.labs().display()));
        if self.samples().is_dir() {
            command.arg(format!("NOVA_VE_SAMPLES={}", self.samples().display()));
        }
        command.arg(program).current_dir("/").stdin(Stdio::null());
        command
    }
}

/// Other people's labs, where they are given.
fn samples() -> Option<PathBuf> {
    let given = std::env::var_os("NOVA_VE_SAMPLES").map(PathBuf::from);
    given
        .or_else(|| Some(root().parent()?.join("shared/samples")))
        .filter(|path| path.is_dir())
}
