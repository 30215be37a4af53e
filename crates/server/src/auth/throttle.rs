//! Limits on failed log-ins, for each account and each client address.
//!
//! An attempt takes a token from both buckets and gets it back when the password was right, so a
//! person who logs in often is not held up, and attempts made at once are counted at once.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Mutex;

/// How a bucket fills.
#[derive(Debug, Clone, Copy)]
struct Rate {
    burst: u64,
    refill_ms: u64,
}

/// Ten guesses at a password, then one in ten seconds.
const ACCOUNT: Rate = Rate {
    burst: 10,
    refill_ms: 10_000,
};
/// A class room behind one address may mistype; a machine that tries a dictionary may not.
const ADDRESS: Rate = Rate {
    burst: 50,
    refill_ms: 2_000,
};
/// Full buckets are forgotten when there are more than this.
const KEPT: usize = 10_000;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Account(String),
    Address(IpAddr),
}

impl Key {
    fn rate(&self) -> Rate {
        match self {
            Self::Account(_) => ACCOUNT,
            Self::Address(_) => ADDRESS,
        }
    }
}

/// When a bucket is full again: the tokens taken, as time of the clock that nobody sets. By the other
/// one, a jump back would keep everybody out for as long.
#[derive(Debug, Default)]
pub struct Throttle {
    full_at_ms: Mutex<BTreeMap<Key, u64>>,
}

/// An attempt that was let through.
#[derive(Debug)]
pub struct Attempt([Key; 2]);

/// Too many attempts: the time until the next one is let through.
#[derive(Debug, PartialEq, Eq)]
pub struct Limited {
    pub retry_after_s: u64,
}

impl Throttle {
    pub fn begin(&self, account: &str, address: IpAddr, now_ms: u64) -> Result<Attempt, Limited> {
        let account: String = account.chars().take(64).collect();
        let keys = [Key::Account(account.to_lowercase()), Key::Address(address)];
        let mut full_at_ms = self.full_at_ms.lock().expect("no holder panics");
        if full_at_ms.len() > KEPT {
            full_at_ms.retain(|_, at| *at > now_ms);
        }
        let wait_ms = keys.iter().map(|key| wait_ms(&full_at_ms, key, now_ms));
        match wait_ms.max().unwrap_or(0) {
            0 => {}
            wait_ms => {
                return Err(Limited {
                    retry_after_s: wait_ms.div_ceil(1000),
                });
            }
        }
        for key in &keys {
            let at = full_at_ms.entry(key.clone()).or_insert(now_ms);
            *at = (*at).max(now_ms) + key.rate().refill_ms;
        }
        Ok(Attempt(keys))
    }

    /// The password was right: the attempt does not count.
    pub fn succeeded(&self, Attempt(keys): Attempt) {
        let mut full_at_ms = self.full_at_ms.lock().expect("no holder panics");
        for key in keys {
            if let Some(at) = full_at_ms.get_mut(&key) {
                *at = at.saturating_sub(key.rate().refill_ms);
            }
        }
    }
}

fn wait_ms(full_at_ms: &BTreeMap<Key, u64>, key: &Key, now_ms: u64) -> u64 {
    let rate = key.rate();
    let at = full_at_ms.get(key).copied().unwrap_or(now_ms);
    // One more token must still fit into the burst.
    (at + rate.refill_ms).saturating_sub(now_ms + rate.burst * rate.refill_ms)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const NOW: u64 = 1_000_000;

    #[test]
    fn an_account_is_limited_after_ten_failures_and_recovers() {
        let throttle = Throttle::default();
        for _ in 0..10 {
            throttle.begin("Admin", HOME, NOW).unwrap();
        }
        let limited = throttle.begin("admin", HOME, NOW).unwrap_err();
        assert_eq!(limited.retry_after_s, 10);
        assert!(throttle.begin("other", HOME, NOW).is_ok());
        assert!(throttle.begin("admin", HOME, NOW + 10_000).is_ok());
        assert!(throttle.begin("admin", HOME, NOW + 10_000).is_err());
    }

    #[test]
    fn successes_do_not_count() {
        let throttle = Throttle::default();
        for _ in 0..100 {
            let attempt = throttle.begin("admin", HOME, NOW).unwrap();
            throttle.succeeded(attempt);
        }
    }

    #[test]
    fn an_address_is_limited_over_all_accounts() {
        let throttle = Throttle::default();
        for number in 0..50 {
            throttle.begin(&format!("user{number}"), HOME, NOW).unwrap();
        }
        assert!(throttle.begin("one-more", HOME, NOW).is_err());
    }
}
