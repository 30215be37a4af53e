//! Ctrl-C asks the demo to end; it then cleans up as it would at its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::bail;
use signal_hook::consts::{SIGINT, SIGTERM};

/// SIGINT and SIGTERM set a flag instead of ending the process. They are not blocked: a program
/// started later would inherit that, and could not be asked to end.
pub struct Interrupt {
    came: Arc<AtomicBool>,
}

impl Interrupt {
    pub fn catch() -> anyhow::Result<Self> {
        let came = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(SIGINT, Arc::clone(&came))?;
        signal_hook::flag::register(SIGTERM, Arc::clone(&came))?;
        Ok(Self { came })
    }

    pub fn came(&self) -> bool {
        self.came.load(Ordering::Relaxed)
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
