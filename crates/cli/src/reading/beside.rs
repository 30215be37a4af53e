//! Files beside a topology file. The kernel itself keeps every path below the folder, links too.

use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use formats::containerlab::Bound;
use model::limits;
use rustix::fs::{Dir, Mode, OFlags, ResolveFlags, open, openat2};
use rustix::io::Errno;

/// The file `name` below `folder`.
pub fn read(folder: &Path, name: &str) -> Bound {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let below = match open(folder, flags | OFlags::DIRECTORY, Mode::empty()) {
        Ok(below) => below,
        Err(error) => return Bound::Unreadable(error.to_string()),
    };
    // A pipe without a writer must not hold the reader up.
    let opened = openat2(
        &below,
        name,
        flags | OFlags::NONBLOCK,
        Mode::empty(),
        ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS,
    );
    match opened {
        Ok(file) => content(std::fs::File::from(file)),
        Err(Errno::NOENT | Errno::NOTDIR) => Bound::Missing,
        Err(Errno::XDEV | Errno::LOOP) => Bound::Outside,
        Err(error) => Bound::Unreadable(error.to_string()),
    }
}

fn content(file: std::fs::File) -> Bound {
    let mode = match file.metadata() {
        Ok(meta) if meta.is_dir() => return names(&file),
        Ok(meta) if meta.is_file() => meta.mode() & 0o7777,
        Ok(_) => return Bound::Unreadable("it is no ordinary file".into()),
        Err(error) => return Bound::Unreadable(error.to_string()),
    };
    let mut bytes = Vec::new();
    // What is larger than a whole lab may be is too large, by however much.
    let limit = limits::LAB_MAX_BYTES as u64 + 1;
    match file.take(limit).read_to_end(&mut bytes) {
        Ok(_) => Bound::File {
            bytes,
            mode: Some(mode),
        },
        Err(error) => Bound::Unreadable(error.to_string()),
    }
}

/// What is in a folder, in an order that does not change.
fn names(folder: &std::fs::File) -> Bound {
    let list = || -> Result<Vec<String>, Errno> {
        let mut names = Vec::new();
        for entry in Dir::read_from(folder)? {
            // A name that is no text cannot be a path of a lab.
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.retain(|name| name != "." && name != "..");
        names.sort();
        Ok(names)
    };
    list().map_or_else(|error| Bound::Unreadable(error.to_string()), Bound::Folder)
}
