//! The neighbours that a lab's own files intend: read from the routers' configurations and the topology, so
//! that nothing of the lab stands in the test.

use std::fmt;
use std::path::Path;

use anyhow::Context;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    Bgp,
    Ospf,
    Gre,
}

impl Protocol {
    /// The state in which neighbours have met.
    pub fn is_met(self, state: &str) -> bool {
        match self {
            Self::Bgp => state == "Established",
            Self::Ospf => state.starts_with("Full"),
            Self::Gre => state == "up",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Neighbour {
    pub node: String,
    pub protocol: Protocol,
    /// BGP: the neighbour's address. OSPF: the interface. GRE: the tunnel's far end.
    pub with: String,
}

impl fmt::Display for Neighbour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} {}", self.node, self.protocol, self.with)
    }
}

/// Of all its routers: a folder each in `configs`.
pub fn of(folder: &Path) -> anyhow::Result<Vec<Neighbour>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder.join("configs"))? {
        let path = entry?.path();
        let node = path
            .file_name()
            .context("a name")?
            .to_string_lossy()
            .into_owned();
        let text = std::fs::read_to_string(path.join("frr.conf"))?;
        let daemons = std::fs::read_to_string(path.join("daemons"))?;
        let all = of_config(&text).into_iter();
        let runs = |protocol: &Protocol| match protocol {
            Protocol::Bgp => daemons.contains("bgpd=yes"),
            Protocol::Ospf => daemons.contains("ospfd=yes"),
            Protocol::Gre => true,
        };
        found.extend(
            all.filter(|(protocol, _)| runs(protocol))
                .map(|(protocol, with)| Neighbour {
                    node: node.clone(),
                    protocol,
                    with,
                }),
        );
    }
    found.extend(tunnels(&std::fs::read_to_string(
        folder.join("topology.clab.yml"),
    )?));
    found.sort();
    Ok(found)
}

fn of_config(text: &str) -> Vec<(Protocol, String)> {
    let (mut found, mut interface) = (Vec::new(), String::new());
    let passive = |name: &str| text.contains(&format!("passive-interface {name}"));
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["interface", name] => name.clone_into(&mut interface),
            ["neighbor", address, "remote-as", ..] => {
                found.push((Protocol::Bgp, address.to_owned()));
            }
            ["ip", "ospf", "area", ..] if interface != "lo" && !passive(&interface) => {
                found.push((Protocol::Ospf, interface.clone()));
            }
            _ => {}
        }
    }
    found
}

/// `ip tunnel add NAME mode gre remote ADDRESS …` of a node's `exec`.
fn tunnels(topology: &str) -> Vec<Neighbour> {
    let (mut found, mut node) = (Vec::new(), String::new());
    for line in topology.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let Some(name) = line
            .strip_prefix("    ")
            .filter(|rest| !rest.starts_with([' ', '#', '-']))
        {
            name.trim_end_matches(':').clone_into(&mut node);
        }
        if let [
            "-",
            "ip",
            "tunnel",
            "add",
            _,
            "mode",
            "gre",
            "remote",
            address,
            ..,
        ] = words[..]
        {
            found.push(Neighbour {
                node: node.clone(),
                protocol: Protocol::Gre,
                with: address.to_owned(),
            });
        }
    }
    found
}
