//! Whose wishes are taken: the first controller that comes, and those an administrator accepts.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use agent_api::ControllerId;
use serde::{Deserialize, Serialize};

use super::LedgerError;
use crate::file::write_atomically;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OnDisk {
    accepted: BTreeSet<ControllerId>,
}

/// The file is read at every question: `nova-ve-agent accept` writes it beside a running agent.
#[derive(Debug)]
pub struct Controllers {
    path: PathBuf,
}

impl Controllers {
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Takes the first one; another is refused with what an administrator can do.
    pub fn admit(&self, controller: &ControllerId) -> Result<(), String> {
        let known = read(&self.path).map_err(|error| error.to_string())?;
        if known.accepted.is_empty() {
            tracing::info!(controller = controller.0, "took the first controller");
            return accept(&self.path, controller).map_err(|error| error.to_string());
        }
        if known.accepted.contains(controller) {
            return Ok(());
        }
        Err(format!(
            "its controller {0} is unknown here, and the labs on this host belong to another; \
             if it shall take over, run on this host: nova-ve-agent accept {0}",
            controller.0
        ))
    }
}

/// From now on this controller may speak here, beside those that may already.
pub fn accept(path: &Path, controller: &ControllerId) -> Result<(), LedgerError> {
    let mut known = read(path)?;
    known.accepted.insert(controller.clone());
    let failed = |error| LedgerError::Write(path.into(), error);
    let text = serde_json::to_vec_pretty(&known).map_err(|error| failed(error.into()))?;
    write_atomically(path, &text).map_err(failed)
}

fn read(path: &Path) -> Result<OnDisk, LedgerError> {
    match std::fs::read(path) {
        Ok(text) => serde_json::from_slice(&text)
            .map_err(|error| LedgerError::Controllers(path.into(), error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(OnDisk::default()),
        Err(error) => Err(LedgerError::Read(path.into(), error)),
    }
}
