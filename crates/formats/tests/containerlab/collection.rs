//! The collection of other people's topologies, which lies beside the repository, never in it.
#![expect(
    clippy::disallowed_methods,
    reason = "a test is the caller that reads the files"
)]

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use formats::FormatError;
use formats::containerlab::{Bound, Options, Read, read};

/// The folder, or `None` after saying why the test is skipped.
pub fn samples(test: &str, below: &str) -> Option<PathBuf> {
    let given = std::env::var_os("NOVA_VE_SAMPLES").map(PathBuf::from);
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples");
    let path = given.clone().unwrap_or(default).join(below);
    if path.exists() {
        return Some(path);
    }
    assert!(
        given.is_none(),
        "NOVA_VE_SAMPLES is set, but {} is missing",
        path.display()
    );
    eprintln!(
        "SKIP {test}: {} is not here; set NOVA_VE_SAMPLES",
        path.display()
    );
    None
}

pub fn topologies(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let end = path.extension().and_then(|end| end.to_str());
        if path.is_dir() {
            found.extend(topologies(&path));
        } else if matches!(end, Some("yml" | "yaml" | "gotmpl")) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A file of the folder of a topology.
pub fn beside(folder: &Path, path: &str) -> Bound {
    let path = folder.join(path);
    let Ok(meta) = std::fs::metadata(&path) else {
        return Bound::Missing;
    };
    if meta.is_dir() {
        let entries = std::fs::read_dir(&path).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        return Bound::Folder(names);
    }
    Bound::File {
        bytes: std::fs::read(&path).unwrap(),
        mode: Some(meta.mode()),
    }
}

pub fn text_of(topology: &Path) -> String {
    std::fs::read_to_string(topology).unwrap()
}

pub fn import_text(text: &str, topology: &Path, as_netns: bool) -> Result<Read, FormatError> {
    let folder = topology.parent().unwrap();
    let files = |path: &str| beside(folder, path);
    let id = "11111111-2222-3333-4444-555555555555".parse().unwrap();
    let options = Options {
        as_netns,
        file_name: topology.file_name().unwrap().to_str().unwrap(),
        ..Options::new(id, &files)
    };
    read(text.as_bytes(), &options)
}

pub fn import(topology: &Path) -> Result<Read, FormatError> {
    import_text(&text_of(topology), topology, false)
}
