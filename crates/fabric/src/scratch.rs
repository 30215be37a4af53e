//! Network namespaces to try something in, gone with their last descriptor and socket.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use crate::error::{Error, Result};
use crate::fabric::Fabric;
use crate::node::NodeNet;
use crate::thread;

/// A network namespace of its own, empty but for `lo`. Needs the right to make one.
#[derive(Debug)]
pub struct Namespace {
    netns: OwnedFd,
}

impl Namespace {
    pub fn new() -> Result<Self> {
        let made = std::thread::spawn(make).join();
        let made = made.unwrap_or_else(|_| Err(io::Error::other("the thread panicked")));
        Ok(Self {
            netns: made.map_err(Error::Namespace)?,
        })
    }

    /// A fabric whose host this namespace is.
    pub fn fabric(&self) -> Result<Fabric> {
        Fabric::open_in(self.netns.as_fd())
    }

    /// A node whose namespace this is.
    pub fn node(&self) -> Result<NodeNet> {
        NodeNet::open_blocking(self.descriptor()?)
    }

    pub fn descriptor(&self) -> Result<OwnedFd> {
        self.netns.try_clone().map_err(Error::Namespace)
    }

    /// Runs `work` on a thread of its own inside, and waits for it.
    pub fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        thread::inside(self.descriptor()?, work).map_err(Error::Namespace)
    }
}

impl AsFd for Namespace {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.netns.as_fd()
    }
}

fn make() -> io::Result<OwnedFd> {
    nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNET)?;
    Ok(File::open("/proc/thread-self/ns/net")?.into())
}
