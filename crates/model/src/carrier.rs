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
    use EndSeen::{Missing, Present};
    if cut {
        return (false, false);
    }
    match (a, b) {
        (Missing, _) | (_, Missing) => (matches!(a, Missing), matches!(b, Missing)),
        (
            Present {
                admin_up: false, ..
            },
            Present {
                admin_up: false, ..
            },
        ) => (true, true),
        (
            Present {
                admin_up: true,
                carrier,
            },
            Present {
                admin_up: false, ..
            },
        ) => (true, carrier),
        (
            Present {
                admin_up: false, ..
            },
            Present {
                admin_up: true,
                carrier,
            },
        ) => (carrier, true),
        (
            Present {
                admin_up: true,
                carrier: a,
            },
            Present {
                admin_up: true,
                carrier: b,
            },
        ) => (a == b || !a, a == b || !b),
    }
}
