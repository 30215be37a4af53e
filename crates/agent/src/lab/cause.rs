//! Whose requests the lab is at work for, from the wish until host and wish are equal.

use std::sync::{Mutex, MutexGuard};

use agent_api::RequestId;

/// More are not told: somebody who clicks this often knows what he did.
const KEPT: usize = 8;

#[derive(Debug, Default)]
pub(super) struct Causes(Mutex<Vec<RequestId>>);

impl Causes {
    pub fn add(&self, causes: Vec<RequestId>) {
        let mut all = self.all();
        for cause in causes {
            if !all.contains(&cause) {
                all.push(cause);
            }
        }
        let old = all.len().saturating_sub(KEPT);
        all.drain(..old);
    }

    pub fn clear(&self) {
        self.all().clear();
    }

    /// The newest.
    pub fn last(&self) -> Option<RequestId> {
        self.all().last().cloned()
    }

    fn all(&self) -> MutexGuard<'_, Vec<RequestId>> {
        self.0
            .lock()
            .expect("no holder of this lock panics: it only moves ids")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_eight_requests_are_kept_each_once() {
        let causes = Causes::default();
        for _ in 0..3 {
            causes.add(vec![RequestId::draw(); 3]);
        }
        assert_eq!(causes.all().len(), 3);
        causes.add((0..100).map(|_| RequestId::draw()).collect());
        assert_eq!(causes.all().len(), KEPT);
        causes.clear();
        assert_eq!(causes.last(), None);
    }
}
