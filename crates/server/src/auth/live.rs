//! Sessions with open sockets: what must be closed when a session ends.

use std::collections::BTreeMap;
use std::sync::Mutex;

use store::SessionKey;
use tokio_util::sync::CancellationToken;

/// One token for each session that opened a stream or a WebSocket.
#[derive(Debug, Default)]
pub struct LiveSessions {
    tokens: Mutex<BTreeMap<[u8; 32], CancellationToken>>,
}

impl LiveSessions {
    /// Cancelled when the session ends.
    pub fn end_of(&self, key: &SessionKey) -> CancellationToken {
        let mut tokens = self.tokens.lock().expect("no holder panics");
        tokens.entry(key.0).or_default().child_token()
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
