//! Looks on at the kernel: what happens to the devices of this process's network namespace, and when it
//! was heard, from a thread of its own. The agent's own word comes up to 100 ms later.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::netlink::{Netlink, News};

const PATIENCE: Duration = Duration::from_mins(1);

pub struct Watch(Receiver<(Instant, News)>);

impl Watch {
    /// The thread ends with the process.
    pub fn start() -> anyhow::Result<Self> {
        let mut heard = Netlink::listen()?;
        let (tell, told) = channel();
        std::thread::spawn(move || {
            while let Ok(news) = heard.news() {
                let now = Instant::now();
                if news.into_iter().any(|news| tell.send((now, news)).is_err()) {
                    return;
                }
            }
        });
        Ok(Self(told))
    }

    /// What was told so far is of no interest.
    pub fn forget(&self) {
        while self.0.try_recv().is_ok() {}
    }

    /// When the last of these devices had carrier.
    pub fn until_carrier(&self, mut names: BTreeSet<String>) -> anyhow::Result<Instant> {
        self.until(|news| match news {
            News::Present(device) if device.carrier => {
                names.remove(&device.name);
                names.is_empty()
            }
            News::Present(_) | News::Gone(_) => false,
        })
    }

    /// When the first and the last of so many devices, whose names begin like this, went.
    pub fn until_gone(&self, prefix: &str, count: usize) -> anyhow::Result<(Instant, Instant)> {
        let mut gone = 0;
        let mut went = |news: &News| {
            let is_one = matches!(news, News::Gone(device) if device.name.starts_with(prefix));
            gone += usize::from(is_one);
            is_one
        };
        let first = self.until(&mut went)?;
        let mut last = first;
        for _ in 1..count {
            last = self.until(&mut went)?;
        }
        Ok((first, last))
    }

    fn until(&self, mut holds: impl FnMut(&News) -> bool) -> anyhow::Result<Instant> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let next = self.0.recv_timeout(left);
            let (at, news) = next.context("waited in vain for the kernel's word")?;
            if holds(&news) {
                return Ok(at);
            }
            if left.is_zero() {
                bail!("waited in vain for the kernel's word");
            }
        }
    }
}
