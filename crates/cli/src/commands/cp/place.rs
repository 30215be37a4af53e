//! `LAB/NODE:/path` or a path here. Pure.

use std::path::PathBuf;
use std::str::FromStr;

use crate::lookup::NodePath;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Node(NodePath, String),
    Here(PathBuf),
}

impl FromStr for Place {
    type Err = String;

    /// A path here with `/` before a `:` is written `./…` or from the root.
    fn from_str(text: &str) -> Result<Self, String> {
        let here = || Ok(Self::Here(text.into()));
        if text.starts_with(['/', '.']) {
            return here();
        }
        let Some((node, path)) = text.split_once(':') else {
            return here();
        };
        let Ok(node) = node.parse::<NodePath>() else {
            return here();
        };
        if !path.starts_with('/') {
            return Err(format!("a path in a node begins with /, not {path:?}"));
        }
        Ok(Self::Node(node, path.into()))
    }
}

/// `/etc/frr/frr.conf` → `/etc/frr`, `frr.conf`.
pub fn split_last(path: &str) -> (&str, &str) {
    match path.trim_end_matches('/').rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((folder, name)) => (folder, name),
        None => ("/", path),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn places_in_nodes_and_here_are_told_apart() {
        let node = "OSPF triangle/r1:/etc/frr/frr.conf"
            .parse::<Place>()
            .unwrap();
        let Place::Node(path, file) = node else {
            panic!("it is in a node");
        };
        assert_eq!(
            (path.node.as_str(), file.as_str()),
            ("r1", "/etc/frr/frr.conf")
        );
        for here in ["frr.conf", "a/b", "./a/b:c", "/tmp/x:y", "c:d"] {
            assert_eq!(here.parse::<Place>().unwrap(), Place::Here(here.into()));
        }
        assert!("lab/r1:frr.conf".parse::<Place>().is_err());
    }

    #[test]
    fn the_last_part_is_the_name() {
        assert_eq!(split_last("/etc/frr/frr.conf"), ("/etc/frr", "frr.conf"));
        assert_eq!(split_last("/motd"), ("/", "motd"));
        assert_eq!(split_last("/etc/frr/"), ("/etc", "frr"));
    }
}
