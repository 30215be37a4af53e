//! Packing and unpacking tar streams. What comes out of a node is not trusted: nothing is written
//! outside the place that was named, and only files, folders and links are made.

use std::ffi::OsString;
use std::fs::File;
use std::io::Seek;
use std::path::{Component, Path, PathBuf};

use crate::upload::stream_of;
use anyhow::Context;
use api::client::ByteStream;
use tar::{Archive, Builder, EntryType, HeaderMode};

use crate::failure::{Exit, Failure};

/// A file or a folder as a stream, called `name`; and how many entries it has.
pub fn pack(from: &Path, name: &str) -> anyhow::Result<(u64, ByteStream)> {
    let spool = tempfile::tempfile().context("failed to make a temporary file")?;
    let mut builder = Builder::new(spool);
    builder.mode(HeaderMode::Complete);
    builder.follow_symlinks(false);
    let packed = if from.is_dir() {
        builder.append_dir_all(name, from)
    } else {
        builder.append_path_with_name(from.canonicalize().unwrap_or_else(|_| from.into()), name)
    };
    packed.with_context(|| format!("failed to read {}", from.display()))?;
    let mut spool = builder.into_inner().context("failed to pack")?;
    spool.rewind().context("failed to pack")?;
    let count = entries(&spool)?;
    spool.rewind().context("failed to pack")?;
    Ok((count, stream_of(tokio::fs::File::from_std(spool))))
}

fn entries(spool: &File) -> anyhow::Result<u64> {
    let mut archive = Archive::new(spool);
    let entries = archive.entries().context("failed to pack")?;
    Ok(entries
        .filter(|entry| {
            entry
                .as_ref()
                .is_ok_and(|e| !e.header().entry_type().is_dir())
        })
        .count() as u64)
}

/// Unpacks into the folder `to`, or as `to` when no such folder is there; gives how many files came.
pub fn unpack(mut spool: File, to: &Path) -> anyhow::Result<u64> {
    spool.rewind().context("failed to read what came")?;
    let into_folder = to.is_dir();
    let mut archive = Archive::new(spool);
    let mut count = 0;
    for entry in archive.entries().context("failed to read what came")? {
        let mut entry = entry.context("failed to read what came")?;
        let path = entry
            .path()
            .context("failed to read what came")?
            .into_owned();
        let Some(target) = target_of(&path, to, into_folder) else {
            return Err(Failure::new(
                Exit::PROTOCOL,
                format!(
                    "the node sent a file outside of what was asked for: {}",
                    path.display()
                ),
            )
            .into());
        };
        count += put(&mut entry, to, &target, into_folder)?;
    }
    if count == 0 && !to.exists() {
        return Err(
            Failure::new(Exit::NOT_FOUND, "nothing came: it is no file and no folder").into(),
        );
    }
    Ok(count)
}

/// Writes one entry; gives how many files that were.
fn put(
    entry: &mut tar::Entry<'_, File>,
    to: &Path,
    target: &Path,
    into_folder: bool,
) -> anyhow::Result<u64> {
    let (count, written) = match entry.header().entry_type() {
        EntryType::Directory => {
            refuse_link_on_the_way(to, target, into_folder)?;
            (0, std::fs::create_dir_all(target))
        }
        EntryType::Regular | EntryType::Continuous | EntryType::Symlink => {
            refuse_link_on_the_way(to, target, into_folder)?;
            (1, entry.unpack(target).map(drop))
        }
        EntryType::Link => {
            refuse_link_on_the_way(to, target, into_folder)?;
            (1, put_again(entry, to, target, into_folder))
        }
        // Devices, sockets and pipes of a node mean nothing here.
        _ => (0, Ok(())),
    };
    written.with_context(|| format!("failed to write {}", target.display()))?;
    Ok(count)
}

/// A further name of a file that came already: its contents once more.
fn put_again(
    entry: &tar::Entry<'_, File>,
    to: &Path,
    target: &Path,
    into_folder: bool,
) -> std::io::Result<()> {
    let first = entry.link_name()?;
    let first = first.and_then(|name| target_of(&name, to, into_folder));
    let is_file = |path: &PathBuf| {
        refuse_link_on_the_way(to, path, into_folder).is_ok()
            && path.symlink_metadata().is_ok_and(|found| found.is_file())
    };
    let Some(first) = first.filter(is_file) else {
        return Err(std::io::Error::other(
            "it is another name of a file that did not come",
        ));
    };
    if first == target {
        return Ok(());
    }
    // What stands there now may be a link, which a copy would follow.
    match std::fs::remove_file(target) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    std::fs::copy(&first, target).map(drop)
}

/// Where an entry goes: `frr/frr.conf` below a folder, or with its first part renamed to `to`.
fn target_of(path: &Path, to: &Path, into_folder: bool) -> Option<PathBuf> {
    let mut parts: Vec<OsString> = Vec::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => parts.push(part.to_owned()),
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::ParentDir => return None,
        }
    }
    let skip = usize::from(!into_folder).min(parts.len());
    let mut target = to.to_path_buf();
    target.extend(&parts[skip..]);
    Some(target)
}

/// A link that came first could lead later entries elsewhere. A folder that was there and was named
/// by the person may be a link; a place that was made of what came may not.
fn refuse_link_on_the_way(to: &Path, target: &Path, into_folder: bool) -> anyhow::Result<()> {
    let way = target
        .ancestors()
        .skip(1)
        .take_while(|folder| folder.starts_with(to) && !(into_folder && *folder == to));
    for folder in way {
        if folder.is_symlink() {
            return Err(Failure::new(
                Exit::PROTOCOL,
                format!("the node sent a file behind a link: {}", target.display()),
            )
            .into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use futures_util::StreamExt;

    use super::*;

    async fn carried(from: &Path, name: &str, to: &Path) -> anyhow::Result<u64> {
        let (_, mut stream) = pack(from, name)?;
        let mut spool = tempfile::tempfile().unwrap();
        while let Some(chunk) = stream.next().await {
            std::io::Write::write_all(&mut spool, &chunk?)?;
        }
        unpack(spool, to)
    }

    #[tokio::test]
    async fn a_file_goes_into_a_folder_or_under_a_new_name() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("frr.conf");
        std::fs::write(&file, "hostname r1\n").unwrap();
        let folder = temp.path().join("folder");
        std::fs::create_dir(&folder).unwrap();
        carried(&file, "frr.conf", &folder).await.unwrap();
        assert!(folder.join("frr.conf").exists());
        carried(&file, "frr.conf", &temp.path().join("new.conf"))
            .await
            .unwrap();
        let text = std::fs::read_to_string(temp.path().join("new.conf")).unwrap();
        assert_eq!(text, "hostname r1\n");
    }

    #[tokio::test]
    async fn a_folder_goes_with_all_it_holds() {
        let temp = tempfile::tempdir().unwrap();
        let from = temp.path().join("frr");
        std::fs::create_dir_all(from.join("deep")).unwrap();
        std::fs::write(from.join("deep/file"), "x").unwrap();
        let count = carried(&from, "frr", &temp.path().join("copy"))
            .await
            .unwrap();
        assert_eq!(count, 1);
        assert!(temp.path().join("copy/deep/file").exists());
    }

    #[test]
    fn nothing_is_written_outside_the_place() {
        let to = Path::new("/here");
        assert_eq!(target_of(Path::new("../etc/passwd"), to, true), None);
        assert_eq!(target_of(Path::new("/etc/passwd"), to, true), None);
        assert_eq!(target_of(Path::new("a/../../x"), to, false), None);
        assert_eq!(
            target_of(Path::new("frr/a"), to, true).unwrap(),
            Path::new("/here/frr/a")
        );
        assert_eq!(
            target_of(Path::new("frr/a"), to, false).unwrap(),
            Path::new("/here/a")
        );
    }

    fn link(builder: &mut Builder<File>, name: &str, to: &Path) {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(EntryType::Symlink);
        header.set_size(0);
        builder.append_link(&mut header, name, to).unwrap();
    }

    fn file(builder: &mut Builder<File>, name: &str) {
        let mut header = tar::Header::new_gnu();
        header.set_size(1);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, &b"x"[..]).unwrap();
    }

    fn folder(builder: &mut Builder<File>, name: &str) {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(EntryType::Directory);
        header.set_size(0);
        header.set_mode(0o755);
        builder.append_data(&mut header, name, &b""[..]).unwrap();
    }

    fn name_again(builder: &mut Builder<File>, name: &str, first: &str) {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(EntryType::Link);
        header.set_size(0);
        builder.append_link(&mut header, name, first).unwrap();
    }

    #[test]
    fn a_file_of_two_names_comes_with_both() {
        let temp = tempfile::tempdir().unwrap();
        let mut builder = Builder::new(tempfile::tempfile().unwrap());
        folder(&mut builder, "h");
        file(&mut builder, "h/b");
        name_again(&mut builder, "h/a", "h/b");
        let to = temp.path().join("out");
        assert_eq!(unpack(builder.into_inner().unwrap(), &to).unwrap(), 2);
        for name in ["a", "b"] {
            assert_eq!(std::fs::read(to.join(name)).unwrap(), b"x");
        }
    }

    #[test]
    fn a_further_name_reaches_no_file_that_did_not_come() {
        let temp = tempfile::tempdir().unwrap();
        let outside = temp.path().join("secret");
        std::fs::write(&outside, "s").unwrap();
        for first in ["../secret", "link", "nothing"] {
            let mut builder = Builder::new(tempfile::tempfile().unwrap());
            folder(&mut builder, "h");
            link(&mut builder, "h/link", &outside);
            name_again(&mut builder, "h/a", first);
            name_again(&mut builder, "h/a", &format!("h/{first}"));
            let to = temp.path().join("out");
            unpack(builder.into_inner().unwrap(), &to).unwrap_err();
            assert!(!to.join("a").exists(), "{first}");
        }
    }

    /// What a node's stream, whose first entry may be a link out, puts behind that link.
    fn behind_a_link(to: &Path, outside: &Path, way: &str, put: fn(&mut Builder<File>, &str)) {
        std::fs::create_dir_all(outside).unwrap();
        let mut builder = Builder::new(tempfile::tempfile().unwrap());
        link(&mut builder, way, outside);
        put(&mut builder, &format!("{way}/in"));
        let error = unpack(builder.into_inner().unwrap(), to).unwrap_err();
        assert!(error.to_string().contains("behind a link"), "{error}");
        assert!(!outside.join("in").exists());
    }

    #[test]
    fn nothing_is_written_behind_a_link_that_the_node_sent() {
        let temp = tempfile::tempdir().unwrap();
        let (there, outside) = (temp.path().join("there"), temp.path().join("outside"));
        std::fs::create_dir_all(&there).unwrap();
        // The same entries without the link are taken.
        let mut plain = Builder::new(tempfile::tempfile().unwrap());
        folder(&mut plain, "plain");
        file(&mut plain, "plain/in");
        unpack(plain.into_inner().unwrap(), &there).unwrap();
        assert!(there.join("plain/in").exists());
        for put in [file, folder] {
            behind_a_link(&there, &outside, "way", put);
            std::fs::remove_file(there.join("way")).unwrap();
            // The place itself becomes the link.
            let new = temp.path().join("new");
            behind_a_link(&new, &outside, "way", put);
            std::fs::remove_file(new).unwrap();
        }
    }
}
