//! Carrier is carried from end to end: a cut link and a stopped node are felt on the other side.
//!
//! A pure function of both host ends. A host end that is administratively down hides its node's own
//! carrier, so it is raised again as soon as the other end has carrier, and looked at afresh.

/// A host end of a link of two ends, as the kernel shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndSeen {
    Missing,
    Present { admin_up: bool, carrier: bool },
}

/// Which host ends shall be administratively up: (a, b). A missing end's answer has no meaning.
pub fn plan_admin(cut: bool, a: EndSeen, b: EndSeen) -> (bool, bool) {
    (!cut && is_up(a, b), !cut && is_up(b, a))
}

fn is_up(own: EndSeen, other: EndSeen) -> bool {
    let EndSeen::Present { admin_up, carrier } = own else {
        return true;
    };
    let EndSeen::Present {
        admin_up: other_up,
        carrier: other_carrier,
    } = other
    else {
        return false;
    };
    match (admin_up, other_up) {
        // The other cannot be heard: it is raised and looked at afresh, and so is this one.
        (_, false) => true,
        (false, true) => other_carrier,
        (true, true) => other_carrier || !carrier,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One end of a link: is the node there, is its interface raised inside, is the host end raised?
    #[derive(Clone, Copy)]
    struct World {
        present: bool,
        inner_up: bool,
        host_up: bool,
    }

    impl World {
        fn seen(self) -> EndSeen {
            if !self.present {
                return EndSeen::Missing;
            }
            let carrier = self.inner_up && self.host_up;
            EndSeen::Present {
                admin_up: self.host_up,
                carrier,
            }
        }
    }

    /// Follows the plan until nothing changes, and returns the host ends.
    fn settle(cut: bool, mut a: World, mut b: World) -> (bool, bool) {
        for _ in 0..4 {
            let (a_up, b_up) = plan_admin(cut, a.seen(), b.seen());
            if (a_up, b_up) == (a.host_up, b.host_up) {
                return (a_up, b_up);
            }
            (a.host_up, b.host_up) = (a_up, b_up);
        }
        panic!("the host ends never settle")
    }

    fn all() -> impl Iterator<Item = World> {
        (0..8_u8).map(|bits| World {
            present: bits & 1 == 0,
            inner_up: bits & 2 == 0,
            host_up: bits & 4 == 0,
        })
    }

    #[test]
    fn from_every_state_carrier_settles_where_a_cable_would() {
        for a in all() {
            for b in all() {
                assert_eq!(
                    settle(true, a, b),
                    (false, false),
                    "a cut is felt at both ends"
                );
                if !a.present || !b.present {
                    let (a_up, b_up) = settle(false, a, b);
                    assert!(
                        !a.present || b.present || !a_up,
                        "a node feels that the other is gone"
                    );
                    assert!(!b.present || a.present || !b_up);
                    continue;
                }
                let expected = match (a.inner_up, b.inner_up) {
                    (true, false) => (false, true),
                    (false, true) => (true, false),
                    (true, true) | (false, false) => (true, true),
                };
                let settled = settle(false, a, b);
                // Both shut: whoever rises first is looked at then; either host end may wait.
                assert!(
                    settled == expected || (!a.inner_up && !b.inner_up),
                    "{settled:?}"
                );
            }
        }
    }

    #[test]
    fn an_interface_raised_again_brings_both_ends_back() {
        let up = World {
            present: true,
            inner_up: true,
            host_up: true,
        };
        let felt = World {
            host_up: false,
            ..up
        };
        assert_eq!(settle(false, felt, up), (true, true));
        assert_eq!(settle(false, up, felt), (true, true));
    }
}
