//! Lab files of ours and of other tools, to and from the model. Pure: bytes in, bytes out.
//!
//! Every reader of another tool's format returns the lab *and its losses*: what the file says and the
//! lab cannot hold, each named with its place. Nothing is dropped in silence. `native` is our own format.

mod error;
mod loss;
mod yaml;

pub mod containerlab;
pub mod images;
pub mod native;

pub use error::FormatError;
pub use loss::{Fault, Loss, Place};
