//! What a running node was started with, as a short text, and what has changed since.
//!
//! A fingerprint is a list `part:hash`, so that two of them tell *which* part differs. Whatever a
//! running node takes live (its name, links, added and removed interfaces) is not in it.

use std::collections::BTreeMap;

use blake2::digest::consts::U8;
use blake2::{Blake2b, Digest};
use serde::Serialize;

use super::{DockerSpec, DriverSpec, NetnsSpec, NodeSpec};

impl NodeSpec {
    /// A stable text of everything that a running node cannot take live.
    pub fn fingerprint(&self) -> String {
        let parts = self.parts();
        let words: Vec<String> = parts
            .iter()
            .map(|(part, hash)| format!("{part}:{hash}"))
            .collect();
        words.join(" ")
    }

    /// What waits for a restart of a node that runs with `running`, as words for a person:
    /// `files`, `interface eth1`. Empty: nothing.
    pub fn pending(&self, running: &str) -> Vec<String> {
        let old: BTreeMap<&str, &str> = running
            .split(' ')
            .filter_map(|word| word.rsplit_once(':'))
            .collect();
        let new = self.parts();
        let is_changed = |part: &str, hash: &str| {
            let running = old.get(part);
            running.is_some_and(|running| *running != hash)
        };
        // Parts of two kinds are not to be compared.
        if new.get("kind").is_some_and(|hash| is_changed("kind", hash)) {
            return vec!["kind".into()];
        }
        let changed = new.iter().filter(|(part, hash)| is_changed(part, hash));
        changed.map(|(part, _)| self.word(part)).collect()
    }

    fn word(&self, part: &str) -> String {
        let interface = part.strip_prefix("interface-").and_then(|index| {
            let index = index.parse().ok()?;
            self.interfaces.get(&index)
        });
        interface.map_or_else(
            || part.into(),
            |interface| format!("interface {}", interface.name),
        )
    }

    fn parts(&self) -> BTreeMap<String, String> {
        let mut parts = match &self.driver {
            DriverSpec::Netns(netns) => netns_parts(netns),
            DriverSpec::Docker(docker) => docker_parts(docker),
            DriverSpec::CannotRun { kind } => BTreeMap::from([("kind".into(), hash(kind))]),
        };
        for (index, interface) in &self.interfaces {
            parts.insert(format!("interface-{index}"), hash(interface));
        }
        parts
    }
}

fn netns_parts(netns: &NetnsSpec) -> BTreeMap<String, String> {
    let NetnsSpec {
        hostname,
        gateways,
        routes,
        sysctls,
        env,
        dirs,
        files,
        host,
        processes,
        consoles,
    } = netns;
    let parts = [
        ("kind", hash(&"netns")),
        ("hostname", hash(hostname)),
        ("gateways", hash(gateways)),
        ("routes", hash(routes)),
        ("sysctls", hash(sysctls)),
        ("environment", hash(env)),
        ("files", hash(&(dirs, files))),
        ("host", hash(host)),
        ("processes", hash(processes)),
        ("consoles", hash(consoles)),
    ];
    parts
        .into_iter()
        .map(|(part, hash)| (part.to_owned(), hash))
        .collect()
}

/// Each key is a part; what a node waited for is of no matter once it runs.
fn docker_parts(docker: &DockerSpec) -> BTreeMap<String, String> {
    let json = serde_json::to_value(docker).expect("spec types have text keys only");
    let keys = json.as_object().into_iter().flatten();
    let parts = keys
        .filter(|(key, _)| !matches!(key.as_str(), "start_delay_s" | "after"))
        .map(|(key, value)| (key.replace('_', "-"), hash(value)));
    parts.chain([("kind".to_owned(), hash("docker"))]).collect()
}

/// Eight bytes of `BLAKE2b` over the value's JSON, whose maps are ordered.
fn hash<T: Serialize + ?Sized>(value: &T) -> String {
    use std::fmt::Write;

    let json = serde_json::to_vec(value).expect("spec types have text keys only");
    let digest = Blake2b::<U8>::digest(json);
    digest.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes every write");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{InterfaceSpec, RunWish};
    use crate::{IfaceIndex, Mac};

    fn node() -> NodeSpec {
        NodeSpec {
            name: "r1".into(),
            run: RunWish::Off,
            wipe: 0,
            interfaces: BTreeMap::from([(IfaceIndex::try_from(1).expect("in range"), eth("eth1"))]),
            driver: DriverSpec::Netns(NetnsSpec::default()),
        }
    }

    fn eth(name: &str) -> InterfaceSpec {
        InterfaceSpec {
            name: name.into(),
            mac: Mac([2; 6]),
            mtu: 9500,
            addresses: Vec::new(),
        }
    }

    #[test]
    fn what_a_running_node_takes_live_is_not_pending() {
        let running = node().fingerprint();
        let mut changed = node();
        changed.name = "edge".into();
        changed.run = RunWish::On { start: 7 };
        changed
            .interfaces
            .insert(IfaceIndex::try_from(2).expect("in range"), eth("eth2"));
        assert_eq!(changed.pending(&running), Vec::<String>::new());
    }

    #[test]
    fn what_it_cannot_take_is_named() {
        let running = node().fingerprint();
        let mut changed = node();
        changed
            .interfaces
            .values_mut()
            .for_each(|interface| interface.mtu = 1500);
        let DriverSpec::Netns(netns) = &mut changed.driver else {
            unreachable!()
        };
        netns.hostname = "edge".into();
        assert_eq!(changed.pending(&running), ["hostname", "interface eth1"]);
    }

    #[test]
    fn a_container_is_pending_by_the_words_of_its_settings() {
        let of = |image: &str, start_delay_s| NodeSpec {
            driver: DriverSpec::Docker(Box::new(DockerSpec {
                image: image.into(),
                start_delay_s,
                ..DockerSpec::default()
            })),
            ..node()
        };
        let running = of("a", 0).fingerprint();
        assert_eq!(of("a", 9).pending(&running), Vec::<String>::new());
        assert_eq!(of("b", 0).pending(&running), ["image"]);
        assert_eq!(of("a", 0).pending(&node().fingerprint()), ["kind"]);
    }

    #[test]
    fn a_fingerprint_of_another_version_makes_nothing_pending() {
        assert_eq!(node().pending("something-else"), Vec::<String>::new());
    }
}
