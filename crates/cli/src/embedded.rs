//! The embedded lane: server and agent of one user, kept running by one `nova-ve up`.
//!
//! ```text
//! nova-ve up ── keeper ──┬─ nova-ve-server serve      up.json: who runs, and where
//!                        └─ nova-ve-agent serve       up.lock: held by the keeper while it lives
//! ```
//! The keeper starts a part again when it dies, and holds the socket on which the server listens, so that
//! the address stays ours meanwhile. Nodes belong to neither: they outlive all three.

mod descriptors;
mod folder;
mod instance;
mod keeper;
mod logs;
mod nodes;
mod password;
mod prepare;
mod process;
mod record;
mod room;
mod service;

pub use descriptors::close_inherited;
pub use folder::DataFolder;
pub use keeper::{Keeper, Stopped};
pub use logs::{Log, tail};
pub use nodes::holder_of;
pub use prepare::{Listen, beside, check_host, doctor_facts, prepare, sweep};
pub use process::ProcessId;
pub use record::UpRecord;
pub use room::{MAKE_ROOM, is_full, require_room, words as words_of_room};

/// Settings of the contract lane's server. One that a person's shell happens to have must not lead the
/// embedded server to another database.
pub const NOT_OURS: [&str; 6] = [
    "DATABASE_URL",
    "COOKIE_SECURE",
    "NOVA_VE_LABS_DIR",
    "NOVA_VE_LISTEN",
    "NOVA_VE_AGENT_SOCKET",
    "NOVA_VE_INSTANCE_ID_FILE",
];

/// Names of the programs, which lie beside this one.
pub const SERVER: &str = "nova-ve-server";
pub const AGENT: &str = "nova-ve-agent";
