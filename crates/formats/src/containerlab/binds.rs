//! Binds: a file of the lab's own folder is taken into the lab; anything else is a loss.

use std::collections::BTreeMap;

use model::lab::File;
use model::limits;

use super::{Bound, Reading};

/// The files of a node's binds, by their path in the node.
pub fn read(at: &str, binds: &[String], reading: &mut Reading<'_>) -> BTreeMap<String, File> {
    let at = format!("{at}.binds");
    let mut files = BTreeMap::new();
    for bind in binds {
        let mut parts = bind.split(':');
        let (Some(source), Some(target)) = (parts.next(), parts.next()) else {
            reading.wrong(&at, "bind_odd", format!("{bind:?} is not source:target"));
            continue;
        };
        if let Some(content) = content(&at, bind, source, reading) {
            files.insert(
                target.to_owned(),
                File {
                    content,
                    mode: None,
                },
            );
        }
    }
    files
}

fn content(at: &str, bind: &str, source: &str, reading: &mut Reading<'_>) -> Option<String> {
    let Some(path) = plain(source) else {
        let why = "it leads outside of the lab's own folder; copy the file there";
        reading.lose(at, bind, why);
        return None;
    };
    let bytes = match (reading.options.files)(&path) {
        Bound::File(bytes) => bytes,
        Bound::Directory => {
            reading.lose(at, bind, "it is a folder; bind the files in it one by one");
            return None;
        }
        Bound::Outside => {
            let why = "it leads outside of the lab's own folder over a symbolic link";
            reading.lose(at, bind, why);
            return None;
        }
        Bound::Missing => {
            let message = format!("{bind:?} needs the file {path}, which is not there; add it");
            reading.wrong(at, "bind_missing", message);
            return None;
        }
        Bound::Unreadable(reason) => {
            reading.wrong(
                at,
                "bind_unreadable",
                format!("{path} is not readable: {reason}"),
            );
            return None;
        }
    };
    as_text(at, bind, bytes, reading)
}

fn as_text(at: &str, bind: &str, bytes: Vec<u8>, reading: &mut Reading<'_>) -> Option<String> {
    if bytes.len() > limits::FILE_MAX_BYTES {
        reading.lose(
            at,
            bind,
            "it is larger than 1 MiB; copy it into the node when it runs",
        );
        return None;
    }
    let text = String::from_utf8(bytes).ok();
    if text.is_none() {
        reading.lose(
            at,
            bind,
            "it is no text file; copy it into the node when it runs",
        );
    }
    text
}

/// The path without `./`; `None` when it could lead out of the folder or is not a plain one.
fn plain(source: &str) -> Option<String> {
    if source.is_empty() || source.starts_with(['/', '~']) || source.contains(['\\', '\0', '$']) {
        return None;
    }
    let parts: Vec<&str> = source
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    (!parts.is_empty() && !parts.contains(&"..")).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn only_paths_inside_the_folder_are_plain() {
        assert_eq!(
            plain("./configs//r1/frr.conf").as_deref(),
            Some("configs/r1/frr.conf")
        );
        for outside in [
            "/etc/passwd",
            "../x",
            "a/../../x",
            "~/x",
            "",
            ".",
            "a\\..\\x",
            "$HOME/x",
        ] {
            assert_eq!(plain(outside), None, "{outside}");
        }
    }
}
