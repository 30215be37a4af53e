//! Moments as a person writes and reads them, in the time zone of this host. Pure but for that zone.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan, ZonedDateTime};

/// `2026-11-23 16:02`.
pub fn moment(unix_ms: u64) -> String {
    let ms = i64::try_from(unix_ms).unwrap_or(i64::MAX);
    let Ok(at) = Timestamp::from_millisecond(ms) else {
        return String::new();
    };
    at.to_zoned_datetime(TimeZone::system())
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}

/// A moment on the command line: `2h` and `3d` are so long ago, `2026-11-23` and `2026-11-23T16:00` are
/// themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(pub u64);

impl std::str::FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        read(text, &ZonedDateTime::now())
            .and_then(|at| u64::try_from(at.timestamp().as_millisecond()).ok())
            .map(Self)
            .ok_or_else(|| "a time is written 30min, 2h, 3d, 2026-11-23 or 2026-11-23T16:00".into())
    }
}

fn read(text: &str, now: &ZonedDateTime) -> Option<ZonedDateTime> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.to_zoned_datetime(now.time_zone().clone()));
    }
    if let Ok(at) = text.parse::<DateTime>() {
        return at.to_zoned_datetime(now.time_zone().clone()).ok();
    }
    let long: Span = text.parse().ok()?;
    (long.compare((0.seconds(), now)).ok()? == std::cmp::Ordering::Greater)
        .then(|| now.checked_sub(long).ok())?
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn a_time_is_so_long_ago_or_itself() {
        let now: ZonedDateTime = "2026-11-23T16:00:00[UTC]".parse().unwrap();
        let at = |text| read(text, &now).map(|at| at.timestamp().to_string());
        assert_eq!(at("2h").unwrap(), "2026-11-23T14:00:00Z");
        assert_eq!(at("3d").unwrap(), "2026-11-20T16:00:00Z");
        assert_eq!(at("30min").unwrap(), "2026-11-23T15:30:00Z");
        assert_eq!(at("2026-11-01").unwrap(), "2026-11-01T00:00:00Z");
        assert_eq!(at("2026-11-01T08:30").unwrap(), "2026-11-01T08:30:00Z");
        assert_eq!(
            at("2026-11-01T08:30:00+01:00").unwrap(),
            "2026-11-01T07:30:00Z"
        );
        for wrong in ["", "yesterday", "-2h", "0s", "12"] {
            assert_eq!(at(wrong), None, "{wrong:?}");
        }
    }
}
