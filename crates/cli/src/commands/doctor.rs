//! `doctor`: what this host can do, and how to mend what it cannot.

use std::io::IsTerminal;
use std::process::Command;

use anyhow::Context;

use crate::connect::Global;
use crate::doctor::{Level, Probes, examine, report};
use crate::embedded::{AGENT, beside, doctor_facts};
use crate::failure::{Exit, Failure};
use crate::output::{answer, print};

const PROFILE: &str = include_str!("../../../../deploy/apparmor/nova-ve.in");
const PROFILE_PATH: &str = "/etc/apparmor.d/nova-ve";

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Allow user namespaces to our agent where AppArmor denies them (as root, once)
    #[arg(long)]
    install_apparmor_profile: bool,
}

pub fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    if args.install_apparmor_profile {
        return install_profile();
    }
    let folder = global.folder()?;
    let probes = Probes::take(rustix::process::geteuid().is_root(), folder.path());
    let findings = examine(&doctor_facts(&folder, probes)?);
    answer(global.format(), &findings, |findings| {
        report(findings, paint)
    })?;
    let failed = findings.iter().any(|finding| finding.level == Level::Fail);
    Ok(if failed { Exit::FAILED } else { Exit::DONE })
}

fn paint(level: Level, word: &str) -> String {
    let colours = std::io::stdout().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    if !colours {
        return word.to_owned();
    }
    let code = match level {
        Level::Ok => 32,
        Level::Note => 36,
        Level::Warn => 33,
        Level::Fail => 31,
    };
    format!("\x1b[{code}m{word}\x1b[0m")
}

fn install_profile() -> anyhow::Result<Exit> {
    if !rustix::process::geteuid().is_root() {
        return Err(
            Failure::new(Exit::NO_PERMISSION, "only root may install a profile")
                .hint("sudo nova-ve doctor --install-apparmor-profile")
                .into(),
        );
    }
    let agent = beside()?.join(AGENT);
    let path = agent.display().to_string();
    if path.contains(['"', '@', '\n', '*', '?', '[', '{']) {
        return Err(
            Failure::new(Exit::CONFIG, format!("a profile cannot name {path:?}"))
                .hint("move the programs to a folder with a plain name")
                .into(),
        );
    }
    std::fs::write(PROFILE_PATH, PROFILE.replace("@AGENT@", &path))
        .with_context(|| format!("failed to write {PROFILE_PATH}"))?;
    let loaded = Command::new("apparmor_parser")
        .args(["--replace", PROFILE_PATH])
        .status()
        .context("failed to start apparmor_parser; is the package apparmor installed?")?;
    if !loaded.success() {
        return Err(Failure::new(Exit::OS, format!("apparmor_parser ended with {loaded}")).into());
    }
    print(&format!("{PROFILE_PATH} allows user namespaces to {path}"));
    Ok(Exit::DONE)
}
