//! One lab's file.

use std::path::Path;
use std::sync::Arc;

use agent_api::LabEntry;
use model::LabId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Entry;
use crate::file::write_atomically;

const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
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
    if digest(&disk.wish).map_err(|error| error.to_string())? != disk.sha256 {
        return Err("was changed: its contents do not fit its checksum".into());
    }
    Ok(Entry::Known {
        wish: Arc::new(disk.wish),
        fulfilled: disk.fulfilled,
    })
}

pub(super) fn write(path: &Path, entry: &Entry) -> std::io::Result<()> {
    let Entry::Known { wish, fulfilled } = entry else {
        return Ok(());
    };
    let disk = OnDisk {
        format: FORMAT,
        sha256: digest(wish)?,
        fulfilled: *fulfilled,
        wish: LabEntry::clone(wish),
    };
    write_atomically(path, &serde_json::to_vec_pretty(&disk)?)
}

fn digest(wish: &LabEntry) -> serde_json::Result<String> {
    let bytes = Sha256::digest(serde_json::to_vec(wish)?);
    Ok(bytes
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}")))
}
