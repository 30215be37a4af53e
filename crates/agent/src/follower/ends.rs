//! What the host ends look like, and what to write. No I/O; the time is an argument.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use model::carrier::{EndSeen, plan_admin};
use model::names::LabHash;
use model::seen::PortId;

pub(super) type EndId = (LabHash, PortId);

/// A write whose event does not come was for nothing, as where the end was as wished already.
const AWAIT_AT_MOST: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Ends {
    seen: BTreeMap<EndId, EndSeen>,
    /// Writes that no event has shown yet: up or down, and when.
    awaited: BTreeMap<EndId, (bool, Instant)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Write {
    pub end: EndId,
    pub up: bool,
}

impl Ends {
    pub fn hear(&mut self, id: EndId, end: EndSeen) {
        match end {
            EndSeen::Missing => {
                self.seen.remove(&id);
                self.awaited.remove(&id);
            }
            EndSeen::Present { admin_up, .. } => {
                self.seen.insert(id, end);
                // An event from before the write shows the end as it was.
                if self.awaited.get(&id).is_some_and(|(up, _)| *up == admin_up) {
                    self.awaited.remove(&id);
                }
            }
        }
    }

    pub fn all(&self) -> BTreeSet<EndId> {
        self.seen.keys().copied().collect()
    }

    pub fn is_missing(&self, id: EndId) -> bool {
        !self.seen.contains_key(&id)
    }

    pub fn is_awaited(&self, id: EndId) -> bool {
        self.awaited.contains_key(&id)
    }

    pub fn forget_write(&mut self, id: EndId) {
        self.awaited.remove(&id);
    }

    /// What brings the ends of one link to what they shall be; nothing while an answer is awaited.
    pub fn plan(&mut self, a: EndId, b: EndId, cut: bool, now: Instant) -> Vec<Write> {
        self.awaited
            .retain(|_, (_, since)| now.duration_since(*since) < AWAIT_AT_MOST);
        if self.is_awaited(a) || self.is_awaited(b) {
            return Vec::new();
        }
        let seen = |id| self.seen.get(&id).copied().unwrap_or(EndSeen::Missing);
        let (up_a, up_b) = plan_admin(cut, seen(a), seen(b));
        let wrong = |(end, up): (EndId, bool)| match seen(end) {
            EndSeen::Present { admin_up, .. } if admin_up != up => Some(Write { end, up }),
            EndSeen::Present { .. } | EndSeen::Missing => None,
        };
        let writes: Vec<Write> = [(a, up_a), (b, up_b)]
            .into_iter()
            .filter_map(wrong)
            .collect();
        for write in &writes {
            self.awaited.insert(write.end, (write.up, now));
        }
        writes
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::testing::id;

    const HASH: LabHash = LabHash([1, 2]);

    fn end(n: u64) -> EndId {
        (HASH, PortId::new(id(n), id(0)))
    }

    /// Both host ends of a link and what the kernel makes of them; its events come late.
    struct Kernel {
        admin_up: [bool; 2],
        inner_up: [bool; 2],
        events: VecDeque<(EndId, EndSeen)>,
    }

    impl Kernel {
        fn state(&self, n: usize) -> EndSeen {
            let admin_up = self.admin_up[n];
            EndSeen::Present {
                admin_up,
                carrier: admin_up && self.inner_up[n],
            }
        }

        fn change(&mut self, n: usize, act: impl FnOnce(&mut Self)) {
            let before = self.state(n);
            act(self);
            if self.state(n) != before {
                self.events.push_back((end(n as u64 + 1), self.state(n)));
            }
        }

        fn write(&mut self, write: Write) {
            let n = usize::from(write.end == end(2));
            self.change(n, |kernel| kernel.admin_up[n] = write.up);
        }

        fn is_right(&self) -> bool {
            match self.inner_up {
                [true, true] => self.admin_up == [true, true],
                // Felt at the end that is up, and the other one's return can be seen.
                [true, false] => self.admin_up == [false, true],
                [false, true] => self.admin_up == [true, false],
                // What is behind an end that is down cannot be seen; the first return can.
                [false, false] => self.admin_up != [false, false],
            }
        }
    }

    /// Events are heard one at a time and late, people shut and raise interfaces meanwhile; then it is
    /// quiet. The numbers come from a small generator, so that a failure can be told again.
    #[test]
    fn late_events_never_drive_a_link_in_circles() {
        for seed in 0..500_u64 {
            let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
            let mut draw = |below: u64| {
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (random >> 33) % below
            };
            let mut kernel = Kernel {
                admin_up: [true; 2],
                inner_up: [true; 2],
                events: VecDeque::new(),
            };
            let (mut ends, now) = (Ends::default(), Instant::now());
            ends.hear(end(1), kernel.state(0));
            ends.hear(end(2), kernel.state(1));
            let mut writes = 0;
            for step in 0..400 {
                if step < 100 && draw(3) == 0 {
                    let n = usize::from(draw(2) == 1);
                    kernel.change(n, |kernel| kernel.inner_up[n] = !kernel.inner_up[n]);
                }
                if draw(2) == 0
                    && let Some((id, seen)) = kernel.events.pop_front()
                {
                    ends.hear(id, seen);
                }
                for write in ends.plan(end(1), end(2), false, now) {
                    kernel.write(write);
                    writes += usize::from(step > 300);
                }
            }
            assert_eq!(
                writes, 0,
                "seed {seed}: still writing long after the last change"
            );
            assert!(
                kernel.is_right(),
                "seed {seed}: {:?} {:?}",
                kernel.admin_up,
                kernel.inner_up
            );
        }
    }

    #[test]
    fn an_answer_that_never_comes_is_not_awaited_for_ever() {
        let (mut ends, now) = (Ends::default(), Instant::now());
        let up = EndSeen::Present {
            admin_up: true,
            carrier: true,
        };
        ends.hear(end(1), up);
        ends.hear(end(2), up);
        assert_eq!(ends.plan(end(1), end(2), true, now).len(), 2);
        assert_eq!(ends.plan(end(1), end(2), true, now).len(), 0);
        assert_eq!(
            ends.plan(end(1), end(2), true, now + AWAIT_AT_MOST).len(),
            2
        );
    }
}
