//! Files of a spec, as an archive that Docker unpacks in a new container.

use std::collections::BTreeMap;
use std::io::Read;

use bollard::Docker;
use bollard::query_parameters::{
    DownloadFromContainerOptionsBuilder, UploadToContainerOptionsBuilder,
};
use futures_util::StreamExt;
use model::spec::FileSpec;

use super::engine::{failed, words};
use crate::driver::DriverError;

/// Accounts are read from a file of at most this size.
const PASSWD_BYTES: usize = 4 << 20;

type Files = BTreeMap<String, FileSpec>;

/// Puts them into a container that was just made.
pub async fn put(client: &Docker, container: &str, files: &Files) -> Result<(), DriverError> {
    if files.is_empty() {
        return Ok(());
    }
    let has_owners = files.values().any(|file| !is_root(&file.owner));
    let accounts = if has_owners {
        passwd(client, container).await
    } else {
        String::new()
    };
    let archive = pack(files, &accounts)
        .map_err(|error| DriverError::failed("pack the node's files", error))?;
    let options = UploadToContainerOptionsBuilder::default().path("/").build();
    let body = bollard::body_full(archive.into());
    let put = client.upload_to_container(container, Some(options), body);
    put.await
        .map_err(failed("put the node's files into its container"))
}

fn is_root(owner: &str) -> bool {
    owner.is_empty() || owner == "root"
}

/// The image's accounts; none where it has none.
async fn passwd(client: &Docker, container: &str) -> String {
    let options = DownloadFromContainerOptionsBuilder::default();
    let options = options.path("/etc/passwd").build();
    let mut archive = Vec::new();
    let mut pieces = std::pin::pin!(client.download_from_container(container, Some(options)));
    while let Some(piece) = pieces.next().await {
        match piece {
            Ok(piece) if archive.len() < PASSWD_BYTES => archive.extend_from_slice(&piece),
            Ok(_) => break,
            Err(error) => {
                let error = words(&error);
                tracing::debug!(container, error, "the image has no accounts");
                return String::new();
            }
        }
    }
    first_file(&archive).unwrap_or_default()
}

fn first_file(archive: &[u8]) -> Option<String> {
    let mut archive = tar::Archive::new(archive);
    let mut entry = archive.entries().ok()?.next()?.ok()?;
    let mut text = String::new();
    entry.read_to_string(&mut text).ok()?;
    Some(text)
}

/// User and group of a name or a number; an unknown one is root.
fn ids(owner: &str, passwd: &str) -> (u64, u64) {
    let by_name = passwd.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, uid, gid, ..] = fields[..] else {
            return None;
        };
        let ids = (uid.parse().ok()?, gid.parse().ok()?);
        (name == owner).then_some(ids)
    });
    let by_number = || {
        let (uid, gid) = owner.split_once(':').unwrap_or((owner, owner));
        Some((uid.parse().ok()?, gid.parse().ok()?))
    };
    by_name.or_else(by_number).unwrap_or((0, 0))
}

fn pack(files: &Files, passwd: &str) -> std::io::Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, file) in files {
        let (uid, gid) = ids(&file.owner, passwd);
        let mut header = tar::Header::new_gnu();
        header.set_size(file.content.len() as u64);
        header.set_mode(file.mode);
        header.set_uid(uid);
        header.set_gid(gid);
        let path = path.trim_start_matches('/');
        builder.append_data(&mut header, path, file.content.as_bytes())?;
    }
    builder.into_inner()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_a_name_or_a_number() {
        let passwd = "root:x:0:0::/:\nfrr:x:100:101::/:\n";
        for (owner, expected) in [
            ("frr", (100, 101)),
            ("7", (7, 7)),
            ("7:8", (7, 8)),
            ("nobody-knows", (0, 0)),
        ] {
            assert_eq!(ids(owner, passwd), expected, "{owner}");
        }
    }

    #[test]
    fn files_are_packed_with_owner_and_mode() {
        let file = FileSpec {
            content: "hello\n".into(),
            mode: 0o640,
            owner: "frr".into(),
        };
        let files = Files::from([("/etc/frr/frr.conf".to_owned(), file)]);
        let packed = pack(&files, "frr:x:100:101::/:\n").unwrap();
        let mut archive = tar::Archive::new(&packed[..]);
        let entry = archive.entries().unwrap().next().unwrap().unwrap();
        let header = entry.header();
        assert_eq!(header.path().unwrap().to_str(), Some("etc/frr/frr.conf"));
        assert_eq!((header.uid().unwrap(), header.gid().unwrap()), (100, 101));
        assert_eq!(header.mode().unwrap(), 0o640);
        assert_eq!(first_file(&packed).unwrap(), "hello\n");
    }
}
