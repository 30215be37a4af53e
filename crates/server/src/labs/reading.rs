//! Another tool's file as a lab and its losses. Nothing is kept, nothing of this host is looked at.

use std::collections::{BTreeMap, BTreeSet};

use api::reading::{LossRow, ReadLabFile};
use formats::containerlab::{self, Bound};
use formats::images::ImageMap;
use formats::{Fault, FormatError, Loss, Place, native};
use model::{Lab, LabId, Problem};
use uuid::Uuid;

use crate::error::Error;

/// It may take a second of one processor.
pub async fn read(file: ReadLabFile) -> Result<(Lab, Vec<LossRow>), Error> {
    let read = tokio::task::spawn_blocking(move || read_now(&file));
    read.await.map_err(Error::internal)?
}

fn read_now(file: &ReadLabFile) -> Result<(Lab, Vec<LossRow>), Error> {
    let images = images(&file.images)?;
    let is_json = std::path::Path::new(&file.file_name)
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    if is_json {
        let mut lab = native::read(file.text.as_bytes()).map_err(refused)?;
        images.apply(&mut lab);
        return Ok((lab, Vec::new()));
    }
    let files = |path: &str| beside(&file.files, path);
    let how = containerlab::Options {
        as_netns: file.as_netns,
        file_name: &file.file_name,
        variables: &file.variables,
        images: &images,
        ..containerlab::Options::new(LabId(Uuid::new_v4()), &files)
    };
    let read = containerlab::read(file.text.as_bytes(), &how).map_err(refused)?;
    Ok((read.lab, read.losses.into_iter().map(row).collect()))
}

fn images(rules: &[String]) -> Result<ImageMap, Error> {
    let mut map = ImageMap::NONE;
    for rule in rules {
        map.add(rule).map_err(|error| Error::Unprocessable {
            code: "image_map_odd".into(),
            what: format!("{error}."),
        })?;
    }
    Ok(map)
}

/// A file that was sent, or the names in a folder of which files were sent.
fn beside(files: &BTreeMap<String, String>, path: &str) -> Bound {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    if let Some(text) = files.get(path) {
        return Bound::File {
            bytes: text.clone().into_bytes(),
            mode: None,
        };
    }
    let folder = if path.is_empty() || path == "." {
        String::new()
    } else {
        format!("{path}/")
    };
    let below = files.keys().filter_map(|name| name.strip_prefix(&folder));
    let names: BTreeSet<&str> = below.filter_map(|name| name.split('/').next()).collect();
    if names.is_empty() {
        return Bound::Missing;
    }
    Bound::Folder(names.into_iter().map(str::to_owned).collect())
}

fn row(loss: Loss) -> LossRow {
    LossRow {
        line: loss.place.and_then(|place| u32::try_from(place.line).ok()),
        path: loss.path,
        value: loss.value,
        consequence: loss.consequence,
        cure: loss.cure,
    }
}

fn refused(error: FormatError) -> Error {
    let problems = match error {
        FormatError::Problems(faults) => faults.into_iter().map(problem).collect(),
        FormatError::Syntax { line, column, what } => {
            let at = place(Some(Place { line, column }));
            vec![Problem::new(at, "syntax", what)]
        }
        other @ (FormatError::TooLarge { .. } | FormatError::SchemaUnknown { .. }) => {
            vec![Problem::new("", "unreadable", other.to_string())]
        }
    };
    Error::InvalidLab {
        title: "The file is no lab.".into(),
        problems,
    }
}

fn problem(fault: Fault) -> Problem {
    let at = format!("{} {}", place(fault.place), fault.path);
    Problem::new(at.trim(), &fault.code, fault.message)
}

fn place(place: Option<Place>) -> String {
    place.map_or_else(String::new, |Place { line, column }| {
        format!("line {line}, column {column}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_were_sent_are_files_and_folders() {
        let files = ["configs/r1/frr.conf", "configs/r1/daemons", "vars"];
        let files = files.map(|name| (name.to_owned(), name.to_owned())).into();
        assert!(matches!(beside(&files, "./vars"), Bound::File { .. }));
        let names = |path| match beside(&files, path) {
            Bound::Folder(names) => names,
            other => panic!("{other:?}"),
        };
        assert_eq!(names("configs/r1/"), ["daemons", "frr.conf"]);
        assert_eq!(names("."), ["configs", "vars"]);
        assert_eq!(beside(&files, "config"), Bound::Missing);
    }
}
