//! Threads in network namespaces.
//!
//! A thread may stand in another network namespace than its process; a socket stays in the namespace
//! it was made in, and `/proc/sys/net` shows the namespace of the thread that opens it. So what is
//! done for a namespace is done by a thread that stands in it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::mpsc;
use std::thread;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tokio::sync::oneshot;

use crate::error::{Error, Result};
use crate::host::Host;

type Job = Box<dyn FnOnce(&mut Host) + Send>;

/// The thread that owns the host's socket. It ends when every handle is dropped.
#[derive(Clone)]
pub(crate) struct Worker {
    jobs: mpsc::Sender<Job>,
}

impl Worker {
    /// Starts it in `netns`, or where the caller stands (a new thread inherits that).
    pub(crate) fn start(netns: Option<OwnedFd>) -> Result<Self> {
        let (jobs, todo) = mpsc::channel::<Job>();
        let (tell, told) = mpsc::channel();
        let work = move || match enter_and_open(netns.as_ref()) {
            Err(error) => drop(tell.send(Err(error))),
            Ok(mut host) => {
                drop(tell.send(Ok(())));
                while let Ok(job) = todo.recv() {
                    job(&mut host);
                    host.settle();
                }
            }
        };
        spawn(work).map_err(Error::Namespace)?;
        told.recv().map_err(|_| Error::ThreadEnded)??;
        Ok(Self { jobs })
    }

    /// Does one job on the thread; others of this handle may come between two jobs, never inside one.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Host) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (tell, told) = oneshot::channel();
        let job: Job = Box::new(move |host| drop(tell.send(job(host))));
        self.jobs.send(job).map_err(|_| Error::ThreadEnded)?;
        told.await.map_err(|_| Error::ThreadEnded)?
    }
}

fn enter_and_open(netns: Option<&OwnedFd>) -> Result<Host> {
    if let Some(netns) = netns {
        enter(netns.as_fd()).map_err(Error::Namespace)?;
    }
    Host::open()
}

/// Moves the calling thread, for the rest of its life: only for threads made for it.
fn enter(netns: BorrowedFd<'_>) -> io::Result<()> {
    Ok(move_into_link_name_space(
        netns,
        Some(LinkNameSpaceType::Network),
    )?)
}

fn spawn<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<thread::JoinHandle<T>> {
    thread::Builder::new().name("fabric".into()).spawn(work)
}

/// Runs `work` on a thread of its own inside `netns` and waits for it.
pub(crate) fn inside<T: Send + 'static>(
    netns: OwnedFd,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<T> {
    let thread = spawn(move || {
        enter(netns.as_fd())?;
        Ok(work())
    })?;
    thread
        .join()
        .map_err(|_| io::Error::other("a thread inside the namespace panicked"))?
}
