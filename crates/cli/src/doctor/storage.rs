//! The data folder's disk.

use super::{Facts, Finding, Level};

const WANTED_MIB: u64 = 2048;
const NEEDED_MIB: u64 = 200;

/// File systems on which the database's locks cannot be trusted.
const ON_THE_NETWORK: [&str; 4] = ["nfs", "cifs", "smb2", "ceph"];

pub fn examine(facts: &Facts) -> Vec<Finding> {
    let folder = facts.who.data.display();
    let mut findings = Vec::new();
    let network = facts
        .probes
        .data_file_system
        .as_deref()
        .filter(|name| ON_THE_NETWORK.contains(name));
    if let Some(name) = network {
        findings.push(
            Finding::new(
                Level::Fail,
                "data folder",
                format!("{folder} lies on {name}; its database and identity need a local disk"),
            )
            .mend("give a local folder: nova-ve up --data DIR"),
        );
    }
    if let Some(mib) = facts.probes.data_free_mib {
        let says = format!("{} free for {folder}", human_mib(mib));
        findings.push(if mib < NEEDED_MIB {
            Finding::new(
                Level::Fail,
                "disk",
                format!("{says}: too little to write safely"),
            )
            .mend("make room, or give another folder: nova-ve up --data DIR")
        } else if mib < WANTED_MIB {
            Finding::new(
                Level::Warn,
                "disk",
                format!("{says}: enough for small labs only"),
            )
            .mend("make room, or give another folder: nova-ve up --data DIR")
        } else {
            Finding::new(Level::Ok, "disk", says)
        });
    }
    findings
}

fn human_mib(mib: u64) -> String {
    if mib < 1024 {
        return format!("{mib} MiB");
    }
    format!("{} GiB", mib / 1024)
}
