//! A user of Guacamole's: one for all consoles of a session of ours.
//!
//! ```text
//!          first console                  last console has ended, and nothing was opened for a while;
//! (none) ───────────────▶ open, or left ───────────────────────────────────────────────────────────▶ removed
//!                              │  the session has ended, or another needs the room
//!                              └──────────▶ retired: no further console ──its consoles have ended──▶ removed
//! ```
//! It stays for a while because Guacamole's page shows a console's last words only as long as it may ask
//! as that user. Its password and its token are kept in memory alone.

use std::sync::Arc;
use std::time::Duration;

use store::{ConnectionUser, Key};
use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;

use super::Guacamole;
use super::places::Places;
use super::web_app::Token;
use crate::auth::Stay;

/// Never shown: no `Debug`.
pub struct Account {
    pub user: ConnectionUser,
    /// The web application's last one. Held while it is asked for another: a second one would end the
    /// first one's page.
    pub token: Mutex<Option<Token>>,
    /// How many consoles have a place.
    open: watch::Sender<usize>,
    given_way: CancellationToken,
}

impl Account {
    pub fn new(user: ConnectionUser) -> Self {
        Self {
            user,
            token: Mutex::default(),
            open: watch::Sender::new(0),
            given_way: CancellationToken::new(),
        }
    }

    pub fn name(&self) -> &str {
        &self.user.name
    }

    pub(super) fn opens(&self) {
        self.open.send_modify(|open| *open += 1);
    }

    pub(super) fn closes(&self) {
        self.open.send_modify(|open| *open -= 1);
    }

    pub(super) fn is_left(&self) -> bool {
        *self.open.borrow() == 0
    }

    pub(super) fn gives_way(&self) {
        self.given_way.cancel();
    }

    /// Whether a page may show something as this user. Nobody asks for a token of one that is left.
    fn was_shown(&self) -> bool {
        self.token.try_lock().is_ok_and(|token| token.is_some())
    }

    async fn ends_all(&self) {
        let mut open = self.open.subscribe();
        let ended = open.wait_for(|open| *open == 0).await;
        ended.expect("its sender is in self");
    }

    /// Nothing was open for so long.
    async fn stays_left(&self, linger: Duration) {
        loop {
            self.ends_all().await;
            let linger = if self.was_shown() {
                linger
            } else {
                Duration::ZERO
            };
            let mut open = self.open.subscribe();
            let opens = open.wait_for(|open| *open > 0);
            if tokio::time::timeout(linger, opens).await.is_err() {
                return;
            }
        }
    }
}

/// An account's time; its rows may be there as long as it is held.
pub struct Tenure {
    account: Arc<Account>,
    key: Key,
    places: Places,
}

impl Tenure {
    pub(super) fn new(account: Arc<Account>, key: Key, places: Places) -> Self {
        Self {
            account,
            key,
            places,
        }
    }

    /// To its end, and removes the user.
    pub async fn run(self, guacamole: Guacamole, stay: Stay) {
        let Self {
            account,
            key,
            places,
        } = &self;
        // All arms are cancel-safe: they wait and change nothing but what they return with.
        tokio::select! {
            () = stay.ended() => places.retire(*key, account),
            () = account.given_way.cancelled() => {}
            () = self.is_over(guacamole.bounds.linger) => {}
        }
        // Whatever ended the session ends its consoles.
        account.ends_all().await;
        guacamole.remove(account.name()).await;
    }

    /// A console that is opened in the last moment goes on with it.
    async fn is_over(&self, linger: Duration) {
        loop {
            self.account.stays_left(linger).await;
            if self.places.retire_if_left(self.key, &self.account) {
                return;
            }
        }
    }
}

impl Drop for Tenure {
    fn drop(&mut self) {
        self.places.retire(self.key, &self.account);
        self.places.forget(self.account.name());
    }
}
