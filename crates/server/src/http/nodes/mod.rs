//! One node of a lab: its drawing, its life, its inside.

pub mod act;
pub mod console;
pub mod create;
pub mod delete;
pub mod exec;
pub mod exec_stream;
pub mod forward;
pub mod get;
pub mod get_files;
pub mod list;
pub mod logs;
pub mod open_in_guacamole;
pub mod put_files;
pub mod replace;
