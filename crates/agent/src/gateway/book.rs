//! What was chosen and made of a lab's networks, on the disk.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use model::lab::Gateway;
use model::networks::Chosen;
use model::{LabId, NetworkId};
use serde::{Deserialize, Serialize};

use crate::file::{remove_half_written, write_atomically};

const FILE: &str = "networks.json";

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Page {
    pub chosen: Chosen,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Gateway>,
    #[serde(default)]
    pub title: String,
}

pub(super) type Pages = BTreeMap<NetworkId, Page>;

/// A book that cannot be read is told, and is as none.
pub(super) fn read_all(folder: &Path) -> BTreeMap<LabId, Pages> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return BTreeMap::new();
    };
    let mut all = BTreeMap::new();
    for entry in entries.flatten() {
        let Some(lab) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        // What a writer left that was killed before its rename.
        drop(remove_half_written(&entry.path()));
        match read(&entry.path()) {
            Ok(pages) => drop(all.insert(lab, pages)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                tracing::warn!(lab.id = %lab, %error, "the lab's subnets cannot be read, they are chosen anew");
            }
        }
    }
    all
}

fn read(folder: &Path) -> io::Result<Pages> {
    let text = std::fs::read(folder.join(FILE))?;
    serde_json::from_slice(&text).map_err(io::Error::other)
}

pub(super) fn write(folder: &Path, pages: &Pages) -> io::Result<()> {
    super::files::ensure_folder(folder)?;
    let text = serde_json::to_vec_pretty(pages).map_err(io::Error::other)?;
    write_atomically(&folder.join(FILE), &text)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::testing::{id, lab_id};

    #[test]
    fn what_is_written_is_read_and_what_is_broken_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let page = Page {
            chosen: Chosen {
                ipv4: "10.222.0.1/24".parse().ok(),
                ipv6: None,
            },
            made: None,
            title: "network lan of the lab x".into(),
        };
        let pages = Pages::from([(id(7), page)]);
        let own = folder.path().join(lab_id().to_string());
        write(&own, &pages).unwrap();
        std::fs::create_dir(folder.path().join("something else")).unwrap();
        assert_eq!(read_all(folder.path()), BTreeMap::from([(lab_id(), pages)]));
        std::fs::write(own.join(FILE), "{").unwrap();
        assert_eq!(read_all(folder.path()), BTreeMap::new());
    }
}
