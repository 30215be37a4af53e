//! Lab files of ours and of other tools, to and from the model. Pure: bytes in, bytes out.
//!
//! Every reader of another tool's format returns the lab *and its losses*: what the file says and the
//! lab cannot hold, each named. Nothing is dropped in silence. `native` is our own format.

mod error;

pub mod containerlab;
pub mod native;

pub use error::FormatError;

/// Something of the file that the lab does not have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Loss {
    /// Where in the file: `topology.nodes.r1.ports`.
    pub at: String,
    /// What is lost, as the file has it.
    pub what: String,
    /// Why, and what to do about it if anything.
    pub why: String,
}

impl Loss {
    pub fn new(at: impl Into<String>, what: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            what: what.into(),
            why: why.into(),
        }
    }
}

impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { at, what, why } = self;
        write!(f, "{at}: {what}: {why}")
    }
}
