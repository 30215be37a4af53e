//! The rows of one connection in Guacamole's database, and of its user.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use anyhow::Context;
use model::words::one_line;
use store::{ConnectionUser, NewConnection};

use super::Guacamole;
use super::key::OneTime;

impl Guacamole {
    /// A connection that leads to `door`, which the user may open; its number.
    pub(super) async fn provision(
        &self,
        user: &ConnectionUser,
        key: &OneTime,
        title: String,
        door: SocketAddr,
    ) -> anyhow::Result<u64> {
        let parameters = BTreeMap::from([
            ("hostname", door.ip().to_string()),
            ("port", door.port().to_string()),
            ("username", key.door_user.clone()),
            ("password", key.door_password.clone()),
        ]);
        let new = NewConnection {
            key: key.name.clone(),
            title,
            protocol: "telnet",
            parameters,
        };
        let made = self.guacdb.provision(user, &new).await;
        made.context("failed to write into guacdb")
    }

    /// Takes a user or a connection away again. What fails is left to the sweep.
    pub(super) async fn remove(&self, name: &str) {
        let names = BTreeSet::from([name.to_owned()]);
        if let Err(error) = self.guacdb.remove(&names).await {
            tracing::warn!(%error, "what Guacamole needs no more is removed later");
        }
    }
}

/// What the tab of Guacamole's page is called. The node is first: a tab is narrow.
pub(super) fn title(lab: &str, node: &str, console: &str) -> String {
    let title = format!("{node} {console} – {lab}");
    one_line(&title, NewConnection::TITLE_MAX_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_line_that_fits() {
        assert_eq!(title("Metro WAN", "r1", "shell"), "r1 shell – Metro WAN");
        // A lab of an earlier version may have such a name.
        let odd = title("a\n\u{202e}b", "r1", "shell");
        assert_eq!(odd, "r1 shell – ab");
        let long = title(&"ä".repeat(128), &"n".repeat(63), "shell");
        assert_eq!(long.chars().count(), NewConnection::TITLE_MAX_CHARS);
    }
}
