//! One lab's file.

use std::path::Path;
use std::sync::Arc;

use agent_api::LabEntry;
use model::LabId;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::Entry;
use crate::file::Beside;

const FORMAT: u32 = 1;
/// What stands behind the wish.
const TAIL: &str = "}\n";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OnDisk {
    format: u32,
    /// Of `wish` as compact JSON: a file that was changed by hand or by a bad disk is not believed.
    sha256: String,
    fulfilled: bool,
    wish: LabEntry,
}

/// The lab that a file of the folder speaks of; other files are nobody's.
pub(super) fn lab_of(path: &Path) -> Option<LabId> {
    path.file_name()?
        .to_str()?
        .strip_suffix(".json")?
        .parse()
        .ok()
}

pub(super) fn read(path: &Path) -> Entry {
    match try_read(path) {
        Ok(entry) => entry,
        Err(why) => {
            tracing::error!(path = %path.display(), error = %why, "a ledger file cannot be read, its lab is frozen");
            Entry::Frozen(format!(
                "its ledger file {} {why}; restore it, or remove it to let the server's next wish in, and start the agent again",
                path.display()
            ))
        }
    }
}

fn try_read(path: &Path) -> Result<Entry, String> {
    let text = std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    let disk: OnDisk =
        serde_json::from_slice(&text).map_err(|error| format!("cannot be understood: {error}"))?;
    if disk.format != FORMAT {
        return Err(format!(
            "has format {}, this agent reads {FORMAT}",
            disk.format
        ));
    }
    let wish = serde_json::to_vec(&disk.wish).map_err(|error| error.to_string())?;
    if digest(&wish) != disk.sha256 {
        return Err("was changed: its contents do not fit its checksum".into());
    }
    Ok(Entry::Known {
        wish: Arc::new(disk.wish),
        fulfilled: disk.fulfilled,
    })
}

/// An entry on its way to its file.
#[derive(Debug)]
pub(super) struct Page {
    beside: Beside,
    /// The wish is the bulk of it, so its text is made once, for the checksum and for the file.
    wish: String,
    fulfilled: bool,
    is_written: bool,
}

impl Page {
    /// With space for it on the disk. None for what is in no file.
    pub fn with_space(path: &Path, entry: &Entry) -> std::io::Result<Option<Self>> {
        let Entry::Known { wish, fulfilled } = entry else {
            return Ok(None);
        };
        let mut page = Self {
            wish: serde_json::to_string(&**wish)?,
            fulfilled: *fulfilled,
            beside: Beside::new(path)?,
            is_written: false,
        };
        let head = page.head(&digest(&[]));
        let length = head.len() + page.wish.len() + TAIL.len();
        if !page.beside.reserve(length)? {
            page.write()?;
            page.is_written = true;
        }
        Ok(Some(page))
    }

    /// Waits for the disk.
    pub fn put_in_place(&self) -> std::io::Result<()> {
        if !self.is_written {
            self.write()?;
        }
        self.beside.put_in_place()
    }

    fn write(&self) -> std::io::Result<()> {
        let head = self.head(&digest(self.wish.as_bytes()));
        let parts = [head.as_bytes(), self.wish.as_bytes(), TAIL.as_bytes()];
        self.beside.write(&parts)
    }

    /// As long with every checksum.
    fn head(&self, sha256: &str) -> String {
        let fulfilled = self.fulfilled;
        format!(r#"{{"format":{FORMAT},"sha256":"{sha256}","fulfilled":{fulfilled},"wish":"#)
    }
}

fn digest(wish: &[u8]) -> String {
    let bytes = Sha256::digest(wish);
    bytes
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
