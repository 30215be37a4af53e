//! One stream of bytes between two network namespaces, as fast as it goes, for a second.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};
use nix::sched::{CloneFlags, CpuSet, sched_getaffinity, sched_setaffinity, setns};
use nix::unistd::Pid;

const SECOND: Duration = Duration::from_secs(1);
const CHUNK_BYTES: usize = 128 * 1024;

/// From the first namespace to an address in the second.
pub struct Way {
    pub netns: [File; 2],
    pub address: Ipv4Addr,
}

/// In a thread that has joined this network namespace.
pub fn inside<T: Send + 'static>(
    netns: &File,
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    let netns = netns.try_clone()?;
    let thread = std::thread::spawn(move || {
        setns(netns.as_fd(), CloneFlags::CLONE_NEWNET).context("join a network namespace")?;
        work()
    });
    let outcome = thread.join();
    outcome.map_err(|_| anyhow!("a thread in a network namespace panicked"))?
}

/// Gbit/s, as the receiver counts them. A socket stays in the namespace it was made in.
pub fn transfer(way: &Way) -> anyhow::Result<f64> {
    let address = way.address;
    let listener = inside(&way.netns[1], move || {
        Ok(TcpListener::bind(SocketAddr::from((address, 0)))?)
    })?;
    let to = listener.local_addr()?;
    let sender = inside(&way.netns[0], move || Ok(TcpStream::connect(to)?))?;
    let (receiver, _) = listener.accept()?;
    let [first, second] = two_processors()?;
    let sending = std::thread::spawn(move || send(sender, first));
    let receiving = std::thread::spawn(move || receive(receiver, second));
    let rate = receiving
        .join()
        .map_err(|_| anyhow!("the receiver panicked"))?;
    sending
        .join()
        .map_err(|_| anyhow!("the sender panicked"))??;
    rate
}

fn send(mut stream: TcpStream, processor: usize) -> anyhow::Result<()> {
    pin(processor)?;
    let bytes = vec![0; CHUNK_BYTES];
    // The receiver ends it.
    while stream.write_all(&bytes).is_ok() {}
    Ok(())
}

fn receive(mut stream: TcpStream, processor: usize) -> anyhow::Result<f64> {
    pin(processor)?;
    let mut bytes = vec![0; CHUNK_BYTES];
    let begun = Instant::now();
    let mut count = 0;
    while begun.elapsed() < SECOND {
        match stream.read(&mut bytes)? {
            0 => bail!("the stream ended early"),
            length => count += u64::try_from(length)?,
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    Ok(f64::from(u32::try_from(count / 1000)?) * 8e3 / seconds / 1e9)
}

/// The first two that this process may use.
fn two_processors() -> anyhow::Result<[usize; 2]> {
    let allowed = sched_getaffinity(Pid::from_raw(0))?;
    let mut usable = (0..CpuSet::count()).filter(|cpu| allowed.is_set(*cpu).unwrap_or(false));
    match (usable.next(), usable.next()) {
        (Some(first), Some(second)) => Ok([first, second]),
        _ => bail!("sender and receiver need a processor each, and there is one"),
    }
}

fn pin(processor: usize) -> anyhow::Result<()> {
    let mut only = CpuSet::new();
    only.set(processor)?;
    sched_setaffinity(Pid::from_raw(0), &only).context("pin a thread to a processor")
}
