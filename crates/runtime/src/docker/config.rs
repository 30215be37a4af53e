//! Where the engine answers and where containers' things lie.

use std::path::{Path, PathBuf};

use model::InstanceId;

/// Docker's own place; Podman's is another.
pub const USUAL_SOCKET: &str = "/var/run/docker.sock";

/// How the driver is set up by its agent.
#[derive(Debug, Clone)]
pub struct Config {
    /// `DATA/runtime`: nodes lie in `docker/`.
    pub runtime_dir: PathBuf,
    /// Containers carry it as a label: those of another instance are never touched.
    pub instance: InstanceId,
    /// The engine's unix socket.
    pub socket: PathBuf,
    /// The agent is root in a user namespace alone: it cannot make a device in a namespace of the host.
    pub rootless: bool,
}

impl Config {
    pub fn new(runtime_dir: &Path, instance: InstanceId, socket: Option<PathBuf>) -> Self {
        Self {
            runtime_dir: runtime_dir.into(),
            instance,
            socket: socket.unwrap_or_else(usual_socket),
            rootless: false,
        }
    }
}

/// By `DOCKER_HOST`, where that is a unix socket.
fn usual_socket() -> PathBuf {
    let host = std::env::var("DOCKER_HOST").unwrap_or_default();
    let path = host.strip_prefix("unix://").unwrap_or(USUAL_SOCKET);
    PathBuf::from(path)
}
