//! Which installation this is. A wrong answer would make one instance sweep another's devices, so
//! there is no default: the file says it, or the agent does not start.

use std::path::{Path, PathBuf};

use model::{HostId, InstanceId};
use uuid::Uuid;

use crate::file::write_atomically;

#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    #[error(
        "there is no instance id at {0}: `nova-ve up` writes it, and so does provisioning; write a UUID there once and never change it"
    )]
    Missing(PathBuf),
    #[error("the instance id at {0} is empty: write the UUID there that this instance had before")]
    Empty(PathBuf),
    #[error("cannot read {0}")]
    Read(PathBuf, #[source] std::io::Error),
    #[error("{0} is no host id: remove the file to have a new one drawn")]
    HostId(PathBuf),
}

/// What the environment says in place of the file; development only.
#[derive(Debug, Clone, Default)]
pub struct Override {
    /// `NOVA_VE_INSTANCE_ID`.
    pub id: Option<String>,
    /// `NOVA_VE_INSTANCE_ID_OVERRIDE_OK`, which must be exactly `1`.
    pub allowed: Option<String>,
}

impl Override {
    pub fn from_environment() -> Self {
        Self {
            id: std::env::var("NOVA_VE_INSTANCE_ID").ok(),
            allowed: std::env::var("NOVA_VE_INSTANCE_ID_OVERRIDE_OK").ok(),
        }
    }
}

/// The file wins; without it the override counts, with a warning at every start.
pub fn read_instance_id(path: &Path, other: &Override) -> Result<InstanceId, InstanceError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return overridden(other).ok_or_else(|| InstanceError::Missing(path.into()));
        }
        Err(error) => return Err(InstanceError::Read(path.into(), error)),
    };
    match text.trim() {
        "" => Err(InstanceError::Empty(path.into())),
        id => Ok(InstanceId(id.into())),
    }
}

fn overridden(other: &Override) -> Option<InstanceId> {
    let id = other
        .id
        .as_deref()
        .map(str::trim)
        .filter(|id| !id.is_empty())?;
    if other.allowed.as_deref() != Some("1") {
        return None;
    }
    tracing::warn!(
        instance.id = id,
        "the instance id comes from NOVA_VE_INSTANCE_ID, for development only"
    );
    Some(InstanceId(id.into()))
}

/// This host's id, drawn at the first start.
pub fn ensure_host_id(path: &Path) -> Result<HostId, InstanceError> {
    match std::fs::read_to_string(path) {
        Ok(text) => text
            .trim()
            .parse()
            .map_err(|_| InstanceError::HostId(path.into())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let id = HostId(Uuid::new_v4());
            write_atomically(path, format!("{id}\n").as_bytes())
                .map_err(|error| InstanceError::Read(path.into(), error))?;
            Ok(id)
        }
        Err(error) => Err(InstanceError::Read(path.into(), error)),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn both() -> Override {
        Override {
            id: Some("dev".into()),
            allowed: Some("1".into()),
        }
    }

    #[test]
    fn the_file_wins_over_the_environment() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("instance_id");
        std::fs::write(&path, "abc\n").unwrap();
        assert_eq!(
            read_instance_id(&path, &both()).unwrap(),
            InstanceId("abc".into())
        );
    }

    #[test]
    fn without_a_file_both_variables_are_needed() {
        let path = Path::new("/nonexistent/instance_id");
        assert_eq!(
            read_instance_id(path, &both()).unwrap(),
            InstanceId("dev".into())
        );
        for allowed in [None, Some("true"), Some("1 "), Some("")] {
            let one = Override {
                allowed: allowed.map(str::to_owned),
                ..both()
            };
            let error = read_instance_id(path, &one).unwrap_err().to_string();
            assert!(
                error.contains("no instance id at /nonexistent/instance_id"),
                "{error}"
            );
        }
    }

    #[test]
    fn an_empty_file_is_an_error_and_not_a_default() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("instance_id");
        std::fs::write(&path, " \n").unwrap();
        let error = read_instance_id(&path, &both()).unwrap_err();
        assert!(matches!(error, InstanceError::Empty(_)));
    }

    #[test]
    fn a_host_id_is_drawn_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host_id");
        let first = ensure_host_id(&path).unwrap();
        assert_eq!(ensure_host_id(&path).unwrap(), first);
    }
}
