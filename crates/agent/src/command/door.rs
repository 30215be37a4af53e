//! The socket that servers come to. A file that somebody removed is made anew.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use agent_api::serve::{Peers, Service, serve};
use anyhow::Context;
use tokio::net::UnixListener;

use super::listen;

const LOOK_EVERY: Duration = Duration::from_secs(1);

pub struct Door {
    path: PathBuf,
    server_user: Option<String>,
    listener: UnixListener,
}

impl Door {
    pub fn open(path: &Path, server_user: Option<&str>) -> anyhow::Result<Self> {
        let listener = listen(path)?;
        if let Some(name) = server_user {
            give_to_server(name, path)?;
        }
        Ok(Self {
            path: path.into(),
            server_user: server_user.map(str::to_owned),
            listener,
        })
    }

    /// Until the future is dropped. With the file goes every connection, so that servers come to the
    /// new one, and their streams too.
    pub async fn serve(self, service: Arc<dyn Service>, peers: Peers) {
        let mut door = self;
        loop {
            let ours = file(&door.path);
            // Dropping the connections is what is wanted; the look is cancel-safe.
            tokio::select! {
                () = serve(door.listener, service.clone(), peers.clone()) => {}
                () = is_gone(&door.path, ours) => {}
            }
            tracing::warn!(socket = %door.path.display(), "the socket's file is gone, it is made anew");
            door = Self::open_again(&door.path, door.server_user.as_deref()).await;
        }
    }

    async fn open_again(path: &Path, server_user: Option<&str>) -> Self {
        loop {
            match Self::open(path, server_user) {
                Ok(door) => return door,
                Err(error) => {
                    let error = format!("{error:#}");
                    tracing::error!(error, "no server can come, it is tried again");
                }
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

async fn is_gone(path: &Path, ours: Option<(u64, u64)>) {
    while file(path) == ours {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Which file the path leads to.
fn file(path: &Path) -> Option<(u64, u64)> {
    let metadata = std::fs::symlink_metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// The socket is the server's to open, where that is another user; the peer's user is checked besides.
fn give_to_server(name: &str, socket: &Path) -> anyhow::Result<()> {
    let user = nix::unistd::User::from_name(name)?.context("the server_user is gone")?;
    nix::unistd::chown(socket, Some(user.uid), None)
        .context("give the socket to the server_user")?;
    Ok(())
}
