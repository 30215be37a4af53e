//! What a lab is, and what must happen next. Pure: no I/O, no clock, no randomness.
//!
//! Entered by `Lab` (what a person draws), `edit::Edit` (how it changes), `validate` (what is wrong
//! with it, everything at once), `spec::LabSpec` (what a host is asked for), `plan` (from wanted and
//! seen to steps) and `drift` (what on the host is not as declared). Kernel names come from `names`,
//! subnets and addresses of networks that the host is on from `networks`.

pub mod access;
pub mod carrier;
pub mod drift;
pub mod edit;
pub mod id;
pub mod image;
pub mod lab;
pub mod limits;
pub mod names;
pub mod networks;
pub mod plan;
pub mod problem;
pub mod reach;
pub mod seen;
pub mod spec;
pub mod status;
pub mod template;
pub mod validate;
pub mod words;

pub use id::{
    Generation, HostId, IfaceIndex, InstanceId, LabId, LinkId, NetworkId, NodeId, Revision,
};
pub use lab::{
    Drawing, End, Interface, Lab, Link, LinkState, Mac, Network, Node, NodeKind, Position,
};
pub use problem::Problem;
