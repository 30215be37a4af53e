//! Where the agent's things lie: everything below the data folder, most of it in `runtime/`.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The data folder of one instance.
#[derive(Debug, Clone)]
pub struct Paths {
    data: PathBuf,
}

impl Paths {
    /// `data` must be absolute: the agent's root changes when it joins its holder.
    pub fn new(data: &Path) -> io::Result<Self> {
        Ok(Self {
            data: std::path::absolute(data)?,
        })
    }

    /// Makes the agent's own folder, for nobody else to enter.
    pub fn ensure(&self) -> io::Result<()> {
        for folder in [self.runtime(), self.ledger()] {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)?;
        }
        Ok(())
    }

    pub fn data(&self) -> &Path {
        &self.data
    }

    pub fn runtime(&self) -> PathBuf {
        self.data.join("runtime")
    }

    pub fn instance_id(&self) -> PathBuf {
        self.data.join("instance_id")
    }

    pub fn socket(&self) -> PathBuf {
        self.runtime().join("agent.sock")
    }

    /// One file a lab; see `ledger`.
    pub fn ledger(&self) -> PathBuf {
        self.runtime().join("ledger")
    }

    /// A folder for each lab: what was chosen for its networks, and the names of its nodes.
    pub fn labs(&self) -> PathBuf {
        self.runtime().join("labs")
    }

    /// What the nodes' trees have in common; the driver's.
    pub fn base(&self) -> PathBuf {
        self.runtime().join("base")
    }

    pub fn controllers(&self) -> PathBuf {
        self.runtime().join("controllers.json")
    }

    pub fn host_id(&self) -> PathBuf {
        self.runtime().join("host_id")
    }

    pub fn holder(&self) -> PathBuf {
        self.runtime().join("holder.json")
    }

    /// Locked by the one agent that works in this folder.
    pub fn lock(&self) -> PathBuf {
        self.runtime().join("agent.lock")
    }
}
