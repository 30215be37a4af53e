//! How many files this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// More than the border ever needs.
const WANTED: u64 = 16_384;

/// Raises the soft limit as far as the hard one lets; answers what it is then. This process starts
/// no others, so nobody inherits it.
pub fn raise_open_files() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(WANTED).min(WANTED);
    let now = limit.current.unwrap_or(WANTED);
    if now < most {
        let raised = Rlimit {
            current: Some(most),
            maximum: limit.maximum,
        };
        if setrlimit(Resource::Nofile, raised).is_ok() {
            return usize::try_from(most).unwrap_or(usize::MAX);
        }
    }
    usize::try_from(now).unwrap_or(usize::MAX)
}
