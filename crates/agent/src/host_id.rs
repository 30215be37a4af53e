//! This host's own id. Which installation it belongs to, `agent_api::instance` reads.

use std::path::{Path, PathBuf};

use model::HostId;
use uuid::Uuid;

use crate::file::write_atomically;

#[derive(Debug, thiserror::Error)]
pub enum HostIdError {
    #[error("cannot keep {0}")]
    File(PathBuf, #[source] std::io::Error),
    #[error("{0} is no host id: remove the file to have a new one drawn")]
    NotOne(PathBuf),
}

/// This host's id, drawn at the first start.
pub fn ensure_host_id(path: &Path) -> Result<HostId, HostIdError> {
    match std::fs::read_to_string(path) {
        Ok(text) => text
            .trim()
            .parse()
            .map_err(|_| HostIdError::NotOne(path.into())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let id = HostId(Uuid::new_v4());
            write_atomically(path, format!("{id}\n").as_bytes())
                .map_err(|error| HostIdError::File(path.into(), error))?;
            Ok(id)
        }
        Err(error) => Err(HostIdError::File(path.into(), error)),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_host_id_is_drawn_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host_id");
        let first = ensure_host_id(&path).unwrap();
        assert_eq!(ensure_host_id(&path).unwrap(), first);
    }
}
