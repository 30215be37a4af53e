//! What a container uses, by its cgroup: of either version, found by its first process.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use model::status::Usage;

/// Whoever asks more often gets the last answer.
const SHORTEST: Duration = Duration::from_millis(1900);

#[derive(Default)]
pub struct Sampler {
    of: Option<Of>,
    last: Option<(Instant, Duration)>,
    usage: Usage,
}

/// The files of one process's cgroup.
struct Of {
    pid: u32,
    cpu: Option<PathBuf>,
    memory: Option<PathBuf>,
}

impl Sampler {
    pub fn sample(&mut self, pid: u32) -> Usage {
        if self.of.as_ref().is_none_or(|of| of.pid != pid) {
            self.last = None;
            self.of = Some(find(pid));
        }
        if self.last.is_some_and(|(at, _)| at.elapsed() < SHORTEST) {
            return self.usage;
        }
        let Some(of) = &self.of else {
            return Usage::default();
        };
        let used = of.cpu.as_ref().and_then(|path| used_cpu(&read(path)));
        let rss = of.memory.as_ref().and_then(|path| resident(&read(path)));
        let (now, used) = (Instant::now(), used.unwrap_or_default());
        let cpu_percent = self.last.map_or(0.0, |(at, before)| {
            100.0 * used.saturating_sub(before).div_duration_f32(now - at)
        });
        self.last = Some((now, used));
        self.usage = Usage {
            cpu_percent,
            rss_bytes: rss.unwrap_or_default(),
        };
        self.usage
    }
}

fn read(path: &PathBuf) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn find(pid: u32) -> Of {
    let groups = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
    let file = |controller: &str, name: &str, unified: &str| {
        let (path, name) = match of_controller(&groups, controller) {
            Some(path) => (format!("/sys/fs/cgroup/{controller}{path}"), name),
            None => (
                format!("/sys/fs/cgroup{}", of_controller(&groups, "")?),
                unified,
            ),
        };
        Some(PathBuf::from(path).join(name)).filter(|path| path.exists())
    };
    Of {
        pid,
        cpu: file("cpuacct", "cpuacct.usage", "cpu.stat"),
        memory: file("memory", "memory.stat", "memory.stat"),
    }
}

/// Lines are `4:memory:/docker/…`, of version 2 `0::/system.slice/…`.
fn of_controller<'a>(groups: &'a str, controller: &str) -> Option<&'a str> {
    groups.lines().find_map(|line| {
        let (_, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        controllers
            .split(',')
            .any(|one| one == controller)
            .then_some(path)
    })
}

/// Nanoseconds alone, or a line `usage_usec N`.
fn used_cpu(text: &str) -> Option<Duration> {
    if let Ok(nanoseconds) = text.trim().parse() {
        return Some(Duration::from_nanos(nanoseconds));
    }
    field(text, &["usage_usec"]).map(Duration::from_micros)
}

/// Version 1 calls it `total_rss`, version 2 `anon`; what only lies in caches is nobody's need.
fn resident(text: &str) -> Option<u64> {
    field(text, &["total_rss", "anon"])
}

fn field(text: &str, names: &[&str]) -> Option<u64> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once(' ')?;
        names.contains(&name).then(|| value.trim().parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_of_cgroups_are_read() {
        let first = "5:cpuacct,cpu:/docker/a\n4:memory:/docker/b\n0::/x";
        assert_eq!(of_controller(first, "cpuacct"), Some("/docker/a"));
        assert_eq!(
            of_controller("0::/system.slice/a", ""),
            Some("/system.slice/a")
        );
        assert_eq!(of_controller("0::/x", "memory"), None);
        assert_eq!(used_cpu("1500\n"), Some(Duration::from_nanos(1500)));
        assert_eq!(
            used_cpu("usage_usec 7\nuser_usec 3"),
            Some(Duration::from_micros(7))
        );
        assert_eq!(resident("cache 1\ntotal_rss 4096"), Some(4096));
        assert_eq!(resident("anon 8192\nfile 1"), Some(8192));
    }
}
