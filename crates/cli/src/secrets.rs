//! Sessions of the command line, in files that only their owner reads.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::embedded::DataFolder;
use crate::failure::{Exit, Failure};

/// One session somewhere.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    pub url: String,
    pub username: String,
    pub secret: String,
}

impl Login {
    /// A token, which no log-out ends.
    pub fn is_token(&self) -> bool {
        self.secret.starts_with("nvt_")
    }
}

impl std::fmt::Debug for Login {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {}", self.username, self.url)
    }
}

/// A file that holds at most one session.
pub struct Secrets {
    path: PathBuf,
}

impl Secrets {
    /// `$XDG_CONFIG_HOME/nova-ve/login.json`: the server of `nova-ve login URL`.
    pub fn of_user() -> anyhow::Result<Self> {
        let absolute = |name| {
            std::env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let base = absolute("XDG_CONFIG_HOME")
            .or_else(|| absolute("HOME").map(|home| home.join(".config")))
            .ok_or_else(|| {
                Failure::new(Exit::CONFIG, "neither $HOME nor $XDG_CONFIG_HOME is set")
                    .hint("say where to go: --data DIR or --url URL")
            })?;
        Ok(Self {
            path: base.join("nova-ve/login.json"),
        })
    }

    /// The embedded server's session.
    pub fn of_folder(folder: &DataFolder) -> Self {
        Self {
            path: folder.file("session.json"),
        }
    }

    pub fn read(&self) -> anyhow::Result<Option<Login>> {
        match std::fs::read_to_string(&self.path) {
            // A broken file holds no session; the next log-in writes it anew.
            Ok(text) => Ok(serde_json::from_str(&text).ok()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                Err(error).with_context(|| format!("failed to read {}", self.path.display()))
            }
        }
    }

    pub fn write(&self, login: &Login) -> anyhow::Result<()> {
        let draft = self.path.with_extension("draft");
        self.try_write(&draft, login)
            .with_context(|| format!("failed to write {}", self.path.display()))
    }

    fn try_write(&self, draft: &Path, login: &Login) -> std::io::Result<()> {
        if let Some(folder) = self.path.parent() {
            std::fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)?;
        }
        let _ = std::fs::remove_file(draft);
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(draft)?;
        file.write_all(serde_json::to_string_pretty(login)?.as_bytes())?;
        std::fs::rename(draft, &self.path)
    }

    /// Whether there was one.
    pub fn remove(&self) -> anyhow::Result<bool> {
        match std::fs::remove_file(&self.path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => {
                Err(error).with_context(|| format!("failed to remove {}", self.path.display()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn a_session_is_kept_from_others_and_never_shown() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::find(Some(temp.path())).unwrap();
        let secrets = Secrets::of_folder(&folder);
        assert_eq!(secrets.read().unwrap(), None);
        let login = Login {
            url: "http://127.0.0.1:8000".into(),
            username: "admin".into(),
            secret: "very-secret".into(),
        };
        secrets.write(&login).unwrap();
        secrets.write(&login).unwrap();
        let mode = folder.file("session.json").metadata().unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(secrets.read().unwrap(), Some(login.clone()));
        assert!(!format!("{login:?}").contains("very-secret"));
        assert!(secrets.remove().unwrap());
        assert!(!secrets.remove().unwrap());
    }
}
