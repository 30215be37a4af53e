//! The folder of a node, `runtime/nodes/<hash>-<node>/`: all that outlives its processes.
//!
//! ```text
//! node.json        the running node: who is its supervisor, what it was started with; gone after a clean stop
//! supervisor.sock  where it listens
//! lock             held (flock) by launcher and supervisor as long as one of them lives
//! data.json        whose folder it is, wipe count, and which files of the spec were put in place
//! data/            what the node wrote to its /etc and /var; gone after a wipe
//! logs/            the last output of its processes
//! tree/            empty; the node's root is mounted here, in its own mount namespace alone
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use model::spec::NodeSpec;
use model::{LabId, NodeId};
use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags, openat, renameat, unlinkat};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::driver::NodeRef;

#[derive(Debug, Clone)]
pub struct NodeFolder {
    pub path: PathBuf,
}

/// `node.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub schema: u32,
    pub lab: LabId,
    pub node: NodeId,
    /// The supervisor, as the agent's pid namespace sees it; 0 until it is made.
    pub pid: u32,
    /// Clock ticks after boot at which it was started: tells it from a later process of its number.
    pub start_time: u64,
    /// The kernel's boot id, without which the two above mean nothing.
    pub boot: String,
    /// `RunWish::On.start` it was started for.
    pub start: u64,
    pub fingerprint: String,
    /// The base its tree stands on; kept as long as it runs.
    pub base: String,
    pub spec: NodeSpec,
}

pub const RECORD_SCHEMA: u32 = 1;

/// `data.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Data {
    pub lab: LabId,
    pub node: NodeId,
    pub wipe: u64,
    /// Path inside the node → hash of the text that was put there last.
    #[serde(default)]
    pub placed: BTreeMap<String, u64>,
}

impl NodeFolder {
    pub fn new(runtime_dir: &Path, node: NodeRef) -> Self {
        Self {
            path: nodes_dir(runtime_dir).join(node.to_string()),
        }
    }

    /// `e4e6-3`.
    pub fn name(&self) -> String {
        self.path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    pub fn socket(&self) -> PathBuf {
        self.path.join("supervisor.sock")
    }

    pub fn logs(&self) -> PathBuf {
        self.path.join("logs")
    }

    pub fn tree(&self) -> PathBuf {
        self.path.join("tree")
    }

    pub fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    pub fn exists(&self) -> bool {
        self.path.is_dir()
    }

    /// The folder itself, only for its owner, and those in it.
    pub fn create(&self) -> io::Result<()> {
        for dir in [self.path.clone(), self.logs(), self.tree(), self.data()] {
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(dir)?;
        }
        Ok(())
    }

    /// `None`: nothing runs, or what there is cannot be read (a half-written file never is: it is renamed).
    pub fn record(&self) -> Option<Record> {
        read_json(&self.path.join("node.json"))
    }

    pub fn write_record(&self, record: &Record) -> io::Result<()> {
        write_json(&self.open()?.0, "node.json", record)
    }

    /// `None`: the folder was being made when its maker was killed.
    pub fn read_data(&self) -> Option<Data> {
        read_json(&self.path.join(DATA))
    }

    pub fn write_data(&self, data: &Data) -> io::Result<()> {
        self.open()?.write_data(data)
    }

    /// For a launcher, whose root changes.
    pub fn open(&self) -> io::Result<OpenFolder> {
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
        let open = rustix::fs::open(&self.path, flags, Mode::empty())?;
        Ok(OpenFolder(open))
    }

    /// What only a running node has.
    pub fn remove_running_part(&self) -> io::Result<()> {
        for name in ["node.json", "node.json.new", "supervisor.sock"] {
            unless_missing(fs::remove_file(self.path.join(name)))?;
        }
        Ok(())
    }

    /// All that the node wrote.
    pub fn remove_data(&self) -> io::Result<()> {
        unless_missing(fs::remove_dir_all(self.data()))?;
        unless_missing(fs::remove_dir_all(self.logs()))
    }

    /// When something in the folder came or went: for a stopped node, when it stopped.
    pub fn changed_ms(&self) -> u64 {
        let changed = fs::metadata(&self.path).and_then(|metadata| metadata.modified());
        let since = changed
            .ok()
            .and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        since.map_or(0, |since| {
            u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
        })
    }

    pub fn remove(&self) -> io::Result<()> {
        unless_missing(fs::remove_dir_all(&self.path))
    }

    /// The lock of the node's life; `None`: its launcher or its supervisor lives.
    pub fn try_lock(&self) -> io::Result<Option<OwnedFd>> {
        let file: OwnedFd = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(self.path.join("lock"))?
            .into();
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(file)),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

pub fn nodes_dir(runtime_dir: &Path) -> PathBuf {
    runtime_dir.join("nodes")
}

pub fn unless_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// A node's folder, wherever its path leads now.
pub struct OpenFolder(OwnedFd);

impl OpenFolder {
    /// It must be believed also after a loss of power, once something is in the folder: one whose file
    /// came out empty is taken for nobody's. So it is flushed before the node's processes start.
    pub fn write_data(&self, data: &Data) -> io::Result<()> {
        write_json(&self.0, DATA, data)
    }

    pub fn flush_data(&self) -> io::Result<()> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let file = openat(&self.0, DATA, flags, Mode::empty())?;
        Ok(rustix::fs::fdatasync(file)?)
    }
}

const DATA: &str = "data.json";

/// Written beside and renamed, so that a reader sees the old or the new one, never a half.
fn write_json<T: Serialize>(folder: &OwnedFd, name: &str, value: &T) -> io::Result<()> {
    let beside = format!("{name}.new");
    let written = write_beside(folder, &beside, value)
        .and_then(|()| Ok(renameat(folder, &beside, folder, name)?));
    written.inspect_err(|_| {
        // On a full disk the half of it would only be in the way.
        let _ = unlinkat(folder, &beside, AtFlags::empty());
    })
}

fn write_beside<T: Serialize>(folder: &OwnedFd, beside: &str, value: &T) -> io::Result<()> {
    let flags = OFlags::CREATE | OFlags::TRUNC | OFlags::WRONLY | OFlags::CLOEXEC;
    let mut file: fs::File = openat(folder, beside, flags, Mode::from_raw_mode(0o600))?.into();
    file.write_all(&serde_json::to_vec_pretty(value)?)
}
