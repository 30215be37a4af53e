//! What can go wrong between us and the kernel.

use std::fmt::Display;
use std::io;

use rustix::io::Errno;

pub type Result<T> = std::result::Result<T, Error>;

/// Lowercase fragments: they fit after "failed to …: ".
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("open a netlink socket")]
    Open(#[source] io::Error),
    #[error("enter or make a network namespace")]
    Namespace(#[source] io::Error),
    #[error("{act}: netlink broke off")]
    Channel {
        act: String,
        #[source]
        source: io::Error,
    },
    /// The kernel's own word is kept, with its longer explanation where it gave one.
    #[error("{act}: {said}")]
    Refused {
        act: String,
        errno: Errno,
        said: String,
    },
    #[error(
        "{name} is on this host without the mark of this lab, so it is left alone; rename or delete it"
    )]
    Foreign { name: String },
    #[error(
        "{name} belongs to another bridge or is no interface of the host's own, so it is not joined"
    )]
    Taken { name: String },
    #[error("{name} is not there")]
    Missing { name: String },
    #[error("turn IPv6 off on {name}")]
    Ipv6 {
        name: String,
        #[source]
        source: io::Error,
    },
    #[error("turn IPv6 on on {name}; does this kernel have it, and is it not switched off?")]
    Ipv6On {
        name: String,
        #[source]
        source: io::Error,
    },
    #[error("let this host forward packets")]
    Forwarding(#[source] io::Error),
    #[error(
        "open the way outward by nftables; does this kernel have its address translation (nf_nat)?"
    )]
    Opening(#[source] io::Error),
    #[error("close the lab networks to the host by nftables; does this kernel have nf_tables?")]
    Closing(#[source] io::Error),
    #[error("fabric's thread has ended; the agent's log says why")]
    ThreadEnded,
}

impl Error {
    /// Whether the kernel refused with this very word.
    pub fn is(&self, word: Errno) -> bool {
        matches!(self, Self::Refused { errno, .. } if *errno == word)
    }
}

/// Why one netlink request failed, before anybody said what it was for.
#[derive(Debug)]
pub(crate) enum Failure {
    Io(io::Error),
    Refused { errno: Errno, said: String },
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Failure {
    pub(crate) fn is(&self, word: Errno) -> bool {
        matches!(self, Self::Refused { errno, .. } if *errno == word)
    }

    /// Says what the request was for.
    pub(crate) fn on(self, act: impl Display) -> Error {
        let act = act.to_string();
        match self {
            Self::Io(source) => Error::Channel { act, source },
            Self::Refused { errno, said } => Error::Refused { act, errno, said },
        }
    }
}

/// Says what a request was for, and lets words pass that mean "it is so already".
pub(crate) trait Outcome<T> {
    fn on(self, act: impl Display) -> Result<T>;
}

impl<T> Outcome<T> for std::result::Result<T, Failure> {
    fn on(self, act: impl Display) -> Result<T> {
        self.map_err(|failure| failure.on(act))
    }
}

/// The request's purpose is reached when the kernel says one of `fine`.
pub(crate) fn tolerate(
    outcome: std::result::Result<(), Failure>,
    fine: &[Errno],
) -> std::result::Result<(), Failure> {
    match outcome {
        Err(failure) if fine.iter().any(|word| failure.is(*word)) => Ok(()),
        other => other,
    }
}
