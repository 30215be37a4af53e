//! What only a try can tell. Every try is harmless and lasts as long as its own little namespace.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::fs::{Access, access};
use serde::Deserialize;

/// What was tried; absent means that it could not be.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Probes {
    pub user_namespace: Option<Result<(), String>>,
    pub features: BTreeMap<String, bool>,
    pub frr_version: Option<String>,
    pub docker_socket_writable: Option<bool>,
    pub kvm_writable: Option<bool>,
    pub tun_writable: Option<bool>,
    pub data_free_mib: Option<u64>,
    pub data_file_system: Option<String>,
}

/// One line of output for each feature that works, in a namespace that is gone afterwards.
const FEATURE_SCRIPT: &str = "\
ip link add name pa type veth peer name pb && echo veth
ip link add name bridge0 type bridge && echo bridge
tc qdisc add dev pa clsact && echo clsact
tc filter add dev pa ingress protocol all prio 1 u32 match u32 0 0 && echo u32
tc filter add dev pa ingress protocol all prio 2 u32 match u32 0 0 \
  action mirred egress redirect dev pb && echo mirred
tc qdisc add dev pa root netem delay 1ms && echo netem && tc qdisc del dev pa root
tc qdisc add dev pa root tbf rate 1mbit burst 10k latency 10ms && echo tbf
true";

impl Probes {
    /// Tries everything; some tenths of a second.
    pub fn take(is_root: bool, data: &Path) -> Self {
        let mut probes = Self::take_start(is_root);
        probes.features = features(is_root);
        probes.frr_version = frr_version();
        probes.docker_socket_writable = writable("/run/docker.sock");
        probes.kvm_writable = writable("/dev/kvm");
        probes.tun_writable = writable("/dev/net/tun");
        let existing = data.ancestors().find(|folder| folder.exists());
        if let Some(folder) = existing {
            probes.data_free_mib = free_mib(folder);
            probes.data_file_system = file_system(folder);
        }
        probes
    }

    /// Only what `nova-ve up` asks at each start.
    pub fn take_start(is_root: bool) -> Self {
        Self {
            user_namespace: if is_root { None } else { user_namespace() },
            ..Self::default()
        }
    }
}

fn user_namespace() -> Option<Result<(), String>> {
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--net", "true"])
        .stdin(Stdio::null())
        .output()
        .ok()?;
    if output.status.success() {
        return Some(Ok(()));
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Some(Err(said.trim().trim_start_matches("unshare: ").to_owned()))
}

/// Empty where `unshare`, `ip` or `tc` is missing: then the lists of modules must tell.
fn features(is_root: bool) -> BTreeMap<String, bool> {
    let has = |name: &str| {
        ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
            .iter()
            .any(|folder| Path::new(folder).join(name).exists())
    };
    if !["unshare", "ip", "tc"].into_iter().all(has) {
        return BTreeMap::new();
    }
    let flags: &[&str] = if is_root {
        &["--net"]
    } else {
        &["--user", "--map-root-user", "--net"]
    };
    let output = Command::new("unshare")
        .args(flags)
        .args(["sh", "-c", FEATURE_SCRIPT])
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    match output {
        Ok(output) if output.status.success() => {
            let said = String::from_utf8_lossy(&output.stdout);
            ["veth", "bridge", "clsact", "u32", "mirred", "netem", "tbf"]
                .into_iter()
                .map(|name| (name.to_owned(), said.lines().any(|line| line == name)))
                .collect()
        }
        Ok(_) | Err(_) => BTreeMap::new(),
    }
}

/// The last word of `zebra version 8.4.4`.
fn frr_version() -> Option<String> {
    let output = Command::new("/usr/lib/frr/zebra")
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&output.stdout);
    said.lines()
        .next()?
        .split_whitespace()
        .last()
        .map(str::to_owned)
}

fn writable(path: &str) -> Option<bool> {
    Path::new(path)
        .exists()
        .then(|| access(path, Access::READ_OK | Access::WRITE_OK).is_ok())
}

fn free_mib(folder: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(folder).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize) / (1024 * 1024))
}

/// The name of file systems that matter here, by their magic numbers in `linux/magic.h`.
fn file_system(folder: &Path) -> Option<String> {
    let stat = rustix::fs::statfs(folder).ok()?;
    let name = match u64::try_from(stat.f_type).ok()? & 0xffff_ffff {
        0x6969 => "nfs",
        0xff53_4d42 => "cifs",
        0xfe53_4d42 => "smb2",
        0x00c3_6400 => "ceph",
        _ => return None,
    };
    Some(name.to_owned())
}
