//! Users. `{user}` is a name.

pub mod create;
pub mod delete;
pub mod get;
pub mod list;
pub mod sessions;
pub mod set_password;
pub mod set_role;
