//! Which installation this is: the text of the file `instance_id`, by the rules of the contract.
//!
//! The file wins. Without it, `NOVA_VE_INSTANCE_ID` counts only together with
//! `NOVA_VE_INSTANCE_ID_OVERRIDE_OK=1`, with a warning at every start. Nothing else: every kernel
//! name comes from this id, and a new one would leave what runs without an owner.

use std::io;
use std::path::{Path, PathBuf};

use model::InstanceId;
use model::id::NotAnInstanceId;
use rustix::fs::statfs;

#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    #[error(
        "there is no instance id at {}; write one once with `cat /proc/sys/kernel/random/uuid > {}`, \
         or start with `nova-ve up`, which does",
        path.display(), path.display()
    )]
    Missing { path: PathBuf },
    #[error("the instance id at {} is empty; put the old one back, or write a new one if nothing runs", path.display())]
    Empty { path: PathBuf },
    #[error("the instance id at {} is not one word of at most 64 plain characters", path.display())]
    Malformed { path: PathBuf },
    #[error("the instance id at {} lies on {system}; it must be on a file system of this host alone", path.display())]
    Remote { path: PathBuf, system: &'static str },
    #[error("the instance id at {} is not readable", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(
        "NOVA_VE_INSTANCE_ID is set, but it counts only with NOVA_VE_INSTANCE_ID_OVERRIDE_OK=1, and \
         there is no instance id at {}", path.display()
    )]
    OverrideNotAllowed { path: PathBuf },
}

/// The two variables of an override.
#[derive(Debug, Clone, Default)]
pub struct Override {
    pub id: Option<String>,
    pub ok: Option<String>,
}

impl Override {
    pub fn from_environment() -> Self {
        Self {
            id: std::env::var("NOVA_VE_INSTANCE_ID").ok(),
            ok: std::env::var("NOVA_VE_INSTANCE_ID_OVERRIDE_OK").ok(),
        }
    }
}

pub fn read_instance(path: &Path, over: &Override) -> Result<InstanceId, InstanceError> {
    let at = || path.to_owned();
    match std::fs::read_to_string(path) {
        Ok(text) => {
            require_local(path)?;
            InstanceId::read(&text).map_err(|wrong| match wrong {
                NotAnInstanceId::Empty => InstanceError::Empty { path: at() },
                NotAnInstanceId::Malformed => InstanceError::Malformed { path: at() },
            })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => overridden(path, over),
        Err(source) => Err(InstanceError::Unreadable { path: at(), source }),
    }
}

fn overridden(path: &Path, over: &Override) -> Result<InstanceId, InstanceError> {
    let id = over.id.as_deref().map(InstanceId::read);
    let path = path.to_owned();
    match (id, over.ok.as_deref()) {
        (None | Some(Err(NotAnInstanceId::Empty)), _) => Err(InstanceError::Missing { path }),
        (Some(_), ok) if ok != Some("1") => Err(InstanceError::OverrideNotAllowed { path }),
        (Some(Err(NotAnInstanceId::Malformed)), _) => Err(InstanceError::Malformed { path }),
        (Some(Ok(id)), _) => {
            tracing::warn!(
                instance.id = %id,
                "WARNING: the instance id is overridden by NOVA_VE_INSTANCE_ID; for development alone"
            );
            Ok(id)
        }
    }
}

/// Two hosts that share the file would take each other's devices for their own.
fn require_local(path: &Path) -> Result<(), InstanceError> {
    let Ok(stat) = statfs(path) else {
        return Ok(());
    };
    let system = match u64::try_from(stat.f_type).unwrap_or(0) & 0xFFFF_FFFF {
        0x6969 => "NFS",
        0xFF53_4D42 | 0xFE53_4D42 => "CIFS",
        _ => return Ok(()),
    };
    Err(InstanceError::Remote {
        path: path.to_owned(),
        system,
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn over(id: &str, ok: &str) -> Override {
        Override {
            id: Some(id.into()),
            ok: Some(ok.into()),
        }
    }

    #[test]
    fn the_file_wins_over_the_override() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("instance_id");
        std::fs::write(&path, "from-file\n").unwrap();
        let id = read_instance(&path, &over("from-env", "1")).unwrap();
        assert_eq!(id.0, "from-file");
    }

    #[test]
    fn an_override_needs_both_variables_and_exactly_1() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("instance_id");
        assert_eq!(read_instance(&path, &over("dev", "1")).unwrap().0, "dev");
        for ok in ["true", "01", ""] {
            let error = read_instance(&path, &over("dev", ok)).unwrap_err();
            assert!(matches!(error, InstanceError::OverrideNotAllowed { .. }));
        }
        let only_flag = Override {
            id: None,
            ok: Some("1".into()),
        };
        let error = read_instance(&path, &only_flag).unwrap_err();
        assert!(matches!(error, InstanceError::Missing { .. }));
    }

    #[test]
    fn an_empty_file_is_a_hard_failure_even_with_an_override() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("instance_id");
        std::fs::write(&path, " \n").unwrap();
        let error = read_instance(&path, &over("dev", "1")).unwrap_err();
        assert!(error.to_string().contains("is empty"), "{error}");
    }

    #[test]
    fn what_is_no_id_is_refused_in_the_file_and_in_the_variable() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("instance_id");
        let long = "x".repeat(65);
        for text in ["two words", "\u{7}", long.as_str()] {
            let error = read_instance(&path, &over(text, "1")).unwrap_err();
            assert!(matches!(error, InstanceError::Malformed { .. }), "{text}");
            std::fs::write(&path, text).unwrap();
            let error = read_instance(&path, &Override::default()).unwrap_err();
            assert!(matches!(error, InstanceError::Malformed { .. }), "{text}");
            std::fs::remove_file(&path).unwrap();
        }
    }
}
