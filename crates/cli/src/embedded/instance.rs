//! The identity of an installation: a UUID in `instance_id`, written once and never again.
//!
//! Every kernel name of every lab is derived from it, so a changed one would orphan what runs.

use std::io::Write;
use std::path::Path;

use anyhow::Context;

use crate::failure::{Exit, Failure};

/// Writes `instance_id` where there is none; an empty one is refused, not replaced.
pub fn ensure(path: &Path) -> anyhow::Result<()> {
    match std::fs::read_to_string(path) {
        Ok(text) if text.trim().is_empty() => Err(Failure::new(
            Exit::CONFIG,
            format!(
                "{} is empty, so this installation has lost its identity",
                path.display()
            ),
        )
        .hint("put the old UUID back from a backup; or, with no lab running, remove the file")
        .into()),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => write_once(path),
        Err(error) => Err(error).with_context(|| format!("failed to read {}", path.display())),
    }
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
    fn an_empty_identity_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("instance_id");
        std::fs::write(&path, "\n").unwrap();
        let error = ensure(&path).unwrap_err();
        assert!(error.to_string().contains("lost its identity"), "{error}");
    }
}
