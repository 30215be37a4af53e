//! What an ended installation must not leave: processes, devices, mounts.

use std::fs;
use std::path::Path;

/// Everything that still speaks of this data folder, as sentences.
pub fn left_behind(data: &Path) -> Vec<String> {
    let needle = data.display().to_string();
    let mut left = processes(&needle);
    left.extend(mounts(&needle));
    if nix::unistd::geteuid().is_root() {
        left.extend(devices());
    }
    left
}

fn processes(needle: &str) -> Vec<String> {
    let own = std::process::id().to_string();
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let pid = entry.file_name().to_string_lossy().into_owned();
        if pid == own || !pid.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let read = |name| fs::read(entry.path().join(name)).unwrap_or_default();
        let command = read("cmdline");
        let words = [command.clone(), read("environ")].concat();
        if String::from_utf8_lossy(&words).contains(needle) {
            let command = String::from_utf8_lossy(&command).replace('\0', " ");
            found.push(format!("process {pid}: {}", command.trim()));
        }
    }
    found
}

fn mounts(needle: &str) -> Vec<String> {
    let text = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let of_ours = text.lines().filter(|line| line.contains(needle));
    of_ours.map(|line| format!("mount: {line}")).collect()
}

/// Devices with the contract's names in this namespace.
pub(crate) fn devices() -> Vec<String> {
    let text = fs::read_to_string("/proc/self/net/dev").unwrap_or_default();
    let names = text
        .lines()
        .filter_map(|line| line.split(':').next().map(str::trim));
    let ours = names.filter(|name| name.starts_with("nve") || name.starts_with("nove"));
    ours.map(|name| format!("device: {name}")).collect()
}
