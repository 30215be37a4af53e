//! The web client in a real Chromium, against a real installation of the lane's user.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use super::lane::{Lane, Stage};
use crate::sh::{exists, root, say};
use crate::test::Counts;

pub fn run(stage: &Stage, lane: &Lane) -> anyhow::Result<Counts> {
    let mut counts = Counts::default();
    if !exists("chromium") {
        counts
            .skips
            .insert("browser: no chromium on this host; `apt install chromium`".into());
        return Ok(counts);
    }
    let data = lane_folder(lane)?;
    let nova = |args: &[&str]| -> anyhow::Result<()> {
        let status = lane
            .command(std::path::Path::new("/usr/bin/env"))
            .arg(format!("NOVA_VE_DATA={}", data.display()))
            .arg(stage.bin().join("nova-ve"))
            .args(args)
            .current_dir("/")
            .stdin(Stdio::null())
            .status()?;
        if !status.success() {
            bail!("nova-ve {} ended with {status}", args.join(" "));
        }
        Ok(())
    };
    nova(&["up", "-d"])?;
    let outcome = drive(&data);
    nova(&["down", "--purge", "--yes"])?;
    outcome?;
    counts.passed += 1;
    Ok(counts)
}

/// A data folder that the lane's user owns.
fn lane_folder(lane: &Lane) -> anyhow::Result<PathBuf> {
    let out = lane
        .command(std::path::Path::new("/usr/bin/mktemp"))
        .args(["--directory", "--tmpdir", "nova-ve-browser-XXXXXX"])
        .output()?;
    Ok(PathBuf::from(String::from_utf8(out.stdout)?.trim()))
}

/// `ip` on the host of an agent without root: in the namespaces that its holder holds.
fn ip_of(data: &std::path::Path) -> anyhow::Result<String> {
    let holder = std::fs::read_to_string(data.join("runtime/holder.json"))?;
    let holder: serde_json::Value = serde_json::from_str(&holder)?;
    let pid = holder["pid"].as_u64().context("holder.json has no pid")?;
    // Root is nobody in there, unless it becomes that namespace's root; another is it already.
    let credentials = if nix::unistd::geteuid().is_root() {
        ""
    } else {
        " --preserve-credentials"
    };
    Ok(format!("nsenter -t {pid} -U -n{credentials} ip"))
}

fn drive(data: &std::path::Path) -> anyhow::Result<()> {
    let up: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(data.join("up.json"))?)?;
    let url = up["url"].as_str().context("up.json has no url")?;
    let password = std::fs::read_to_string(data.join("admin-password"))?;
    let shots = root().join("web/e2e/shots");
    say(&format!("browser: {url}"));
    let status = Command::new("npm")
        .args(["run", "--silent", "e2e"])
        .current_dir(root().join("web"))
        .env("NOVA_VE_URL", url)
        .env("NOVA_VE_USER", "admin")
        .env("NOVA_VE_PASSWORD", password.trim())
        .env("NOVA_VE_SHOTS", &shots)
        .env("NOVA_VE_IP", ip_of(data)?)
        .stdin(Stdio::null())
        .status()
        .context("failed to start npm")?;
    if !status.success() {
        bail!(
            "the browser test ended with {status}; its pictures are in {}",
            shots.display()
        );
    }
    Ok(())
}
