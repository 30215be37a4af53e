//! The folder of a container node, `runtime/docker/<hash>-<node>/`: what outlives agent and container.
//!
//! ```text
//! node.json     whose it is, its wipe count, and the life that runs or ended
//! gate/         in the container, read-only: `gate`, and `door`, where the agent listens
//! hosts         in the container as /etc/hosts, see `hosts.rs`
//! resolv.conf   in the container as /etc/resolv.conf
//! logs/         what the node's commands (`exec`) wrote
//! ```

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use model::spec::DockerSpec;
use model::{LabId, NodeId};
use serde::{Deserialize, Serialize};

use super::life::End;
use crate::driver::NodeRef;
use crate::process::ProcessId;

/// `node.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub schema: u32,
    pub lab: LabId,
    pub node: NodeId,
    pub wipe: u64,
    /// Volumes that its containers were given.
    pub volumes: BTreeSet<String>,
    /// `None`: it was stopped, or never started.
    pub life: Option<LifeRecord>,
}

/// From a wish to the end of what was started for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LifeRecord {
    /// `RunWish::On.start` it was started for.
    pub start: u64,
    pub fingerprint: String,
    pub spec: DockerSpec,
    /// By which its image wants to be asked to end.
    pub stop_signal: u32,
    /// How often its container was started again for this wish.
    pub restarts: u32,
    /// The container's first process; `None` until its gate has knocked.
    pub process: Option<ProcessId>,
    /// Its main process ended by itself.
    pub end: Option<End>,
    /// Its commands (`exec`), as far as they were begun.
    pub commands: Vec<Command>,
    /// What its consoles run: no agent finds the way back to the terminal of one before.
    pub shells: Vec<ProcessId>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// Docker's number of it.
    pub id: String,
    /// Its exit status, once it has ended.
    pub status: Option<i64>,
    /// What it wrote last.
    pub last_line: String,
}

pub const RECORD_SCHEMA: u32 = 1;
const RECORD: &str = "node.json";

impl Record {
    pub fn new(node: NodeRef, wipe: u64) -> Self {
        Self {
            schema: RECORD_SCHEMA,
            lab: node.lab,
            node: node.node,
            wipe,
            volumes: BTreeSet::new(),
            life: None,
        }
    }
}

#[derive(Debug, Clone)]
pub struct NodeFolder {
    pub path: PathBuf,
}

impl NodeFolder {
    pub fn new(runtime_dir: &Path, node: NodeRef) -> Self {
        Self {
            path: nodes_dir(runtime_dir).join(node.to_string()),
        }
    }

    pub fn gate(&self) -> PathBuf {
        self.path.join("gate")
    }

    pub fn program(&self) -> PathBuf {
        self.gate().join("gate")
    }

    pub fn door(&self) -> PathBuf {
        self.gate().join("door")
    }

    pub fn hosts(&self) -> PathBuf {
        self.path.join("hosts")
    }

    pub fn resolv_conf(&self) -> PathBuf {
        self.path.join("resolv.conf")
    }

    pub fn logs(&self) -> PathBuf {
        self.path.join("logs")
    }

    /// What is bound into a container is for whoever runs in it.
    pub fn create(&self) -> io::Result<()> {
        for (dir, mode) in [
            (self.path.clone(), 0o700),
            (self.logs(), 0o700),
            (self.gate(), 0o755),
        ] {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(mode)
                .create(dir)?;
        }
        // Whatever the umask said.
        fs::set_permissions(self.gate(), fs::Permissions::from_mode(0o755))
    }

    pub fn read(&self) -> Option<Record> {
        serde_json::from_slice(&fs::read(self.path.join(RECORD)).ok()?).ok()
    }

    /// Written beside and renamed, so that a reader sees the old or the new one, never a half.
    pub fn write(&self, record: &Record) -> io::Result<()> {
        let path = self.path.join(RECORD);
        let beside = self.path.join("node.json.new");
        let written = fs::write(&beside, serde_json::to_vec_pretty(record)?);
        let written = written.and_then(|()| fs::rename(&beside, path));
        written.inspect_err(|_| {
            // On a full disk the half of it would only be in the way.
            let _ = fs::remove_file(&beside);
        })
    }

    pub fn remove_logs(&self) -> io::Result<()> {
        unless_missing(fs::remove_dir_all(self.logs()))
    }

    pub fn remove(&self) -> io::Result<()> {
        unless_missing(fs::remove_dir_all(&self.path))
    }
}

/// For whoever runs in the container, and over what is there: it may be bound into one already, whose
/// programs read it at any time.
pub fn write_open(path: &Path, text: &str) -> io::Result<()> {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let mut options = fs::File::options();
    options.create(true).truncate(false).write(true);
    let mut file = options.open(path)?;
    file.set_permissions(fs::Permissions::from_mode(0o644))?;
    file.write_all(text.as_bytes())?;
    file.set_len(text.len() as u64)
}

pub fn nodes_dir(runtime_dir: &Path) -> PathBuf {
    runtime_dir.join("docker")
}

/// Every node that has a folder with a record; half-made folders are nobody's.
pub fn all(runtime_dir: &Path) -> Vec<(NodeRef, Record)> {
    let entries = fs::read_dir(nodes_dir(runtime_dir)).into_iter().flatten();
    let owner = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().ok()?;
        let hash = name.split_once('-')?.0.parse().ok()?;
        let record = NodeFolder { path: entry.path() }.read()?;
        let node = NodeRef {
            lab: record.lab,
            hash,
            node: record.node,
        };
        (node.to_string() == name).then_some((node, record))
    };
    entries.flatten().filter_map(owner).collect()
}

pub fn unless_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
