//! What a host has of ours: processes, namespaces, devices, mounts, sockets, cgroups, half-written files.
//!
//! `Host::of(data)` lists it; after whatever happened, `after.must_equal(&before)`. Of a host that others
//! use as well only what speaks of the data folder is listed, and what descends from it; in a pid and
//! network namespace of the test's own, everything.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::bail;

use crate::wait::wait_for;

/// What is there, as sentences; the same thing is the same sentence each time it is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host(BTreeSet<String>);

/// One process, as `/proc` shows it.
struct Process {
    parent: u32,
    name: String,
    start: String,
    speaks_of_data: bool,
}

impl Host {
    /// What there is now. `alone`: nobody else is in this pid namespace.
    pub fn of(data: &Path, alone: bool) -> Self {
        let mut all = BTreeSet::new();
        let processes = processes(data);
        let ours = if alone {
            processes.keys().copied().collect()
        } else {
            ours(&processes)
        };
        for pid in &ours {
            let process = &processes[pid];
            all.insert(format!(
                "process {pid} {} since {}",
                process.name, process.start
            ));
            all.extend(namespaces(*pid));
        }
        all.extend(devices());
        all.extend(mounts(data));
        all.extend(sockets(data));
        all.extend(cgroups(Path::new("/sys/fs/cgroup"), 0));
        all.extend(half_files(data));
        Self(all)
    }

    /// Says what came and what went.
    pub fn must_equal(&self, before: &Self) -> anyhow::Result<()> {
        let came: Vec<_> = self.0.difference(&before.0).cloned().collect();
        let went: Vec<_> = before.0.difference(&self.0).cloned().collect();
        if came.is_empty() && went.is_empty() {
            return Ok(());
        }
        bail!(
            "the host is not as it was\n  left over:\n    {}\n  missing:\n    {}",
            came.join("\n    "),
            went.join("\n    ")
        )
    }

    /// The same, but what ends by itself gets its time.
    pub fn must_become(
        data: &Path,
        alone: bool,
        before: &Self,
        limit_s: u64,
    ) -> anyhow::Result<()> {
        wait_for("the host as it was before", limit_s, || {
            Self::of(data, alone).must_equal(before).map(Some)
        })
    }
}

/// Neither us, nor those who only look, nor those who ended and are not waited for.
fn processes(data: &Path) -> BTreeMap<u32, Process> {
    let needle = data.display().to_string();
    let mut found = BTreeMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else {
            continue;
        };
        let Some((name, fields)) = stat(&entry.path()) else {
            continue;
        };
        if pid == std::process::id() || pid == 1 || matches!(fields[0].as_str(), "Z" | "X") {
            continue;
        }
        let speaks = ["cmdline", "environ", "mountinfo"].iter().any(|file| {
            let text = fs::read(entry.path().join(file)).unwrap_or_default();
            String::from_utf8_lossy(&text).contains(&needle)
        });
        let process = Process {
            parent: fields[1].parse().unwrap_or_default(),
            name,
            start: fields[19].clone(),
            speaks_of_data: speaks,
        };
        found.insert(pid, process);
    }
    found
}

/// The name, and the fields after it.
fn stat(folder: &Path) -> Option<(String, Vec<String>)> {
    let text = fs::read_to_string(folder.join("stat")).ok()?;
    let (head, rest) = text.rsplit_once(") ")?;
    let (_, name) = head.split_once('(')?;
    let fields: Vec<String> = rest.split(' ').map(str::to_owned).collect();
    (fields.len() > 19).then(|| (name.to_owned(), fields))
}

/// Those that speak of the folder, and what they started.
fn ours(processes: &BTreeMap<u32, Process>) -> BTreeSet<u32> {
    let mut ours: BTreeSet<u32> = BTreeSet::new();
    loop {
        let more: Vec<u32> = processes
            .iter()
            .filter(|(pid, process)| {
                !ours.contains(pid) && (process.speaks_of_data || ours.contains(&process.parent))
            })
            .map(|(pid, _)| *pid)
            .collect();
        if more.is_empty() {
            return ours;
        }
        ours.extend(more);
    }
}

/// Those of other processes than our own; where nobody may look, the process says enough.
fn namespaces(pid: u32) -> Vec<String> {
    let read = |who: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(format!("/proc/{who}/ns"))
            .into_iter()
            .flatten();
        let links = entries
            .flatten()
            .filter_map(|entry| Some(fs::read_link(entry.path()).ok()?.display().to_string()));
        links.collect()
    };
    let own = read("self");
    let others = read(&pid.to_string());
    others
        .difference(&own)
        .map(|name| format!("namespace {name}"))
        .collect()
}

/// With the contract's names, of the network namespace we are in.
pub(crate) fn devices() -> Vec<String> {
    let text = fs::read_to_string("/proc/self/net/dev").unwrap_or_default();
    let names = text
        .lines()
        .filter_map(|line| line.split(':').next().map(str::trim));
    let ours = names.filter(|name| name.starts_with("nve") || name.starts_with("nove"));
    ours.map(|name| format!("device {name}")).collect()
}

/// The namespaces of an engine's containers are whoever's made these; ours are seen by their data.
fn mounts(data: &Path) -> Vec<String> {
    const ENGINES: &str = "/docker/netns/";
    let needle = data.display().to_string();
    let text = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let ours = text
        .lines()
        .filter(|line| !line.contains(ENGINES))
        .filter(|line| line.contains(&needle) || line.contains(" nsfs "));
    ours.filter_map(|line| Some(format!("mount at {}", line.split(' ').nth(4)?)))
        .collect()
}

/// Sockets with a path below the folder, also those whose file is gone.
fn sockets(data: &Path) -> Vec<String> {
    let needle = data.display().to_string();
    let text = fs::read_to_string("/proc/self/net/unix").unwrap_or_default();
    let paths = text.lines().filter_map(|line| line.split(' ').next_back());
    let mut ours: Vec<String> = paths
        .filter(|path| path.contains(&needle))
        .map(|path| format!("socket {path}"))
        .collect();
    ours.sort();
    ours.dedup();
    ours
}

fn cgroups(folder: &Path, depth: u32) -> Vec<String> {
    const DEPTH: u32 = 4;
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        if entry.file_name().to_string_lossy().contains("nova") {
            found.push(format!("cgroup {}", entry.path().display()));
        }
        if depth < DEPTH {
            found.extend(cgroups(&entry.path(), depth + 1));
        }
    }
    found
}

/// Files that somebody began to write and did not finish. What a node wrote is its own.
fn half_files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && name != "data" {
            found.extend(half_files(&path));
        } else if is_half(&path) {
            found.push(format!("half file {}", path.display()));
        }
    }
    found
}

fn is_half(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| ["new", "tmp", "part"].contains(&extension))
}
