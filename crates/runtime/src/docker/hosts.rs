//! A node's `/etc/hosts`: what it says of the node itself, and the names of its lab between two marks.
//!
//! What the node's own programs write beside the marks stays until the container is started again, as with
//! Docker's own file. It is always the same file, since it is bound into the container.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use model::LabId;

use super::driver::Driver;
use super::folder;
use crate::driver::{LabNames, NodeRef};

const OF_EVERY_NODE: &str = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n\
                             ff02::1 ip6-allnodes\nff02::2 ip6-allrouters\n";
const BEGIN: &str = "# the lab's nodes, kept by nova-ve\n";
const END: &str = "# nova-ve ends here\n";
/// A node that fills its own file is left alone with it.
const MOST_BYTES: u64 = 1 << 20;

/// Of a container that is about to start.
pub fn begin(driver: &Driver, node: NodeRef, hostname: &str) -> io::Result<()> {
    let all = driver.names();
    let text = format!(
        "{OF_EVERY_NODE}{}",
        block(hostname, all.get(&node.lab), node)
    );
    folder::write_open(&driver.folder(node).hosts(), &text)
}

/// The lab's nodes are called so from now on.
pub fn set(driver: &Driver, lab: LabId, names: &LabNames) {
    let mut all = driver.names();
    if all.get(&lab) == Some(names) {
        return;
    }
    all.insert(lab, names.clone());
    for (node, hostname) in driver.hostnames(lab) {
        let path = driver.folder(node).hosts();
        if let Err(error) = renew(&path, &block(&hostname, Some(names), node)) {
            tracing::warn!(%node, %error, "the node does not learn the lab's names");
        }
    }
}

/// Its own name leads to its address where it has one on the network.
fn block(hostname: &str, names: Option<&LabNames>, node: NodeRef) -> String {
    let names = names.filter(|names| names.nodes.contains(&node.node));
    let lines = names.map_or("", |names| &names.lines);
    let mut words = lines.lines().flat_map(|line| line.split(' ').skip(1));
    let own = if words.any(|word| word == hostname) {
        String::new()
    } else {
        format!("127.0.1.1 {hostname}\n")
    };
    format!("{BEGIN}{own}{lines}{END}")
}

fn renew(path: &Path, block: &str) -> io::Result<()> {
    let mut there = String::new();
    match fs::File::open(path) {
        Ok(file) => file.take(MOST_BYTES + 1).read_to_string(&mut there)?,
        // Its container was never started.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if there.len() as u64 > MOST_BYTES {
        return Err(io::Error::other("its own /etc/hosts is larger than 1 MiB"));
    }
    folder::write_open(path, &renewed(&there, block))
}

/// With this block instead of the one that is there; behind everything, where somebody took it away.
fn renewed(there: &str, block: &str) -> String {
    let old = there.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let (before, after) = old.unwrap_or((there, ""));
    let newline = if before.is_empty() || before.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    format!("{before}{newline}{block}{after}")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use model::names::LabHash;

    use super::*;

    fn node(number: u64) -> NodeRef {
        NodeRef {
            lab: LabId(uuid::Uuid::nil()),
            hash: LabHash([0, 0]),
            node: number.try_into().unwrap(),
        }
    }

    fn names() -> LabNames {
        LabNames {
            lines: "10.0.0.2 r1.lab r1\n10.0.0.3 r2.lab r2\n".into(),
            nodes: [node(1).node, node(2).node].into(),
        }
    }

    #[test]
    fn a_nodes_own_name_is_its_address_on_the_network_or_its_own_loopback() {
        let own = "127.0.1.1 r1\n";
        assert!(!block("r1", Some(&names()), node(1)).contains(own));
        assert!(block("r1", Some(&names()), node(1)).contains("10.0.0.2 r1.lab r1\n"));
        assert!(block("r1", None, node(1)).contains(own));
        let beside = block("r9", Some(&names()), node(9));
        assert_eq!(beside, format!("{BEGIN}127.0.1.1 r9\n{END}"));
    }

    #[test]
    fn what_the_node_wrote_stays_where_it_is() {
        let (old, new) = (
            block("r1", None, node(1)),
            block("r1", Some(&names()), node(1)),
        );
        let there = format!("127.0.0.1 localhost\n{old}10.9.9.9 web\n");
        let expected = format!("127.0.0.1 localhost\n{new}10.9.9.9 web\n");
        assert_eq!(renewed(&there, &new), expected);
        assert_eq!(renewed(&expected, &new), expected);
        assert_eq!(
            renewed("10.9.9.9 web", &new),
            format!("10.9.9.9 web\n{new}")
        );
        let cut = format!("{BEGIN}10.9.9.9 web\n");
        assert_eq!(renewed(&cut, &new), format!("{cut}{new}"));
    }
}
