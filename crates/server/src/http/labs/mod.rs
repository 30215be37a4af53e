//! Labs as wholes.

pub mod answer;
pub mod create;
pub mod delete;
pub mod export;
pub mod get;
pub mod images;
pub mod import;
pub mod list;
pub mod read;
pub mod restore;
pub mod status;
