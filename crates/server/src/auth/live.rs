//! Sessions with open sockets: what must be closed when a session ends.

use std::collections::BTreeMap;
use std::sync::Mutex;

use store::SessionKey;
use tokio_util::sync::CancellationToken;

/// One token for each session that opened a stream or a WebSocket.
#[derive(Debug)]
pub struct LiveSessions {
    /// Cancelled when the server stops.
    stopping: CancellationToken,
    tokens: Mutex<BTreeMap<[u8; 32], CancellationToken>>,
}

impl LiveSessions {
    pub fn new(stopping: CancellationToken) -> Self {
        Self {
            stopping,
            tokens: Mutex::default(),
        }
    }

    /// Cancelled when the session ends.
    pub fn end_of(&self, key: &SessionKey) -> CancellationToken {
        let mut tokens = self.tokens.lock().expect("no holder panics");
        let token = tokens.entry(key.0);
        token.or_insert_with(|| self.stopping.child_token()).clone()
    }

    /// Closes everything that the session opened.
    pub fn end(&self, key: &SessionKey) {
        let mut tokens = self.tokens.lock().expect("no holder panics");
        if let Some(token) = tokens.remove(&key.0) {
            token.cancel();
        }
    }

    /// Sessions that opened something since the server started.
    pub fn keys(&self) -> Vec<SessionKey> {
        let tokens = self.tokens.lock().expect("no holder panics");
        tokens.keys().map(|key| SessionKey(*key)).collect()
    }
}
