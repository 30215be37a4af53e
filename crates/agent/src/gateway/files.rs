//! Files of a lab's networks: names and addresses of its nodes, for its servers and its nodes.
//!
//! They are written over what is there, not beside it: a node may have one of them bound into its tree,
//! and would go on seeing the old one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use model::NetworkId;
use model::networks::{domain, label, names_on, ports_on};
use model::seen::PortId;
use model::spec::LabSpec;
use runtime::LabNames;

use super::{addresses, is_drawn};

/// Names of all nodes that are on the management network, in the form of `/etc/hosts`.
const HOSTS: &str = "hosts";
const OF_EVERY_NODE: &str = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n\
                             ff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n";
/// Anybody may read them: servers run without rights, and nodes as other users.
const FILE_MODE: u32 = 0o644;
const FOLDER_MODE: u32 = 0o755;

/// What a resolved wish says of a lab's files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// Of the management network; none: the lab has none.
    pub hosts: Option<LabNames>,
    /// For each network that is served: names, and who gets which address.
    pub networks: BTreeMap<NetworkId, [(&'static str, String); 2]>,
}

impl Contents {
    pub fn of(spec: &LabSpec) -> Self {
        let served = spec.networks.iter().filter(|(id, _)| is_drawn(spec, **id));
        let networks = served.clone().map(|(&id, _)| {
            let files = [("names", names(spec, id)), ("dhcp", dhcp(spec, id))];
            (id, files)
        });
        let mut managed = served.filter(|(_, network)| {
            let gateway = network.gateway.as_ref();
            gateway.is_some_and(|gateway| gateway.management)
        });
        Self {
            networks: networks.collect(),
            hosts: managed.next().map(|(&id, _)| hosts(spec, id)),
        }
    }

    /// Networks whose files are others now.
    pub fn write(&self, folder: &Path) -> io::Result<BTreeSet<NetworkId>> {
        if self.networks.is_empty() && !folder.exists() {
            return Ok(BTreeSet::new());
        }
        ensure_folder(folder)?;
        match &self.hosts {
            Some(names) => {
                let text = format!("{OF_EVERY_NODE}{}", names.lines);
                write_over(&folder.join(HOSTS), &text)?;
            }
            None => remove(&folder.join(HOSTS))?,
        }
        let mut changed = BTreeSet::new();
        for (id, files) in &self.networks {
            for (name, content) in files {
                if write_over(&folder.join(format!("n{id}.{name}")), content)? {
                    changed.insert(*id);
                }
            }
        }
        Ok(changed)
    }
}

/// One that others may look into.
pub(super) fn ensure_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(FOLDER_MODE)
        .create(folder)?;
    std::fs::set_permissions(folder, Permissions::from_mode(FOLDER_MODE))
}

/// Whether it is another than before.
pub(super) fn write_over(path: &Path, content: &str) -> io::Result<bool> {
    if std::fs::read(path).is_ok_and(|old| old == content.as_bytes()) {
        return Ok(false);
    }
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    file.set_permissions(Permissions::from_mode(FILE_MODE))?;
    file.write_all(content.as_bytes())?;
    file.set_len(u64::try_from(content.len()).unwrap_or(u64::MAX))?;
    Ok(true)
}

/// Everything of one network.
pub(super) fn remove_all(folder: &Path, network: NetworkId) -> io::Result<()> {
    for name in ["conf", "names", "dhcp", "leases", "pid", "log"] {
        remove(&folder.join(format!("n{network}.{name}")))?;
    }
    Ok(())
}

pub(super) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn names(spec: &LabSpec, network: NetworkId) -> String {
    let mut text = String::new();
    for named in names_on(spec, network) {
        line(&mut text, &format!("{} {}", named.address, named.name));
    }
    text
}

fn hosts(spec: &LabSpec, network: NetworkId) -> LabNames {
    let domain = domain(spec);
    let mut names = LabNames::default();
    for named in names_on(spec, network) {
        let (address, name) = (named.address, named.name);
        line(
            &mut names.lines,
            &format!("{address} {name}.{domain} {name}"),
        );
    }
    let on_it = ports_on(spec, network).into_iter();
    names.nodes = on_it.map(|port| port.node).collect();
    names
}

/// Each interface gets the addresses that it has by the wish, and its node's name, of which a node has
/// one on a network.
fn dhcp(spec: &LabSpec, network: NetworkId) -> String {
    let gateway = spec
        .networks
        .get(&network)
        .and_then(|own| own.gateway.as_ref());
    let nets = gateway.map(addresses).unwrap_or_default();
    let mut named = BTreeSet::new();
    let mut text = String::new();
    for PortId { node, interface } in ports_on(spec, network) {
        let Some(node_spec) = spec.nodes.get(&node) else {
            continue;
        };
        let Some(own) = node_spec.interfaces.get(&interface) else {
            continue;
        };
        let mut words = vec![own.mac.to_string()];
        let inside = own.addresses.iter().map(|address| address.0.addr());
        let inside = inside.filter(|ip| nets.iter().any(|net| net.contains(ip)));
        words.extend(inside.map(|ip| match ip {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        }));
        let name = label(&node_spec.name).filter(|name| named.insert(name.clone()));
        words.extend(name);
        if words.len() > 1 {
            line(&mut text, &words.join(","));
        }
    }
    text
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a String takes every write");
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn a_file_stays_the_same_one_and_a_shorter_text_leaves_nothing_of_the_longer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hosts");
        assert!(write_over(&path, "10.0.0.1 a-long-name\n").unwrap());
        let inode = std::fs::metadata(&path).unwrap().ino();
        assert!(write_over(&path, "10.0.0.1 a\n").unwrap());
        assert!(!write_over(&path, "10.0.0.1 a\n").unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "10.0.0.1 a\n");
        let metadata = std::fs::metadata(&path).unwrap();
        assert_eq!((metadata.ino(), metadata.mode() & 0o777), (inode, 0o644));
    }
}
