//! Ctrl-C asks the demo to end; it then cleans up as it would at its end.

use std::time::Duration;

use anyhow::bail;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

/// SIGINT and SIGTERM, held back from their default act of ending the process.
pub struct Interrupt {
    signals: SignalFd,
    came: std::cell::Cell<bool>,
}

impl Interrupt {
    /// Programs started later are not concerned: the standard library clears the mask for them.
    pub fn catch() -> anyhow::Result<Self> {
        let mut mask = SigSet::empty();
        mask.add(Signal::SIGINT);
        mask.add(Signal::SIGTERM);
        mask.thread_block()?;
        let signals = SignalFd::with_flags(&mask, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;
        Ok(Self {
            signals,
            came: false.into(),
        })
    }

    pub fn came(&self) -> bool {
        if matches!(self.signals.read_signal(), Ok(Some(_))) {
            self.came.set(true);
        }
        self.came.get()
    }

    /// A short pause of a waiting loop; fails when the person asked to end.
    pub fn pause(&self) -> anyhow::Result<()> {
        crate::sh::pause(Duration::from_millis(200));
        if self.came() {
            bail!("stopped by Ctrl-C");
        }
        Ok(())
    }

    /// Until the person asks to end.
    pub fn wait(&self) {
        while self.pause().is_ok() {}
    }
}
