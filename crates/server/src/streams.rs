//! How many streams each user has open: WebSockets, logs, files. One user's take no other's place.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use store::UserId;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;

#[derive(Debug, Default)]
pub struct Streams(Arc<Mutex<BTreeMap<UserId, usize>>>);

/// An open stream, until it is dropped.
#[derive(Debug)]
pub struct OpenStream {
    open: Arc<Mutex<BTreeMap<UserId, usize>>>,
    user: UserId,
}

impl App {
    /// Counts one more stream of the caller, if it may have it.
    pub fn count_stream(&self, caller: &Caller) -> Result<OpenStream, Error> {
        let limit = self.config.border.streams_a_user;
        let user = caller.user.id;
        let mut open = self.streams.0.lock().expect("no holder panics");
        let now = open.entry(user).or_default();
        if *now >= limit {
            return Err(Error::TooManyStreams { limit });
        }
        *now += 1;
        Ok(OpenStream {
            open: self.streams.0.clone(),
            user,
        })
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut open = self.open.lock().expect("no holder panics");
        if let Some(now) = open.get_mut(&self.user) {
            *now -= 1;
            if *now == 0 {
                open.remove(&self.user);
            }
        }
    }
}
