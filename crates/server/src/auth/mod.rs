//! Who is asking: passwords, sessions, and the rule that a browser's request comes from our own pages.
//!
//! A session is a 256-bit secret, held by the client and known here by its SHA-256 alone. A browser
//! carries it as a cookie and must then prove its origin on everything that changes something; a
//! program sends it as a bearer and needs no origin. A token is the same for programs alone: named,
//! expiring, and no way to further ways in.
//!
//! `model::access` says who may do what; `require` asks it, `rights` knows it for events, `live`
//! ends what is open when it changes.

mod argon;
mod audit;
mod caller;
mod guard;
mod live;
mod log_in;
mod origin;
mod password;
mod require;
mod rights;
mod secret;
mod sessions;
mod shares;
mod throttle;
mod tokens;
mod users;

pub use audit::Refusals;
pub use caller::{Asked, Caller};
pub use guard::require_session;
pub use live::{Live, Stay};
pub use log_in::ClientWords;
pub use origin::{client_address, require_same_origin_if_any};
pub use password::{Cost, Passwords};
pub use rights::Rights;
pub use secret::{SessionSecret, TokenSecret, expired_cookie, hex, session_cookie};
pub use throttle::Throttle;
pub use users::USERNAME_RULE;

/// A session ends when it was not used for so long.
pub const IDLE_MS: u64 = 12 * 60 * 60 * 1000;
/// A session ends at the latest so long after log-in.
pub const ABSOLUTE_MS: u64 = 7 * 24 * 60 * 60 * 1000;
