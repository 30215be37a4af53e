//! The installation that the demo starts, and what it asks the routers.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;
use tempfile::TempDir;

use super::signals::Interrupt;
use crate::sh::say;

/// One embedded nova-ve with a data folder of its own.
pub struct Installation {
    bin: PathBuf,
    data: TempDir,
    pub url: String,
    pub as_root: bool,
}

impl Installation {
    pub fn start(bin: &Path, _interrupt: &Interrupt) -> anyhow::Result<Self> {
        let data = tempfile::Builder::new()
            .prefix("nova-ve-demo-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir()?;
        let as_root = nix::unistd::geteuid().is_root();
        let mut installation = Self {
            bin: bin.to_owned(),
            data,
            url: String::new(),
            as_root,
        };
        installation.run(&["up", "-d"])?;
        installation.url = installation.read_url()?;
        Ok(installation)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(self.bin.join("nova-ve"));
        command
            .args(args)
            .env("NOVA_VE_DATA", self.data.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs `nova-ve …` and shows the command and what it prints.
    pub fn run(&self, args: &[&str]) -> anyhow::Result<()> {
        say(&format!("$ nova-ve {}", as_typed(args)));
        self.show(args)
    }

    /// Runs `nova-ve …` and shows what it prints.
    pub fn show(&self, args: &[&str]) -> anyhow::Result<()> {
        let status = self
            .command(args)
            .status()
            .context("failed to start nova-ve")?;
        if !status.success() {
            bail!("nova-ve {} ended with {status}", args.join(" "));
        }
        Ok(())
    }

    /// What `nova-ve …` prints.
    pub fn ask(&self, args: &[&str]) -> anyhow::Result<String> {
        let out = self
            .command(args)
            .output()
            .context("failed to start nova-ve")?;
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        if !out.status.success() {
            let errors = String::from_utf8_lossy(&out.stderr);
            bail!(
                "nova-ve {} ended with {}: {text}{errors}",
                args.join(" "),
                out.status
            );
        }
        Ok(text)
    }

    /// A long-running `nova-ve …` whose output is read later.
    pub fn spawn(&self, args: &[&str]) -> anyhow::Result<std::process::Child> {
        self.command(args)
            .stdout(Stdio::piped())
            .spawn()
            .context("failed to start nova-ve")
    }

    pub fn password(&self) -> anyhow::Result<String> {
        let path = self.data.path().join("admin-password");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("failed to read {}", path.display()))?;
        Ok(text.trim().to_owned())
    }

    fn read_url(&self) -> anyhow::Result<String> {
        let text = std::fs::read_to_string(self.data.path().join("up.json"))?;
        let up: Value = serde_json::from_str(&text)?;
        up["url"]
            .as_str()
            .map(str::to_owned)
            .context("up.json has no url")
    }

    /// Stops everything, nodes included, and looks that nothing is left.
    pub fn end(self) -> anyhow::Result<()> {
        self.run(&["down", "--purge", "--yes"])?;
        let folder = self.data.keep();
        let left = processes_of(&folder)?;
        if !left.is_empty() {
            bail!("processes are left behind: {}", left.join("; "));
        }
        if folder.exists() {
            bail!("{} is left behind", folder.display());
        }
        say("Nothing is left behind.");
        Ok(())
    }
}

/// Arguments as a person would type them: what has a space in it is quoted.
fn as_typed(args: &[&str]) -> String {
    let quoted = |arg: &&str| {
        if arg.contains(' ') {
            format!("{arg:?}")
        } else {
            (*arg).to_owned()
        }
    };
    let words = args.iter().map(quoted);
    words.collect::<Vec<_>>().join(" ")
}

/// Processes of ours that name this data folder in their arguments or environment.
fn processes_of(data: &Path) -> anyhow::Result<Vec<String>> {
    let needle = data.display().to_string();
    let own = std::process::id().to_string();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let path = entry?.path();
        let pid = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if pid == own || !pid.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let read = |name: &str| std::fs::read(path.join(name)).unwrap_or_default();
        let words = [read("cmdline"), read("environ")].concat();
        if String::from_utf8_lossy(&words).contains(&needle) {
            let command = String::from_utf8_lossy(&read("cmdline")).replace('\0', " ");
            found.push(format!("{pid} {}", command.trim()));
        }
    }
    Ok(found)
}

/// Every router of the triangle has two full neighbours.
pub fn wait_for_ospf(nova: &Installation, lab: &str, interrupt: &Interrupt) -> anyhow::Result<()> {
    let deadline = Instant::now() + Duration::from_secs(90);
    for router in ["r1", "r2", "r3"] {
        while full_neighbours(nova, lab, router)? < 2 {
            if Instant::now() > deadline {
                bail!(
                    "{router} has {} full neighbours after 90 s",
                    full_neighbours(nova, lab, router)?
                );
            }
            interrupt.pause()?;
        }
    }
    Ok(())
}

/// Counts `Full/…` in the state column of FRR's table.
fn full_neighbours(nova: &Installation, lab: &str, router: &str) -> anyhow::Result<usize> {
    let node = format!("{lab}/{router}");
    let text = nova.ask(&["exec", &node, "--", "vtysh", "-c", "show ip ospf neighbor"])?;
    Ok(text.matches("Full/").count())
}

/// The kernel's own word for what the contract calls our devices.
pub fn show_contract_names() -> anyhow::Result<()> {
    say("# bridge link show");
    let out = Command::new("bridge")
        .args(["link", "show"])
        .output()
        .context("failed to start bridge (iproute2)")?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let ours: Vec<&str> = text.lines().filter(|line| line.contains(": nve")).collect();
    for line in &ours {
        say(line);
    }
    if ours.is_empty() || !ours.iter().all(|line| line.contains("master nove")) {
        bail!("bridge link show does not name our ports and bridges:\n{text}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_command_can_be_typed_again() {
        let shown = as_typed(&["link", "cut", "OSPF triangle", "r1-r2"]);
        assert_eq!(shown, r#"link cut "OSPF triangle" r1-r2"#);
    }
}
