//! What the agent accepted last of each lab. In memory alone: after a (re)connection all is told anew.

use std::collections::BTreeMap;
use std::sync::Mutex;

use model::spec::RunWishes;
use model::{Generation, LabId, Revision};

/// What a lab's spec was made of, and the generation it became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub revision: Revision,
    pub wishes: RunWishes,
    pub generation: Generation,
}

#[derive(Debug, Default)]
pub struct Pushed(Mutex<BTreeMap<LabId, Told>>);

impl Pushed {
    pub fn get(&self, lab: LabId) -> Option<Told> {
        self.0.lock().expect("no holder panics").get(&lab).cloned()
    }

    pub fn set(&self, lab: LabId, told: Told) {
        self.0.lock().expect("no holder panics").insert(lab, told);
    }

    pub fn forget(&self, lab: LabId) {
        self.0.lock().expect("no holder panics").remove(&lab);
    }

    pub fn forget_all(&self) {
        self.0.lock().expect("no holder panics").clear();
    }
}
