//! Who has how many consoles in Guacamole, and under which names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use store::UserId;

use super::Bounds;
use crate::error::Error;

/// Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Places(Arc<Mutex<BTreeMap<String, UserId>>>);

/// One connection's, as long as it is held.
#[derive(Debug)]
pub struct Place {
    name: String,
    places: Places,
}

impl Places {
    pub fn take(&self, name: &str, user: UserId, bounds: &Bounds) -> Result<Place, Error> {
        let mut taken = self.0.lock().expect("no holder panics");
        if taken.len() >= bounds.at_once {
            return Err(Error::TooManyInGuacamole {
                limit: bounds.at_once,
                of_one: false,
            });
        }
        if taken.values().filter(|of| **of == user).count() >= bounds.at_once_a_user {
            return Err(Error::TooManyInGuacamole {
                limit: bounds.at_once_a_user,
                of_one: true,
            });
        }
        taken.insert(name.to_owned(), user);
        Ok(Place {
            name: name.to_owned(),
            places: self.clone(),
        })
    }

    /// What must not be swept.
    pub fn names(&self) -> BTreeSet<String> {
        let taken = self.0.lock().expect("no holder panics");
        taken.keys().cloned().collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.lock().expect("no holder panics");
        taken.remove(&self.name);
    }
}
