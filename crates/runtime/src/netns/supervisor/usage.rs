//! What the node uses, read from its own `/proc`: no cgroup is needed, so it is the same for root
//! and for an ordinary user, on every cgroup version.
//!
//! Memory is the sum of what each process has resident; pages they share count for each.

use std::fs;
use std::time::Duration;

use model::status::Usage;

/// Whoever asks more often gets the last answer.
const SHORTEST: Duration = Duration::from_secs(1);

#[derive(Default)]
pub struct Sampler {
    last: Option<(Duration, u64)>,
    usage: Usage,
}

impl Sampler {
    pub fn sample(&mut self, now: Duration) -> Usage {
        let young = |(at, _): (Duration, u64)| now.saturating_sub(at) < SHORTEST;
        if self.last.is_some_and(young) {
            return self.usage;
        }
        let (ticks, rss_bytes) = read();
        let cpu_percent = self.last.map_or(0.0, |(at, before)| {
            let per_second = rustix::param::clock_ticks_per_second();
            let used = Duration::from_millis(ticks.saturating_sub(before) * 1000 / per_second);
            100.0 * used.div_duration_f32(now.saturating_sub(at))
        });
        self.last = Some((now, ticks));
        self.usage = Usage {
            cpu_percent,
            rss_bytes,
        };
        self.usage
    }
}

/// Clock ticks spent so far, also by processes that are gone, and resident bytes.
fn read() -> (u64, u64) {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let stats = entries.filter(|entry| {
        let name = entry.file_name();
        name.to_str()
            .is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
    });
    let used =
        stats.filter_map(|entry| parse(&fs::read_to_string(entry.path().join("stat")).ok()?));
    used.fold((0, 0), |(ticks, rss), (t, r)| (ticks + t, rss + r))
}

fn parse(stat: &str) -> Option<(u64, u64)> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    // utime, stime, and those of the children that were waited for: fields 14 to 17, counted from the state, 3.
    let ticks = fields
        .get(11..15)?
        .iter()
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    let pages: u64 = fields.get(21)?.parse().ok()?;
    Some((ticks, pages * rustix::param::page_size() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_read_from_a_stat_line_whatever_the_program_is_called() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 1 2 3 4 10 20 30 40 20 0 1 0 99 1000 5 x";
        let page = rustix::param::page_size() as u64;
        assert_eq!(parse(stat), Some((100, 5 * page)));
        assert_eq!(parse("gone"), None);
    }
}
