//! A recipe's folder as one tar archive: the same folder gives the same bytes, whoever packs it and when.
//!
//! `build.rs` packs the recipes of the tree with it, so it stands on nothing but `std` and `tar`.

use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::path::Path;

use tar::{Builder, EntryType, Header};

/// What a recipe is, of all that lies in its folder.
pub const PARTS: [&str; 3] = ["recipe.toml", "setup.sh", "files"];

/// The mode of each file and folder in the archive.
pub type ModeOf = fn(&Metadata) -> u32;

/// Writes the parts that are there.
pub fn pack(folder: &Path, mode_of: ModeOf, sink: impl Write) -> io::Result<()> {
    let mut archive = Builder::new(sink);
    for part in PARTS {
        match folder.join(part).symlink_metadata() {
            Ok(_) => append(&mut archive, folder, Path::new(part), mode_of)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    archive.finish()
}

/// A link stays a link; what is below a folder follows it, by name.
fn append<W: Write>(
    archive: &mut Builder<W>,
    folder: &Path,
    name: &Path,
    mode_of: ModeOf,
) -> io::Result<()> {
    let path = folder.join(name);
    let found = path.symlink_metadata()?;
    let kind = found.file_type();
    let mut header = header(mode_of(&found));
    if kind.is_file() {
        header.set_size(found.len());
        let file = File::open(&path)?;
        archive.append_data(&mut header, name, io::Read::take(file, found.len()))
    } else if kind.is_symlink() {
        header.set_entry_type(EntryType::Symlink);
        header.set_mode(0o777);
        archive.append_link(&mut header, name, fs::read_link(&path)?)
    } else if kind.is_dir() {
        header.set_entry_type(EntryType::Directory);
        archive.append_data(&mut header, name, io::empty())?;
        let mut names = Vec::new();
        for entry in fs::read_dir(&path)? {
            names.push(name.join(entry?.file_name()));
        }
        names.sort();
        names
            .iter()
            .try_for_each(|name| append(archive, folder, name, mode_of))
    } else {
        let message = format!("{} is no file, folder or link", path.display());
        Err(io::Error::new(io::ErrorKind::InvalidData, message))
    }
}

/// Root's, and of no time.
fn header(mode: u32) -> Header {
    let mut header = Header::new_gnu();
    header.set_size(0);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}
