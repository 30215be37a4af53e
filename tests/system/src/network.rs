//! The host's network as the agent sees it, and a hand in it that is none of ours.
//!
//! As root a story is told in namespaces of its own, so that it may have an interface and an `agent.toml`
//! without touching the host; without root the agent's host is its holder's namespace, which is its own.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use nix::unistd::geteuid;
use serde_json::Value;

use crate::{Installation, Part, say};

const INSIDE: &str = "NOVA_VE_TEST_INSIDE";
/// Where the agent of root looks; the story has a layer of its own over the host's `/etc`.
const SYSTEM_CONFIG: &str = "/etc/nova-ve";
/// `$1`: an empty folder; the rest: what to run.
const APART: &str = r#"set -e
layer=$1; shift
ip link set lo up
mount -t tmpfs tmpfs "$layer"
mkdir "$layer/upper" "$layer/work"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$layer/upper,workdir=$layer/work" /etc
exec "$@""#;
/// An ordinary user's may not name where `ip` is.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Tells the story where its network is nobody else's; `test` is the calling test's own name.
pub fn apart(test: &str, story: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
    if !geteuid().is_root() || std::env::var_os(INSIDE).is_some() {
        return story();
    }
    let layer = tempfile::tempdir()?;
    let out = Command::new("unshare")
        .args(["--net", "--mount", "--", "sh", "-c", APART, "sh"])
        .arg(layer.path())
        .arg(std::env::current_exe()?)
        .args(["--exact", test, "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .context("failed to start unshare")?;
    // Not as they stand: who counts results would count that one twice.
    for stream in [&out.stdout, &out.stderr] {
        let said = String::from_utf8_lossy(stream);
        said.lines()
            .for_each(|line| say(&format!("inside: {line}")));
    }
    if !out.status.success() {
        bail!("{test} failed in its own namespaces: {}", out.status);
    }
    Ok(())
}

/// `nova-ve up -d` with this `agent.toml`; as root only within [`apart`].
pub fn up_with(agent_toml: &str) -> anyhow::Result<Installation> {
    let write = |folder: &Path| -> anyhow::Result<()> {
        let path = folder.join("agent.toml");
        std::fs::create_dir_all(folder)?;
        std::fs::write(&path, agent_toml)?;
        let owner_only = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        Ok(std::fs::set_permissions(&path, owner_only)?)
    };
    if geteuid().is_root() {
        write(Path::new(SYSTEM_CONFIG))?;
        return Installation::up();
    }
    // A folder that is no data folder yet must be empty.
    let nova = Installation::up()?;
    write(nova.data())?;
    nova.kill_and_wait_for_another(Part::Agent)?;
    Ok(nova)
}

/// `ip …` by hand where the agent's devices are; what it printed.
pub fn ip(nova: &Installation, words: &str) -> anyhow::Result<String> {
    let mut command = where_devices_are(nova)?;
    command.arg("ip").args(words.split(' '));
    let out = command.env("PATH", PATH).stdin(Stdio::null()).output()?;
    if !out.status.success() {
        bail!("ip {words}: {}", String::from_utf8_lossy(&out.stderr));
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// What `ip` knows of the devices that these words choose: `dev eth0`, `type bridge`.
pub fn shown(nova: &Installation, which: &str) -> anyhow::Result<Vec<Value>> {
    let text = ip(nova, &format!("-json link show {which}"))?;
    Ok(serde_json::from_str(&text)?)
}

fn where_devices_are(nova: &Installation) -> anyhow::Result<Command> {
    if geteuid().is_root() {
        return Ok(Command::new("env"));
    }
    let text = std::fs::read_to_string(nova.data().join("runtime/holder.json"))?;
    let holder: Value = serde_json::from_str(&text)?;
    let pid = holder["pid"].as_u64().context("the holder has a pid")?;
    let mut command = Command::new("nsenter");
    command.args(["--target", &pid.to_string()]).args([
        "--user",
        "--net",
        "--preserve-credentials",
        "--",
    ]);
    Ok(command)
}
