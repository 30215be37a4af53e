//! The rows of one connection in Guacamole's database.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use anyhow::Context;
use store::NewConnection;

use super::Guacamole;
use super::key::OneTime;

impl Guacamole {
    /// A user who may open one connection, which leads to `door`; the connection's number.
    pub(super) async fn provision(&self, key: &OneTime, door: SocketAddr) -> anyhow::Result<u64> {
        let parameters = BTreeMap::from([
            ("hostname", door.ip().to_string()),
            ("port", door.port().to_string()),
            ("username", key.door_user.clone()),
            ("password", key.door_password.clone()),
        ]);
        let new = NewConnection {
            name: key.name.clone(),
            password: key.password.clone(),
            salt: key.salt,
            protocol: "telnet",
            parameters,
        };
        let made = self.guacdb.provision(&new).await;
        made.context("failed to write into guacdb")
    }

    /// Takes them away again. What fails is left to the sweep.
    pub(super) async fn remove(&self, name: &str) {
        if let Err(error) = self.guacdb.sweep(name, &BTreeSet::new()).await {
            tracing::warn!(%error, "a connection of Guacamole's is removed later");
        }
    }
}
