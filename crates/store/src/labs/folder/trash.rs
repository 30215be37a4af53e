//! What lies in the trash for too long goes: nobody else takes it out, and it would fill the disk.

use std::fs;

use model::LabId;

use super::{Folder, TRASH, failed};
use crate::StoreError;

/// A removed lab can be put back for this long.
pub const TRASH_KEPT_MS: u64 = 30 * 24 * 60 * 60 * 1000;

impl Folder {
    /// Removes what was put there too long ago, by the time in its name; files of other names are
    /// somebody else's and stay. How many went.
    pub(in crate::labs) fn prune_trash(&self, now_ms: u64) -> Result<u64, StoreError> {
        let trash = self.path.join(TRASH);
        let oldest_ms = now_ms.saturating_sub(TRASH_KEPT_MS);
        let mut removed = 0;
        for entry in fs::read_dir(&trash).map_err(failed("list", &trash))? {
            let entry = entry.map_err(failed("list", &trash))?;
            let put_ms = put_at(&entry.file_name().to_string_lossy());
            if put_ms.is_none_or(|put_ms| put_ms >= oldest_ms) {
                continue;
            }
            match fs::remove_file(entry.path()) {
                Ok(()) => removed += 1,
                // The others go all the same.
                Err(error) => {
                    tracing::warn!(file = %entry.path().display(), %error, "labs.trash not removed");
                }
            }
        }
        Ok(removed)
    }
}

/// From `<uuid>-<milliseconds>.json`, also with a word behind the time.
fn put_at(name: &str) -> Option<u64> {
    let (id, rest) = name.split_at_checked(36)?;
    id.parse::<LabId>().ok()?;
    let rest = rest.strip_prefix('-')?.strip_suffix(".json")?;
    let end = rest.find('-').unwrap_or(rest.len());
    rest[..end].parse().ok()
}
