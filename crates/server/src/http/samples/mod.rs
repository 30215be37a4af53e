//! Labs that come with the program.

pub mod list;
pub mod open;
