//! Which port is at the other end of a link: what the carrier follower asks.

use std::collections::BTreeMap;

use model::seen::PortId;
use model::spec::LabSpec;
use model::{End, LinkState};

use super::Inner;

/// The other end of a link of two interfaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    pub port: PortId,
    /// A person cut the link.
    pub cut: bool,
}

impl Inner {
    /// By the wish of now; the index is made once for each generation.
    pub(super) fn peer(&self, port: PortId) -> Option<Peer> {
        let wish = self.wish();
        let mut peers = self
            .peers
            .lock()
            .expect("no holder of this lock panics: it only looks up");
        if peers.0 != Some(wish.generation()) {
            *peers = (
                Some(wish.generation()),
                wish.spec().map(index).unwrap_or_default(),
            );
        }
        peers.1.get(&port).copied()
    }
}

fn index(spec: &LabSpec) -> BTreeMap<PortId, Peer> {
    let mut peers = BTreeMap::new();
    for link in spec.links.values() {
        let (
            End::Interface {
                node: a,
                interface: ai,
            },
            End::Interface {
                node: b,
                interface: bi,
            },
        ) = (link.a, link.b)
        else {
            continue;
        };
        let (a, b) = (PortId::new(a, ai), PortId::new(b, bi));
        let cut = link.state == LinkState::Cut;
        peers.insert(a, Peer { port: b, cut });
        peers.insert(b, Peer { port: a, cut });
    }
    peers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{id, triangle};

    #[test]
    fn each_end_of_a_link_knows_the_other() {
        let peers = index(&triangle());
        let (a, b) = (PortId::new(id(1), id(0)), PortId::new(id(2), id(0)));
        assert_eq!(
            peers[&a],
            Peer {
                port: b,
                cut: false
            }
        );
        assert_eq!(
            peers[&b],
            Peer {
                port: a,
                cut: false
            }
        );
        assert_eq!(peers.len(), 6);
    }
}
