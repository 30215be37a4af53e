//! The identity of an installation: a UUID in `instance_id`, written once and never again.
//!
//! Every kernel name of every lab is derived from it, so a changed one would orphan what runs.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use model::InstanceId;
use model::id::NotAnInstanceId;

use crate::failure::{Exit, Failure};

/// Writes `instance_id` where there is none; an empty one is refused, not replaced.
pub fn ensure(path: &Path) -> anyhow::Result<()> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return write_once(path),
        Err(error) => {
            return Err(error).with_context(|| format!("failed to read {}", path.display()));
        }
    };
    // As server and agent ask for it.
    let words = match InstanceId::read(&text) {
        Ok(_) => return Ok(()),
        Err(NotAnInstanceId::Empty) => "is empty, so this installation has lost its identity",
        Err(NotAnInstanceId::Malformed) => {
            "holds something else than an id: one word of at most 64 plain characters"
        }
    };
    let wrong = Failure::new(Exit::CONFIG, format!("{} {words}", path.display()));
    Err(wrong
        .hint("put the old UUID back from a backup; or, with no lab running, remove the file")
        .into())
}

/// A whole file appears under its name or nothing does, and one that is there wins.
fn write_once(path: &Path) -> anyhow::Result<()> {
    let uuid = std::fs::read_to_string("/proc/sys/kernel/random/uuid")
        .context("failed to draw an instance id from the kernel")?;
    let draft = path.with_extension(format!("draft-{}", std::process::id()));
    let written = write_synced(&draft, uuid.trim())
        .and_then(|()| match std::fs::hard_link(&draft, path) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        })
        .with_context(|| format!("failed to write {}", path.display()));
    let _ = std::fs::remove_file(&draft);
    written
}

fn write_synced(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::File::create(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;
    use crate::failure::explain;

    #[test]
    fn an_identity_is_written_once() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("instance_id");
        ensure(&path).unwrap();
        let first = std::fs::read_to_string(&path).unwrap();
        uuid::Uuid::parse_str(first.trim()).unwrap();
        ensure(&path).unwrap();
        write_once(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), first);
        assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_bad_identity_is_a_fault_of_the_set_up() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("instance_id");
        let long = "x".repeat(65);
        for (text, words) in [
            ("\n", "lost its identity"),
            ("two words", "something else than an id"),
            (long.as_str(), "something else than an id"),
        ] {
            std::fs::write(&path, text).unwrap();
            let (said, exit) = explain(&ensure(&path).unwrap_err());
            assert!(said.contains(words) && said.contains("hint:"), "{said}");
            assert_eq!(exit, Exit::CONFIG, "{text:?}");
        }
        std::fs::write(&path, "test-instance\n").unwrap();
        ensure(&path).unwrap();
    }
}
