//! Folders, files and sysctls of the spec, put in place by root of the node inside its tree, so that
//! no path or link in them leads out.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::path::Path;

use model::spec::{DirSpec, FileSpec, NetnsSpec};

use super::super::accounts::Accounts;

/// Returns what was placed now and before (path → hash), and sentences on what could not be.
///
/// A file is placed when it is missing or when the spec's text is another than that placed last: so
/// what a person saved inside the node lives until the lab says something new or the node is wiped.
pub fn place(
    spec: &NetnsSpec,
    mut placed: BTreeMap<String, u64>,
) -> (BTreeMap<String, u64>, Vec<String>) {
    let accounts = Accounts::read(Path::new("/etc/passwd"));
    let mut problems = Vec::new();
    for (path, dir) in &spec.dirs {
        if let Err(error) = make_dir(path, dir, &accounts) {
            problems.push(format!("cannot make the folder {path}: {error}"));
        }
    }
    let generated = generated(spec);
    let files = generated
        .iter()
        .filter(|(path, _)| !spec.files.contains_key(*path));
    for (path, file) in files.chain(&spec.files) {
        let hash = hash_of(file);
        if placed.get(path) == Some(&hash) && fs::symlink_metadata(path).is_ok() {
            continue;
        }
        match write(path, file, &accounts) {
            Ok(()) => drop(placed.insert(path.clone(), hash)),
            Err(error) => problems.push(format!("cannot write {path}: {error}")),
        }
    }
    (placed, problems)
}

/// What a node knows of itself without being told.
fn generated(spec: &NetnsSpec) -> BTreeMap<String, FileSpec> {
    let name = &spec.hostname;
    let file = |content: String| FileSpec {
        content,
        mode: 0o644,
        owner: "root".into(),
    };
    let hosts = format!(
        "127.0.0.1 localhost\n127.0.1.1 {name}\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n"
    );
    BTreeMap::from([
        ("/etc/hostname".into(), file(format!("{name}\n"))),
        ("/etc/hosts".into(), file(hosts)),
    ])
}

fn hash_of(file: &FileSpec) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&file.content, file.mode, &file.owner).hash(&mut hasher);
    hasher.finish()
}

fn write(path: &str, file: &FileSpec, accounts: &Accounts) -> io::Result<()> {
    let path = Path::new(path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // Beside and renamed: a link or a fifo that the node left there is replaced, not followed.
    let mut beside = path.as_os_str().to_owned();
    beside.push(".nova-new");
    let beside = Path::new(&beside);
    fs::write(beside, &file.content)?;
    let (uid, gid) = accounts.or_root(&file.owner);
    chown(beside, Some(uid), Some(gid))?;
    fs::set_permissions(beside, fs::Permissions::from_mode(file.mode & 0o7777))?;
    fs::rename(beside, path)
}

fn make_dir(path: &str, dir: &DirSpec, accounts: &Accounts) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(path)?;
    let (uid, gid) = accounts.or_root(&dir.owner);
    chown(path, Some(uid), Some(gid))?;
    fs::set_permissions(path, fs::Permissions::from_mode(dir.mode & 0o7777))
}

/// Those that must be set before interfaces come (`conf/default`), and that ordinary users inside
/// may ping. Keys of interfaces that are not there yet come at the release.
pub fn first_sysctls(spec: &NetnsSpec, last_group: u32) -> Vec<String> {
    let ping = write_sysctl(
        "net.ipv4.ping_group_range",
        &format!("0 {}", last_group.min(65_534)),
    );
    let mut problems: Vec<String> = ping.err().into_iter().collect();
    for (key, value) in &spec.sysctls {
        if sysctl_path(key).is_some_and(|path| Path::new(&path).exists()) {
            problems.extend(write_sysctl(key, value).err());
        }
    }
    problems
}

/// All of the spec's, at the release.
pub fn sysctls(spec: &NetnsSpec) -> Vec<String> {
    let written = spec
        .sysctls
        .iter()
        .map(|(key, value)| write_sysctl(key, value));
    written.filter_map(Result::err).collect()
}

fn write_sysctl(key: &str, value: &str) -> Result<(), String> {
    let path = sysctl_path(key)
        .ok_or_else(|| format!("cannot set {key}: only net.* belongs to a node"))?;
    fs::write(&path, value).map_err(|error| format!("cannot set {key} to {value:?}: {error}"))
}

/// As `sysctl` reads keys: dots part, and a slash stands for a dot in a device's name.
pub fn sysctl_path(key: &str) -> Option<String> {
    let swapped: String = key
        .chars()
        .map(|c| match c {
            '.' => '/',
            '/' => '.',
            c => c,
        })
        .collect();
    let parts: Vec<&str> = swapped.split('/').collect();
    let sound =
        parts.first() == Some(&"net") && parts.iter().all(|part| !part.is_empty() && *part != "..");
    (sound && parts.len() > 1).then(|| format!("/proc/sys/{swapped}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sysctl_stays_below_net() {
        assert_eq!(
            sysctl_path("net.ipv4.ip_forward").as_deref(),
            Some("/proc/sys/net/ipv4/ip_forward")
        );
        let dotted = sysctl_path("net.ipv4.conf.eth0/7.forwarding");
        assert_eq!(
            dotted.as_deref(),
            Some("/proc/sys/net/ipv4/conf/eth0.7/forwarding")
        );
        for bad in [
            "kernel.hostname",
            "net",
            "net.//.kernel.hostname",
            "net..x",
            "",
            "/net",
        ] {
            assert_eq!(sysctl_path(bad), None, "{bad}");
        }
    }
}
