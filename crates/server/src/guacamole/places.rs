//! Who has how many consoles in Guacamole, and as which user of Guacamole's.
//!
//! Guacamole keeps one log-in in a browser, so all consoles of a session of ours have one user there.
//! A `Place` is one console's, a `Tenure` that user's; what either names must not be swept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use store::{ConnectionUser, Key, UserId};

use super::Bounds;
use super::account::{Account, Tenure};
use crate::auth::Caller;
use crate::error::Error;

/// Cheap to clone.
#[derive(Clone, Default)]
pub struct Places(Arc<Mutex<Taken>>);

#[derive(Default)]
struct Taken {
    /// By connection.
    consoles: BTreeMap<String, UserId>,
    /// Those that a further console is opened with.
    accounts: BTreeMap<Key, Arc<Account>>,
    /// Users' names, until their rows are removed.
    users: BTreeSet<String>,
}

/// One connection's, as long as it is held.
pub struct Place {
    pub account: Arc<Account>,
    name: String,
    places: Places,
}

impl Places {
    /// For one connection more, and its user; with the first one the user's own tenure.
    pub fn take(
        &self,
        name: &str,
        caller: &Caller,
        bounds: &Bounds,
        draw: impl FnOnce() -> Result<ConnectionUser, getrandom::Error>,
    ) -> Result<(Place, Option<Tenure>), Error> {
        let mut taken = self.0.lock().expect("no holder panics");
        taken.require_room(caller.user.id, bounds)?;
        let known = taken.accounts.get(&caller.key).cloned();
        let is_new = known.is_none();
        let account = match known {
            Some(account) => account,
            None => Arc::new(Account::new(draw().map_err(Error::internal)?)),
        };
        if is_new {
            taken.make_way(bounds);
            taken.users.insert(account.name().to_owned());
            taken.accounts.insert(caller.key, account.clone());
        }
        taken.consoles.insert(name.to_owned(), caller.user.id);
        account.opens();
        let place = Place {
            account: account.clone(),
            name: name.to_owned(),
            places: self.clone(),
        };
        let tenure = is_new.then(|| Tenure::new(account, caller.key, self.clone()));
        Ok((place, tenure))
    }

    /// What must not be swept.
    pub fn names(&self) -> BTreeSet<String> {
        let taken = self.0.lock().expect("no holder panics");
        let names = taken.consoles.keys().chain(&taken.users);
        names.cloned().collect()
    }

    /// No further console is opened with it.
    pub(super) fn retire(&self, key: Key, account: &Account) {
        let mut taken = self.0.lock().expect("no holder panics");
        taken.retire(key, account);
    }

    /// The same, unless a console of it is open.
    pub(super) fn retire_if_left(&self, key: Key, account: &Account) -> bool {
        let mut taken = self.0.lock().expect("no holder panics");
        let is_left = account.is_left();
        if is_left {
            taken.retire(key, account);
        }
        is_left
    }

    pub(super) fn forget(&self, user: &str) {
        let mut taken = self.0.lock().expect("no holder panics");
        taken.users.remove(user);
    }
}

impl Taken {
    fn require_room(&self, user: UserId, bounds: &Bounds) -> Result<(), Error> {
        let refused = |limit, of_one| Err(Error::TooManyInGuacamole { limit, of_one });
        if self.consoles.len() >= bounds.at_once {
            return refused(bounds.at_once, false);
        }
        if self.consoles.values().filter(|of| **of == user).count() >= bounds.at_once_a_user {
            return refused(bounds.at_once_a_user, true);
        }
        Ok(())
    }

    /// Users of whom nothing is open stay for a while, but keep nobody out. There is one of them when
    /// there are so many: fewer consoles are open.
    fn make_way(&mut self, bounds: &Bounds) {
        if self.accounts.len() < bounds.at_once {
            return;
        }
        let left = self.accounts.iter().find(|(_, account)| account.is_left());
        let left = left.map(|(key, account)| (*key, account.clone()));
        if let Some((key, account)) = left {
            account.gives_way();
            self.retire(key, &account);
        }
    }

    /// The session may have got another one since.
    fn retire(&mut self, key: Key, account: &Account) {
        let is_it = self.accounts.get(&key).map(|of| of.name()) == Some(account.name());
        if is_it {
            self.accounts.remove(&key);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.lock().expect("no holder panics");
        taken.consoles.remove(&self.name);
        self.account.closes();
    }
}
