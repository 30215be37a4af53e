//! Somebody else on the same kernel: makes one veth pair after the other in a network namespace of its
//! own and tells how long each took. The kernel has one lock for all namespaces' devices (RTNL), so the
//! longest time tells how long others held it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use nix::sched::{CloneFlags, unshare};

use crate::netlink::device::{self, End, HostSide};
use crate::netlink::{Netlink, Request};

const GROUP: u32 = 7;
const PAUSE: Duration = Duration::from_millis(1);

pub struct Lookout {
    over: Arc<AtomicBool>,
    thread: JoinHandle<anyhow::Result<Vec<Made>>>,
}

/// One pair.
#[derive(Debug, Clone, Copy)]
pub struct Made {
    pub begun: Instant,
    pub seconds: f64,
}

impl Lookout {
    pub fn start() -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&over);
        Self {
            over,
            thread: std::thread::spawn(move || look(&told)),
        }
    }

    /// What it met.
    pub fn end(self) -> anyhow::Result<Vec<Made>> {
        self.over.store(true, Ordering::Relaxed);
        let met = self.thread.join();
        met.map_err(|_| anyhow!("the look-out's thread panicked"))?
    }
}

/// The longest of those that began in this time, in seconds.
pub fn worst_between(made: &[Made], from: Instant, to: Instant) -> f64 {
    let within = made
        .iter()
        .filter(|one| (from..to).contains(&one.begun))
        .map(|one| one.seconds);
    within.fold(0.0, f64::max)
}

#[expect(clippy::disallowed_methods, reason = "a plain thread that asks again")]
fn look(over: &AtomicBool) -> anyhow::Result<Vec<Made>> {
    unshare(CloneFlags::CLONE_NEWNET).context("make a network namespace")?;
    let mut netlink = Netlink::open()?;
    let mut made = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let pair = pair(made.len());
        let begun = Instant::now();
        netlink.one(pair)?;
        made.push(Made {
            begun,
            seconds: begun.elapsed().as_secs_f64(),
        });
        std::thread::sleep(PAUSE);
    }
    netlink.one(device::delete_group(GROUP))?;
    Ok(made)
}

fn pair(number: usize) -> Request {
    let [a, b] = ["a", "b"].map(|side| format!("l{number}{side}"));
    let end = |name| End {
        name,
        mac: [0; 6],
        mtu: 1500,
        netns: None,
    };
    let side = HostSide {
        group: GROUP,
        ..HostSide::default()
    };
    device::make_pair(end(&a), side, end(&b))
}
