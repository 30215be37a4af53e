//! Looking at files that anybody may have put there: huge ones, symbolic links, pipes, directories.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use model::LabId;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::{Folder, MAX_LAB_BYTES, failed, id_of, sha256_hex};
use crate::StoreError;

/// A change within this time of the last one can leave the kernel's times as they were.
const TIMES_ARE_COARSE_MS: u64 = 100;

/// Which state of which file was looked at. Empty: not to be relied on, look again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::labs) struct Stamp(String);

/// What lies where a lab's file should be.
#[derive(Debug)]
pub(in crate::labs) enum Look {
    /// The file of the stamp that was given.
    Same,
    Absent,
    /// Nothing that can be read as a lab.
    Unusable {
        why: String,
        stamp: Stamp,
    },
    Contents {
        text: String,
        hash: String,
        stamp: Stamp,
    },
}

/// An entry of the folder.
pub(in crate::labs) struct Listed {
    pub(in crate::labs) name: String,
    pub(in crate::labs) id: Option<LabId>,
    pub(in crate::labs) stamp: Stamp,
}

impl Folder {
    /// Everything that is or wants to be a lab.
    pub(in crate::labs) fn list(&self, now_ms: u64) -> Result<Vec<Listed>, StoreError> {
        let mut listed = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(failed("list", &self.path))? {
            let entry = entry.map_err(failed("list", &self.path))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') || !wants_to_be_a_lab(&name) {
                continue;
            }
            // Gone between listing and looking: as if it had not been listed.
            let Ok(metadata) = fs::symlink_metadata(entry.path()) else {
                continue;
            };
            let stamp = Stamp::of(&metadata, now_ms);
            listed.push(Listed {
                id: id_of(&name),
                name,
                stamp,
            });
        }
        Ok(listed)
    }

    pub(in crate::labs) fn look(&self, id: LabId, known: &Stamp, now_ms: u64) -> Look {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let why = match rustix::fs::open(self.file(id), flags, Mode::empty()) {
            Ok(file) => match look_into(File::from(file), known, now_ms) {
                Ok(look) => return look,
                Err(error) => format!("the file cannot be read: {error}"),
            },
            Err(Errno::NOENT) => return Look::Absent,
            Err(Errno::LOOP) => "the file is a symbolic link; put the file itself there".into(),
            Err(error) => format!("the file cannot be opened: {}", io::Error::from(error)),
        };
        let stamp = Stamp::unsure();
        Look::Unusable { why, stamp }
    }
}

/// Also `X.JSON`: its owner is told how to name it.
fn wants_to_be_a_lab(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("json"))
}

fn look_into(file: File, known: &Stamp, now_ms: u64) -> io::Result<Look> {
    let metadata = file.metadata()?;
    let stamp = Stamp::of(&metadata, now_ms);
    if stamp.is_sure() && stamp == *known {
        return Ok(Look::Same);
    }
    if !metadata.is_file() {
        let why = "this is no ordinary file; remove it".into();
        return Ok(Look::Unusable { why, stamp });
    }
    let mut bytes = Vec::new();
    if metadata.len() <= MAX_LAB_BYTES {
        file.take(MAX_LAB_BYTES + 1).read_to_end(&mut bytes)?;
    }
    // It may have grown while it was read.
    let size = metadata.len().max(bytes.len() as u64);
    if size > MAX_LAB_BYTES {
        let why = too_large(size);
        return Ok(Look::Unusable { why, stamp });
    }
    let hash = sha256_hex(&bytes);
    Ok(match String::from_utf8(bytes) {
        Ok(text) => Look::Contents { text, hash, stamp },
        Err(error) => {
            let byte = error.utf8_error().valid_up_to() + 1;
            let why = format!("the file is no UTF-8 text from byte {byte} on; mend it there");
            Look::Unusable { why, stamp }
        }
    })
}

fn too_large(bytes: u64) -> String {
    let (have, most) = (bytes.div_ceil(1 << 20), MAX_LAB_BYTES >> 20);
    format!("the file is too large: {have} MiB, at most {most} MiB are read")
}

impl Stamp {
    pub(in crate::labs) fn unsure() -> Self {
        Self(String::new())
    }

    /// `now_ms` was read before the file was looked at. A file as young as that may change once
    /// more within the same tick of the kernel's clock.
    pub(super) fn of(metadata: &fs::Metadata, now_ms: u64) -> Self {
        let changed_ms = metadata.ctime() * 1000 + metadata.ctime_nsec() / 1_000_000;
        let settled_ms = u64::try_from(changed_ms).unwrap_or(0) + TIMES_ARE_COARSE_MS;
        if settled_ms > now_ms {
            return Self::unsure();
        }
        Self(format!(
            "{}.{:09} {}.{:09} {} {}",
            metadata.mtime(),
            metadata.mtime_nsec(),
            metadata.ctime(),
            metadata.ctime_nsec(),
            metadata.size(),
            metadata.ino()
        ))
    }

    pub(in crate::labs) fn is_sure(&self) -> bool {
        !self.0.is_empty()
    }

    pub(in crate::labs) fn from_text(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
