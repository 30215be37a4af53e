//! The table of rooms, as law: who may use whom, and what must never be in a room.
//!
//! Reads `cargo metadata` and, for what a dependency list cannot tell (a listener, a subprocess), the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::bail;
use cargo_metadata::{DependencyKind, MetadataCommand};

use crate::sh::{root, say};

/// Room → rooms it may use. `docs/architecture.md` has the same table in words.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("telemetry", &[]),
    ("formats", &["model"]),
    ("console", &[]),
    ("api", &["model"]),
    ("agent-api", &["model", "telemetry"]),
    ("store", &["model", "telemetry"]),
    ("fabric", &["model", "telemetry"]),
    ("runtime", &["model", "console"]),
    (
        "agent",
        &[
            "model",
            "agent-api",
            "fabric",
            "runtime",
            "console",
            "telemetry",
        ],
    ),
    (
        "server",
        &[
            "model",
            "formats",
            "api",
            "agent-api",
            "store",
            "console",
            "telemetry",
        ],
    ),
    ("cli", &["api", "formats", "model", "telemetry"]),
    ("bench", &["model", "formats", "agent-api", "api"]),
];

/// Room → crates from outside that must never be linked by it.
const MUST_NEVER_LINK: &[(&str, &[&str])] = &[
    ("model", &["tokio", "rand", "getrandom", "nix", "rustix"]),
    ("formats", &["tokio", "rand", "getrandom", "nix", "rustix"]),
    ("console", &["nix", "rustix"]),
    ("agent-api", &["axum", "sqlx"]),
    ("store", &["axum"]),
    ("fabric", &["axum", "sqlx"]),
    ("runtime", &["axum", "sqlx", "netlink-packet-route"]),
    (
        "agent",
        &["axum", "sqlx", "reqwest", "netlink-packet-route"],
    ),
    ("server", &["netlink-packet-route", "nix"]),
    ("cli", &["sqlx", "axum", "netlink-packet-route"]),
];

/// Room → words that must not stand in its sources, and why.
const MUST_NEVER_SAY: &[(&str, &str, &str)] = &[
    ("model", "std::fs", "model is pure"),
    ("model", "SystemTime", "time is a parameter"),
    ("formats", "std::fs", "formats is pure"),
    ("agent", "TcpListener", "the agent has no TCP listener"),
    ("runtime", "TcpListener", "the agent has no TCP listener"),
    ("fabric", "TcpListener", "the agent has no TCP listener"),
    ("server", "process::Command", "the server runs no process"),
    ("store", "process::Command", "the store runs no process"),
    (
        "fabric",
        "process::Command",
        "fabric speaks netlink; it runs no tool",
    ),
];

pub fn run() -> anyhow::Result<()> {
    let metadata = MetadataCommand::new()
        .current_dir(root())
        .no_deps()
        .exec()?;
    let mut wrong = Vec::new();
    let rooms: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    for package in &metadata.packages {
        inherits_lints(package.manifest_path.as_std_path(), &mut wrong);
        let Some(room) = package.name.strip_prefix("nova-") else {
            continue;
        };
        let Some(allowed) = rooms.get(room) else {
            wrong.push(format!(
                "{room} is no room of the table; add it there with its reason, or fold it into one"
            ));
            continue;
        };
        let normal = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind != DependencyKind::Development)
            .map(|dependency| dependency.name.as_str());
        check_links(room, allowed, normal, &mut wrong);
    }
    check_words(&mut wrong)?;
    if !wrong.is_empty() {
        bail!(
            "check-deps: {} wrong\n  {}",
            wrong.len(),
            wrong.join("\n  ")
        );
    }
    say("check-deps: every room keeps to the table");
    Ok(())
}

fn check_links<'a>(
    room: &str,
    allowed: &[&str],
    links: impl Iterator<Item = &'a str>,
    wrong: &mut Vec<String>,
) {
    let never: BTreeSet<&str> = MUST_NEVER_LINK
        .iter()
        .filter(|(name, _)| *name == room)
        .flat_map(|(_, crates)| crates.iter().copied())
        .collect();
    for link in links {
        if let Some(ours) = link.strip_prefix("nova-")
            && !allowed.contains(&ours)
        {
            wrong.push(format!(
                "{room} uses {ours}, which the table does not allow"
            ));
        }
        if never.contains(link) {
            wrong.push(format!("{room} links {link}, which it must never"));
        }
    }
}

/// Every crate takes lints from the workspace, or they hold nowhere.
fn inherits_lints(manifest: &Path, wrong: &mut Vec<String>) {
    let text = std::fs::read_to_string(manifest).unwrap_or_default();
    let inherits = text
        .parse::<toml::Table>()
        .ok()
        .and_then(|table| table.get("lints")?.get("workspace")?.as_bool())
        .unwrap_or(false);
    if !inherits {
        wrong.push(format!(
            "{} does not inherit the workspace's lints",
            manifest.display()
        ));
    }
}

fn check_words(wrong: &mut Vec<String>) -> anyhow::Result<()> {
    for (room, word, why) in MUST_NEVER_SAY {
        let folder = root().join("crates").join(room).join("src");
        for file in crate::check_size::sources(&folder, &["rs"])? {
            let text = std::fs::read_to_string(&file)?;
            let code = crate::check_size::without_tests(&text);
            if code
                .lines()
                .any(|line| !line.trim_start().starts_with("//") && line.contains(word))
            {
                wrong.push(format!("{}: says {word}, but {why}", file.display()));
            }
        }
    }
    Ok(())
}
