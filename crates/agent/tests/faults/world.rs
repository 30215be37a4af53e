//! Everything of the lab that can be seen from outside the agent, as lines that are the same whenever
//! the lab is: no pid, no time, no counter of wishes in them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use agent_api::AgentClient;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::common::{Daemon, exec, lab_id};

/// Printed inside a node: its devices, addresses, routes, mounts, processes.
const INSIDE: &str = "ip -j addr; ip -j route; ip -j -6 route; hostname; echo mounts; \
    cut -d' ' -f5,6,9- /proc/self/mountinfo; echo processes; cat /proc/[0-9]*/comm";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct World(Vec<String>);

impl World {
    pub async fn of(daemon: &Daemon, agent: &dyn AgentClient) -> Result<Self, String> {
        let mut lines = status(agent).await?;
        lines.extend(devices(daemon));
        for (folder, _) in daemon.node_pids() {
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            let node = name.rsplit('-').next().unwrap().parse().unwrap();
            let seen = exec(agent, node, &["/bin/sh", "-c", INSIDE]).await;
            if seen.status != 0 {
                return Err(format!("node {node}: {}", seen.text));
            }
            lines.extend(inside(node, &seen.text));
        }
        lines.extend(files(&daemon.folder().path().join("runtime")));
        lines.extend(processes());
        Ok(Self(lines))
    }

    pub fn hash(&self) -> String {
        let digest = Sha256::digest(self.0.join("\n"));
        let short = digest[..8].try_into().map_or(0, u64::from_be_bytes);
        format!("{short:016x}")
    }

    /// Lines that only one of the two has.
    pub fn difference(&self, wanted: &Self) -> String {
        let (here, there): (BTreeSet<_>, BTreeSet<_>) =
            (self.0.iter().collect(), wanted.0.iter().collect());
        let came = here.difference(&there).map(|line| format!("\n  + {line}"));
        let went = there.difference(&here).map(|line| format!("\n  - {line}"));
        came.chain(went).collect()
    }
}

async fn status(agent: &dyn AgentClient) -> Result<Vec<String>, String> {
    let status = agent.status().await.map_err(|error| error.to_string())?;
    let Some(lab) = status.labs.get(&lab_id()) else {
        let removed = status.removed.contains_key(&lab_id());
        return Ok(vec![format!("status: no lab, removed {removed}")]);
    };
    let nodes = lab.nodes.iter().map(|(id, node)| {
        let (word, detail) = (node.state.word(), node.state.detail());
        format!(
            "status: node {id} {word} {detail} pending {:?}",
            node.pending
        )
    });
    let links = lab.links.iter().map(|(id, link)| {
        let (a, b) = (link.a.carrier, link.b.carrier);
        format!("status: link {id} {:?} {} {a} {b}", link.plumbed, link.why)
    });
    let problems = lab.problems.iter();
    Ok(nodes
        .chain(links)
        .chain(problems.map(|problem| format!("status: problem {problem}")))
        .collect())
}

/// The agent's devices with masters and redirects.
fn devices(daemon: &Daemon) -> Vec<String> {
    let mut lines = Vec::new();
    for device in json(&daemon.on_its_host(&["ip", "-d", "-j", "link"])) {
        let name = device["ifname"].as_str().unwrap_or_default();
        let flags = device["flags"].as_array().cloned().unwrap_or_default();
        let has = |flag: &str| flags.iter().any(|each| each == flag);
        lines.push(format!(
            "device {name} {} master {} mtu {} group {} up {} carrier {} altnames {}",
            device["linkinfo"]["info_kind"],
            device["master"],
            device["mtu"],
            device["group"],
            has("UP"),
            has("LOWER_UP"),
            device["altnames"],
        ));
        if name.starts_with("nve") {
            let filters = daemon.on_its_host(&["tc", "filter", "show", "dev", name, "ingress"]);
            let leads = filters.split("to device ").skip(1);
            let leads: Vec<&str> = leads.filter_map(|rest| rest.split(')').next()).collect();
            lines.push(format!("redirect {name} {leads:?}"));
        }
    }
    for device in json(&daemon.on_its_host(&["ip", "-j", "address"])) {
        let name = device["ifname"].as_str().unwrap_or_default();
        let addresses = device["addr_info"].as_array();
        let global = addresses
            .into_iter()
            .flatten()
            .filter(|one| one["scope"] == "global");
        lines.extend(global.map(|one| format!("{name} has {}/{}", one["local"], one["prefixlen"])));
    }
    let rules = daemon.on_its_host(&["sh", "-c", "nft -s list table inet nova_ve || true"]);
    lines.extend(rules.lines().map(|line| format!("rule {}", line.trim())));
    lines.sort();
    lines
}

fn inside(node: u64, text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let (told, rest) = text.split_once("\nmounts\n").unwrap_or((text, ""));
    let (mounts, processes) = rest.split_once("processes\n").unwrap_or((rest, ""));
    for line in told.lines() {
        if line.starts_with('[') {
            lines.extend(json(line).iter().flat_map(in_words));
        } else {
            lines.push(line.to_owned());
        }
    }
    lines.extend(mounts.lines().map(|line| format!("mount {}", mount(line))));
    let mut running: Vec<&str> = processes.lines().collect();
    running.sort_unstable();
    lines.push(format!("processes {running:?}"));
    lines.sort();
    lines
        .iter()
        .map(|line| format!("in {node}: {line}"))
        .collect()
}

/// Without the paths of the host and the numbers of what is mounted.
fn mount(line: &str) -> String {
    let mut words = line.split(' ').filter(|word| *word != "-");
    let (place, flags) = (words.next(), words.next());
    format!(
        "{} {} {:?}",
        place.unwrap_or_default(),
        flags.unwrap_or_default(),
        words.next()
    )
}

/// A device, or a route, of `ip -j`; an IPv6 address of the kernel's own comes and goes with carrier.
fn in_words(value: &Value) -> Vec<String> {
    let Some(device) = value["ifname"].as_str() else {
        let to = &value["dst"];
        let is_own = to
            .as_str()
            .is_some_and(|to| to.starts_with("fe80") || to.starts_with("ff00"));
        let route = format!("route {to} via {} dev {}", value["gateway"], value["dev"]);
        return if is_own { Vec::new() } else { vec![route] };
    };
    let flags = value["flags"].as_array().cloned().unwrap_or_default();
    let has = |flag: &str| flags.iter().any(|each| each == flag);
    let (up, carrier) = (has("UP"), has("LOWER_UP"));
    let (mac, mtu) = (&value["address"], &value["mtu"]);
    let mut lines = vec![format!(
        "{device} {mac} mtu {mtu} up {up} carrier {carrier}"
    )];
    for address in value["addr_info"].as_array().into_iter().flatten() {
        if address["scope"] != "link" {
            let (local, length) = (&address["local"], &address["prefixlen"]);
            lines.push(format!("{device} has {local}/{length}"));
        }
    }
    lines
}

/// Paths with their kind and mode, and what the JSON files say. What nodes wrote, and logs, are not
/// the agent's.
fn files(folder: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    walk(folder, folder, &mut lines);
    lines.sort();
    lines
}

fn walk(root: &Path, folder: &Path, lines: &mut Vec<String>) {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(metadata) = fs::symlink_metadata(&path) else {
            continue;
        };
        let kind = match metadata.file_type() {
            kind if kind.is_dir() => "folder",
            kind if kind.is_socket() => "socket",
            kind if kind.is_file() => "file",
            _ => "other",
        };
        let below = path.strip_prefix(root).unwrap().display().to_string();
        let mode = metadata.permissions().mode();
        let is_json = path
            .extension()
            .is_some_and(|extension| extension == "json");
        let says = if is_json && below != "holder.json" {
            contents(&path)
        } else {
            String::new()
        };
        lines.push(format!("{kind} {below} {mode:o} {says}"));
        let is_others = ["base", "data", "logs"].contains(&&*entry.file_name().to_string_lossy());
        if kind == "folder" && !is_others {
            walk(root, &path, lines);
        }
    }
}

/// Without what is another one each time.
fn contents(path: &Path) -> String {
    let text = fs::read(path).unwrap_or_default();
    let Ok(mut value) = serde_json::from_slice(&text) else {
        return format!("half a file: {}", String::from_utf8_lossy(&text));
    };
    forget_numbers(&mut value);
    value.to_string()
}

fn forget_numbers(value: &mut Value) {
    const CHANGES: [&str; 8] = [
        "generation",
        "start",
        "wipe",
        "sha256",
        "pid",
        "start_time",
        "boot",
        "fingerprint",
    ];
    match value {
        Value::Object(map) => {
            map.retain(|key, _| !CHANGES.contains(&key.as_str()));
            map.values_mut().for_each(forget_numbers);
        }
        Value::Array(values) => values.iter_mut().for_each(forget_numbers),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Of this test's own pid namespace: names, and how deep in pid namespaces they are.
fn processes() -> Vec<String> {
    let mut lines = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Ok(status) = fs::read_to_string(entry.path().join("status")) else {
            continue;
        };
        let field = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key));
            line.unwrap_or_default().trim().to_owned()
        };
        let pid = entry.file_name().to_string_lossy().into_owned();
        if field("State:").starts_with('Z') || pid == std::process::id().to_string() {
            continue;
        }
        let depth = field("NSpid:").split_whitespace().count();
        lines.push(format!("process {} at depth {depth}", field("Name:")));
    }
    lines.sort();
    lines
}

fn json(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap_or_default()
}
