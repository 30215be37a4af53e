//! A node's console in Guacamole, beside the console of our own pages.
//!
//! ```text
//! POST …/guacamole ─▶ place ─▶ door ─▶ connection of the session's user in guacdb ─▶ token ─▶ address
//!
//! browser ◀─▶ web application ◀─▶ guacd ──telnet──▶ door ──log-in──▶ relay ◀─▶ agent ◀─▶ node
//!                                                    │ nobody in time, or the end of either side,
//!                                                    ▼ of the session, of the right
//!                                        the connection is removed, the place is free
//! ```
//! One address is good for one connection. Its door is a listening socket on guacd's own network that takes
//! one connection, from guacd alone, within a minute. Another container of that network that gets
//! there first does not know the log-in, which is written into guacdb for this one connection.
//! All consoles of a session have one user in Guacamole (`account`), which ends after the last one, or
//! with the session. `control::sweep_guacamole` removes what an earlier server left.
//!
//! Nothing here gives the browser a way to guacd, or guacd a way to a node but through its door.

mod account;
mod config;
mod door;
mod key;
mod open;
mod places;
mod relay;
mod rows;
mod web_app;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use store::Guacdb;

pub use config::GuacamoleConfig;
pub use key::prefix;
pub use places::Places;
pub use web_app::WebApp;

/// The Guacamole that this server is joined with.
#[derive(Debug, Clone)]
pub struct Guacamole {
    pub guacdb: Guacdb,
    pub web_app: WebApp,
    pub network: Network,
    pub bounds: Bounds,
}

/// guacd's network, as deploy/compose/guacamole-compose.yml makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// This host there.
    pub host: IpAddr,
    pub guacd: IpAddr,
    /// What comes by any other interface is not heard; `None`: all are.
    pub bridge: Option<String>,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            host: Ipv4Addr::new(172, 31, 251, 1).into(),
            guacd: Ipv4Addr::new(172, 31, 251, 3).into(),
            bridge: Some("nova-ve-guac".into()),
        }
    }
}

/// Tests make it small.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub at_once: usize,
    pub at_once_a_user: usize,
    /// For guacd to come, from the answer on.
    pub connect_within: Duration,
    pub log_in_within: Duration,
    /// For the web application to give a token.
    pub token_within: Duration,
    /// guacd may read nothing for so long.
    pub silence: Duration,
    /// For the user of a session of which nothing is open any more.
    pub linger: Duration,
    pub sweep_every: Duration,
    /// Guacamole's own history of our users is kept for so long.
    pub history_days: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            at_once: 128,
            at_once_a_user: 16,
            connect_within: Duration::from_mins(1),
            log_in_within: Duration::from_secs(15),
            token_within: Duration::from_secs(10),
            silence: Duration::from_mins(2),
            linger: Duration::from_mins(5),
            sweep_every: Duration::from_mins(1),
            history_days: 30,
        }
    }
}
