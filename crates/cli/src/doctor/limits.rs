//! Limits that a small host sets and a large lab hits.

use super::{Facts, Finding, Level};

/// A sysctl, the least value for a lab of 200 nodes and 1000 links, and what is hit below it.
struct Limit {
    name: &'static str,
    least: u64,
    set: u64,
    hit: &'static str,
}

const LIMITS: [Limit; 8] = [
    Limit {
        name: "kernel.pid_max",
        least: 32_768,
        set: 4_194_304,
        hit: "processes of all nodes together",
    },
    Limit {
        name: "kernel.threads-max",
        least: 16_384,
        set: 131_072,
        hit: "threads of all nodes together",
    },
    Limit {
        name: "fs.file-max",
        least: 100_000,
        set: 1_048_576,
        hit: "open files of all nodes together",
    },
    Limit {
        name: "fs.inotify.max_user_instances",
        least: 512,
        set: 8192,
        hit: "programs in nodes that watch files",
    },
    Limit {
        name: "fs.inotify.max_user_watches",
        least: 65_536,
        set: 524_288,
        hit: "files watched in nodes",
    },
    Limit {
        name: "kernel.keys.maxkeys",
        least: 2000,
        set: 20_000,
        hit: "key rings, one for each node and container",
    },
    Limit {
        name: "kernel.pty.max",
        least: 1024,
        set: 4096,
        hit: "open consoles",
    },
    Limit {
        name: "net.ipv4.neigh.default.gc_thresh3",
        least: 4096,
        set: 16_384,
        hit: "neighbours (ARP) of all nodes together",
    },
];

/// Soft limits of a process, by their names in `/proc/self/limits`.
const PROCESS_LIMITS: [(&str, u64, &str); 2] = [
    ("Max open files", 1024, "-n"),
    ("Max processes", 4096, "-u"),
];

pub fn examine(facts: &Facts) -> Vec<Finding> {
    let mut findings: Vec<Finding> = LIMITS
        .iter()
        .filter_map(|limit| system(facts, limit))
        .collect();
    findings.extend(
        PROCESS_LIMITS
            .iter()
            .filter_map(|(name, least, flag)| process(facts, name, *least, flag)),
    );
    if LIMITS
        .iter()
        .all(|limit| facts.sysctl(limit.name).is_none())
    {
        findings.push(Finding::new(Level::Note, "limits", "cannot be read here"));
    } else if findings.is_empty() {
        findings.push(Finding::new(
            Level::Ok,
            "limits",
            "wide enough for a lab of 200 nodes",
        ));
    }
    findings
}

fn system(facts: &Facts, limit: &Limit) -> Option<Finding> {
    let value = facts.sysctl(limit.name)?;
    (value < limit.least).then(|| {
        Finding::new(
            Level::Warn,
            limit.name,
            format!("{value} is little for large labs: {}", limit.hit),
        )
        .mend(format!(
            "echo '{} = {}' | sudo tee -a /etc/sysctl.d/60-nova-ve.conf && sudo sysctl --system",
            limit.name, limit.set
        ))
    })
}

fn process(facts: &Facts, name: &str, least: u64, flag: &str) -> Option<Finding> {
    let value = facts.process_limit(name)?;
    (value < least).then(|| {
        Finding::new(
            Level::Warn,
            "process limits",
            format!("{} is {value} for {}", name.to_lowercase(), facts.who.name),
        )
        .mend(format!(
            "ulimit {flag} {least}, or in /etc/security/limits.conf"
        ))
    })
}
