//! A file or a whole folder beside the topology, taken into the lab.

use model::limits;

use super::{Gathered, put, why_not};
use crate::containerlab::Bound;
use crate::containerlab::reading::Reading;
use crate::yaml::Node;

/// Folders in one another.
const DEPTH_MAX: usize = 16;

/// A file of the folder and its place in the node.
pub struct Found {
    pub path: String,
    pub target: String,
    pub bytes: Vec<u8>,
    pub mode: Option<u32>,
}

/// All of it, or nothing and a loss.
pub fn take(
    path: &str,
    target: &str,
    bind: Node<'_>,
    gathered: &mut Gathered<'_>,
    reading: &mut Reading<'_>,
) {
    let found = match (reading.options.files)(path) {
        Bound::File { bytes, mode } => {
            let (path, target) = (path.to_owned(), target.to_owned());
            Ok(vec![Found {
                path,
                target,
                bytes,
                mode,
            }])
        }
        Bound::Folder(names) => {
            let mut found = Vec::new();
            list(path, target, &names, 0, reading, &mut found).map(|()| found)
        }
        other => {
            let (why, cure) = why_not(path, &other);
            reading.ledger.lose(bind, why, cure);
            return;
        }
    };
    let put_all = found.and_then(|found| put_all(found, gathered, reading));
    if let Err(why) = put_all {
        let cure = "copy it into the node when it runs";
        reading.ledger.lose(bind, why, cure);
    }
}

fn put_all(
    found: Vec<Found>,
    gathered: &mut Gathered<'_>,
    reading: &mut Reading<'_>,
) -> Result<(), String> {
    let before = gathered.files.clone();
    for file in found {
        if let Err(why) = put(&file, gathered, reading) {
            gathered.files = before;
            return Err(why);
        }
    }
    Ok(())
}

fn list(
    path: &str,
    target: &str,
    names: &[String],
    depth: usize,
    reading: &Reading<'_>,
    found: &mut Vec<Found>,
) -> Result<(), String> {
    if depth >= DEPTH_MAX {
        return Err(format!(
            "{path} has more than {DEPTH_MAX} folders in one another"
        ));
    }
    for name in names {
        let inner = format!("{path}/{name}");
        let target = format!("{}/{name}", target.trim_end_matches('/'));
        match (reading.options.files)(&inner) {
            Bound::File { bytes, mode } => found.push(Found {
                path: inner,
                target,
                bytes,
                mode,
            }),
            Bound::Folder(names) => list(&inner, &target, &names, depth + 1, reading, found)?,
            other => return Err(why_not(&inner, &other).0),
        }
        let bytes: usize = found.iter().map(|file| file.bytes.len()).sum();
        if found.len() > limits::FILES_MAX || bytes > limits::NODE_FILES_MAX_BYTES {
            return Err(format!(
                "{path} has more than {} files or {} MiB",
                limits::FILES_MAX,
                limits::NODE_FILES_MAX_BYTES >> 20
            ));
        }
    }
    Ok(())
}
