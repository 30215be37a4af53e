//! What a program takes of its host, as the kernel counts it.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessFigures {
    /// Memory in use now.
    pub rss_bytes: u64,
    pub threads: u64,
    pub open_fds: u64,
    pub max_fds: u64,
    /// Time on a processor since its start.
    pub cpu_us: u64,
}

impl ProcessFigures {
    /// Of this process. What the kernel does not tell is 0.
    pub fn own() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let number = |name: &str| number_of(&status, name);
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
        Self {
            rss_bytes: number("VmRSS:") * 1024,
            threads: number("Threads:"),
            open_fds: open_fds(),
            max_fds: limit.current.unwrap_or_default(),
            cpu_us: u64::try_from(cpu().as_micros()).unwrap_or(u64::MAX),
        }
    }
}

fn number_of(status: &str, name: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let word = line.and_then(|rest| rest.split_whitespace().next());
    word.and_then(|word| word.parse().ok()).unwrap_or_default()
}

/// Without the one that looks.
fn open_fds() -> u64 {
    let looked = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    u64::try_from(looked).unwrap_or(u64::MAX).saturating_sub(1)
}

fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_threads_and_open_files() {
        let figures = ProcessFigures::own();
        assert!(figures.rss_bytes > 1 << 20, "{figures:?}");
        assert!(figures.threads >= 1 && figures.open_fds >= 3, "{figures:?}");
        assert!(figures.max_fds >= figures.open_fds, "{figures:?}");
        let file = std::fs::File::open("/proc/self/status");
        let with_file = ProcessFigures::own().open_fds;
        drop(file);
        // Other tests open files too, so only that it counts at all can be said.
        assert!(with_file > 3);
    }
}
