//! `up.json`: who runs, and where. Written by the keeper alone, read by every other command.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::{DataFolder, ProcessId};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpRecord {
    pub url: String,
    pub version: String,
    pub keeper: ProcessId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<ProcessId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<ProcessId>,
    /// Everything answered at least once.
    pub ready: bool,
    /// By `up -d`, so no terminal shows its words.
    pub detached: bool,
    /// Unix milliseconds.
    pub started_ms: i64,
}

impl UpRecord {
    /// Absent: nothing was started here, or it was stopped in good order.
    pub fn read(folder: &DataFolder) -> Option<Self> {
        let text = std::fs::read_to_string(folder.file("up.json")).ok()?;
        serde_json::from_str(&text).ok()
    }

    pub fn write(&self, folder: &DataFolder) -> anyhow::Result<()> {
        let path = folder.file("up.json");
        let draft = folder.file("up.json.draft");
        let text = serde_json::to_string_pretty(self).context("failed to write up.json")?;
        std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&draft)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .and_then(|()| std::fs::rename(&draft, &path))
            .with_context(|| format!("failed to write {}", path.display()))
    }

    pub fn remove(folder: &DataFolder) {
        let _ = std::fs::remove_file(folder.file("up.json"));
    }

    /// Server and agent that live without their keeper, after it was killed.
    pub fn orphans(&self) -> Vec<ProcessId> {
        if self.keeper.is_alive() {
            return Vec::new();
        }
        self.server
            .into_iter()
            .chain(self.agent)
            .filter(|part| part.is_alive())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::find(Some(temp.path())).unwrap();
        assert_eq!(UpRecord::read(&folder), None);
        let me = ProcessId::of(std::process::id()).unwrap();
        let record = UpRecord {
            url: "http://127.0.0.1:8000".into(),
            version: "0.1.0".into(),
            keeper: me,
            server: Some(me),
            agent: None,
            ready: true,
            detached: false,
            started_ms: 1,
        };
        record.write(&folder).unwrap();
        assert_eq!(UpRecord::read(&folder), Some(record.clone()));
        assert_eq!(record.orphans(), []);
        UpRecord::remove(&folder);
        assert_eq!(UpRecord::read(&folder), None);
    }

    #[test]
    fn what_outlives_its_keeper_is_an_orphan() {
        let me = ProcessId::of(std::process::id()).unwrap();
        let gone = ProcessId {
            start_time: 0,
            ..me
        };
        let record = UpRecord {
            url: String::new(),
            version: String::new(),
            keeper: gone,
            server: Some(me),
            agent: Some(gone),
            ready: true,
            detached: true,
            started_ms: 1,
        };
        assert_eq!(record.orphans(), [me]);
    }
}
