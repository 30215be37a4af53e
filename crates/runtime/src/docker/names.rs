//! What our containers and volumes are called, and the labels by which they are ours.

use std::collections::BTreeMap;

use model::InstanceId;

use crate::driver::NodeRef;

pub const INSTANCE: &str = "nova-ve.instance";
pub const LAB: &str = "nova-ve.lab";
pub const NODE: &str = "nova-ve.node";
/// `e4e6-3`, as everywhere on this host.
pub const REF: &str = "nova-ve.ref";
/// What the container was made of; of another one it is made anew.
pub const MADE_OF: &str = "nova-ve.made-of";
/// The path in the node that a volume is for.
pub const VOLUME: &str = "nova-ve.volume";

/// `nova-ve-e4e6-3`
pub fn container(node: NodeRef) -> String {
    format!("nova-ve-{node}")
}

/// `nova-ve-e4e6-3-var-lib-x-1a2b3c4d`: a path's own letters, and a hash so that no two are one.
pub fn volume(node: NodeRef, path: &str) -> String {
    use sha2::{Digest, Sha256};
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let letters: String = path.trim_matches('/').chars().take(40).map(plain).collect();
    let hash = Sha256::digest(path.as_bytes());
    format!("{}-{letters}-{}", container(node), hex(&hash[..4]))
}

pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes every write");
        text
    })
}

pub fn labels(instance: &InstanceId, node: NodeRef) -> BTreeMap<String, String> {
    let labels = [
        (INSTANCE, instance.to_string()),
        (LAB, node.lab.to_string()),
        (NODE, node.node.to_string()),
        (REF, node.to_string()),
    ];
    labels.map(|(key, value)| (key.to_owned(), value)).into()
}

/// Whose it is by its labels, where it is of this instance.
pub fn owner<'a>(
    instance: &InstanceId,
    label: impl Fn(&str) -> Option<&'a String>,
) -> Option<NodeRef> {
    if label(INSTANCE)?.as_str() != instance.to_string() {
        return None;
    }
    let (hash, node) = label(REF)?.split_once('-')?;
    Some(NodeRef {
        lab: label(LAB)?.parse().ok()?,
        hash: hash.parse().ok()?,
        node: node.parse::<u64>().ok()?.try_into().ok()?,
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use model::LabId;
    use model::names::LabHash;
    use uuid::Uuid;

    use super::*;

    fn node() -> NodeRef {
        NodeRef {
            lab: LabId(Uuid::from_u128(7)),
            hash: LabHash([0xe4, 0xe6]),
            node: 3.try_into().unwrap(),
        }
    }

    #[test]
    fn the_owner_is_read_back_from_the_labels() {
        let instance = InstanceId("a".into());
        let labels = labels(&instance, node());
        assert_eq!(owner(&instance, |key| labels.get(key)), Some(node()));
        let other = InstanceId("b".into());
        assert_eq!(owner(&other, |key| labels.get(key)), None);
    }

    #[test]
    fn a_volume_has_a_name_that_docker_takes() {
        let name = volume(node(), "/var/lib/ä b");
        assert!(name.starts_with("nova-ve-e4e6-3-var-lib---b-"), "{name}");
        assert_ne!(volume(node(), "/a/b"), volume(node(), "/a-b"));
    }
}
