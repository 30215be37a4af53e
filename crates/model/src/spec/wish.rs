//! What a person wants to run: no part of the lab file, and no edit.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::RunWish;
use crate::id::NodeId;

/// The wish for one node. The counters only rise; a node nobody ever spoke of has the default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    pub on: bool,
    /// How often it was started or restarted.
    pub start: u64,
    /// How often its data was to be wiped.
    pub wipe: u64,
}

/// Wishes by node; a node that is not named is off.
pub type RunWishes = BTreeMap<NodeId, Wish>;

impl Wish {
    pub fn run(self) -> RunWish {
        if self.on {
            RunWish::On { start: self.start }
        } else {
            RunWish::Off
        }
    }
}
