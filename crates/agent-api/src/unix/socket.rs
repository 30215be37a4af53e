//! Unix sockets by path, also where the path is longer than the kernel's 107 bytes.
//!
//! A long path is reached over a descriptor of its folder: `/proc/self/fd/N/name`.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

/// `sun_path` has 108 bytes, one of them for the end.
const LONGEST_PATH_BYTES: usize = 107;

/// Connects to the socket at `path`.
pub async fn connect(path: &Path) -> io::Result<UnixStream> {
    let short = shorten(path)?;
    UnixStream::connect(&short.path).await
}

/// Listens at `path`, whose name must be free.
pub fn listen(path: &Path) -> io::Result<UnixListener> {
    let short = shorten(path)?;
    UnixListener::bind(&short.path)
}

/// A path short enough, and the folder's descriptor it may depend on.
struct Short {
    path: PathBuf,
    _folder: Option<File>,
}

fn shorten(path: &Path) -> io::Result<Short> {
    if path.as_os_str().len() <= LONGEST_PATH_BYTES {
        return Ok(Short {
            path: path.into(),
            _folder: None,
        });
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::Error::other("the path of a socket names no file"));
    };
    let folder = File::open(folder)?;
    let path = Path::new("/proc/self/fd")
        .join(folder.as_raw_fd().to_string())
        .join(name);
    Ok(Short {
        path,
        _folder: Some(folder),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_path_longer_than_the_kernels_is_reached() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a".repeat(100)).join("b".repeat(100));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("agent.sock");
        let listener = listen(&path).unwrap();
        let (client, server) = tokio::join!(connect(&path), listener.accept());
        client.unwrap();
        server.unwrap();
    }
}
