//! What operations do with labs: who may, what changes, how it is told.

mod access;
mod act;
mod add;
mod asks;
mod config;
mod drift;
mod edit;
mod inside;
mod make;
pub mod reading;
mod reserve;
mod take_over;
mod view;

pub use add::{add_link_edit, add_network_edit, add_node_edit, replace_link_edit};
pub use view::{file_name_of, thumbnail};
