//! Everything that must stand before server and agent start. Each step may run again at any time.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;

use super::{AGENT, DataFolder, NOT_OURS, SERVER, instance, password};
use crate::doctor::{self, Facts, Probes, Who};
use crate::failure::{Exit, Failure};

/// The address that is tried first, and how many ports after it.
const FIRST_PORT: u16 = 8000;
const PORTS: u16 = 100;

/// Where the server shall listen.
#[derive(Debug, Clone, Copy)]
pub enum Listen {
    /// 127.0.0.1:8000, or the next port that is free.
    Default,
    At(SocketAddr),
}

impl Listen {
    /// A socket that listens there from now on.
    pub fn bind(self) -> anyhow::Result<TcpListener> {
        match self {
            Self::At(address) => TcpListener::bind(address).map_err(|error| {
                Failure::new(
                    Exit::UNAVAILABLE,
                    format!("cannot listen on {address}: {error}"),
                )
                .hint("give another address: --listen 127.0.0.1:0 takes any free port")
                .into()
            }),
            Self::Default => (FIRST_PORT..FIRST_PORT + PORTS)
                .chain([0])
                .find_map(|port| TcpListener::bind(("127.0.0.1", port)).ok())
                .ok_or_else(|| {
                    Failure::new(Exit::UNAVAILABLE, "no free port on 127.0.0.1")
                        .hint("give an address: --listen ADDRESS:PORT")
                        .into()
                }),
        }
    }
}

/// Makes folder, identity, database and first user; gives the password when it is new.
pub fn prepare(folder: &DataFolder) -> anyhow::Result<Option<String>> {
    folder.ensure()?;
    instance::ensure(&folder.file("instance_id"))?;
    let file = folder.file("admin-password");
    // A database without the file belongs to somebody who has changed the password and removed it.
    let drawn = if file.exists() || !folder.file("nova-ve.db").exists() {
        password::ensure(&file)?
    } else {
        None
    };
    let path = file.display().to_string();
    let seed = [
        "seed",
        "--migrate",
        "--username",
        "admin",
        "--password-file",
        &path,
    ];
    run_server(folder, if file.exists() { &seed } else { &["migrate"] })?;
    Ok(drawn)
}

fn run_server(folder: &DataFolder, args: &[&str]) -> anyhow::Result<()> {
    let mut command = Command::new(beside()?.join(SERVER));
    for name in NOT_OURS {
        command.env_remove(name);
    }
    let output = command
        .args(args)
        .arg("--data")
        .arg(folder.path())
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("failed to start {SERVER}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(
        Exit::CONFIG,
        format!(
            "{SERVER} {} failed ({}):\n{}",
            args[0],
            output.status,
            said.trim()
        ),
    )
    .into())
}

/// The folder of this program and its siblings.
pub fn beside() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe().context("failed to find this program's own path")?;
    program
        .parent()
        .map(Path::to_path_buf)
        .context("this program lies in no folder")
}

/// Refuses a host on which nothing could start, with what to do about it.
pub fn check_host(folder: &DataFolder) -> anyhow::Result<()> {
    let is_root = rustix::process::geteuid().is_root();
    let facts = doctor_facts(folder, Probes::take_start(is_root))?;
    let findings = doctor::examine_start(&facts);
    if findings.is_empty() {
        return Ok(());
    }
    let says: Vec<String> = findings
        .iter()
        .map(|finding| format!("\n  {}: {}", finding.what, finding.says))
        .collect();
    let mends: Vec<&str> = findings
        .iter()
        .filter_map(|finding| finding.mend.as_deref())
        .collect();
    Err(Failure::new(
        Exit::CONFIG,
        format!("nothing can start here:{}", says.concat()),
    )
    .hint(format!(
        "{}\n(all checks: nova-ve doctor)",
        mends.join("\n")
    ))
    .into())
}

/// What the doctor looks at on this very host.
pub fn doctor_facts(folder: &DataFolder, probes: Probes) -> anyhow::Result<Facts> {
    let program = std::env::current_exe().context("failed to find this program's own path")?;
    let uid = rustix::process::geteuid();
    let user = nix::unistd::User::from_uid(nix::unistd::Uid::from_raw(uid.as_raw()));
    let name = user
        .ok()
        .flatten()
        .map_or_else(|| uid.to_string(), |user| user.name);
    let who = Who {
        uid: uid.as_raw(),
        name,
        program: program.display().to_string(),
        beside: beside()?,
        data: folder.path().to_path_buf(),
    };
    Ok(Facts::read(Path::new("/"), who, probes))
}

/// Arguments of the two programs.
pub fn server_args(folder: &DataFolder) -> Vec<String> {
    let data = folder.path().display().to_string();
    ["serve", "--data", &data, "--listen-stdin"]
        .map(str::to_owned)
        .to_vec()
}

pub fn agent_args(folder: &DataFolder) -> Vec<String> {
    let data = folder.path().display().to_string();
    ["serve", "--data", &data].map(str::to_owned).to_vec()
}

/// Removes what `down --nodes` must not leave: kernel objects, supervisors, the holder. `purge`: and the
/// agent's files, which belong to ids that only the agent may delete.
pub fn sweep(folder: &DataFolder, purge: bool) -> anyhow::Result<()> {
    let output = Command::new(beside()?.join(AGENT))
        .args(["sweep", "--data"])
        .arg(folder.path())
        .args(purge.then_some("--purge"))
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("failed to start {AGENT}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(
        Exit::FAILED,
        format!(
            "not all that nodes may have left could be ended:\n{}",
            said.trim()
        ),
    )
    .hint("once more: nova-ve down --nodes")
    .into())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn a_taken_default_port_gives_way_to_the_next() {
        let first = Listen::Default.bind().unwrap();
        let second = Listen::Default.bind().unwrap();
        assert_ne!(first.local_addr().unwrap(), second.local_addr().unwrap());
    }

    #[test]
    fn a_taken_address_that_was_asked_for_is_an_error() {
        let any = Listen::At("127.0.0.1:0".parse().unwrap()).bind().unwrap();
        let address = any.local_addr().unwrap();
        assert_ne!(address.port(), 0);
        let error = Listen::At(address).bind().unwrap_err();
        assert!(error.to_string().contains("cannot listen on"), "{error}");
    }
}
