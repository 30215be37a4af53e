//! The first administrator's password, drawn here and kept for the command line in `admin-password`.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;

/// No letter that looks like another; 32 of them, so that five bits choose one.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Draws a password into `path` (0600) if there is none; gives it only when it is new.
pub fn ensure(path: &Path) -> anyhow::Result<Option<String>> {
    if path.exists() {
        return Ok(None);
    }
    let mut bytes = [0; 20];
    getrandom::fill(&mut bytes).context("failed to draw a password")?;
    let password = spell(&bytes);
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| {
            writeln!(file, "{password}")?;
            file.sync_all()
        })
        .with_context(|| format!("failed to write {}", path.display()))?;
    Ok(Some(password))
}

/// Five groups of four letters: 100 bits.
fn spell(bytes: &[u8; 20]) -> String {
    let letters: Vec<u8> = bytes
        .iter()
        .map(|byte| LETTERS[usize::from(byte & 31)])
        .collect();
    letters
        .chunks(4)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect::<Vec<_>>()
        .join("-")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn a_password_is_drawn_once_and_kept_from_others() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("admin-password");
        let password = ensure(&path).unwrap().unwrap();
        assert_eq!(password.len(), 24);
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
        assert_eq!(ensure(&path).unwrap(), None);
        assert_eq!(std::fs::read_to_string(&path).unwrap().trim(), password);
    }

    #[test]
    fn a_password_is_easy_to_type() {
        assert_eq!(spell(&[0; 20]), "aaaa-aaaa-aaaa-aaaa-aaaa");
        assert_eq!(spell(&[255; 20]), "9999-9999-9999-9999-9999");
    }
}
