//! Reading the file. The formats themselves are the room `formats`; here are paths and bytes.

mod beside;

use std::io::Read as _;
use std::path::Path;

use anyhow::Context;
use formats::containerlab::{self, Options};
use formats::{FormatError, Loss, native};
use model::{Lab, LabId, limits};
use uuid::Uuid;

use super::AsKind;
use crate::failure::{Exit, Failure};

/// A lab, and what could not be taken over.
pub struct Read {
    pub lab: Lab,
    pub losses: Vec<Loss>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Native,
    Containerlab,
}

pub fn lab(path: &Path, as_kind: Option<AsKind>) -> anyhow::Result<Read> {
    let bytes = bytes_of(path)?;
    let format = format_of(path, &bytes);
    let read = match format {
        Format::Native => native::read(&bytes).map(|lab| (lab, Vec::new())),
        Format::Containerlab => {
            let folder = path
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new("."));
            let options = Options {
                id: LabId(Uuid::new_v4()),
                as_netns: as_kind == Some(AsKind::Netns),
                files: &|name| beside::read(folder, name),
            };
            containerlab::read(&bytes, &options)
        }
    };
    let (lab, losses) = read.map_err(|error| bad(path, format, &error))?;
    Ok(Read { lab, losses })
}

/// By the name, else by the first letter: our own format is a JSON object.
fn format_of(path: &Path, bytes: &[u8]) -> Format {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => return Format::Native,
        Some("yml" | "yaml") => return Format::Containerlab,
        Some(_) | None => {}
    }
    match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => Format::Native,
        Some(_) | None => Format::Containerlab,
    }
}

fn bad(path: &Path, format: Format, error: &FormatError) -> Failure {
    let shown = path.display();
    let message = match error {
        FormatError::Problems(problems) => {
            let lines: Vec<String> = problems
                .iter()
                .map(|problem| format!("\n  {problem}"))
                .collect();
            format!("{shown} holds no good lab:{}", lines.concat())
        }
        FormatError::TooLarge { .. }
        | FormatError::Syntax { .. }
        | FormatError::SchemaUnknown { .. } => {
            format!("{shown}: {error}")
        }
    };
    let failure = Failure::new(Exit::BAD_DATA, message);
    match format {
        Format::Native => failure,
        Format::Containerlab => {
            failure.hint("the file was read as containerlab's; ours end in .json")
        }
    }
}

/// The whole file, if it is not larger than a lab may be.
fn bytes_of(path: &Path) -> anyhow::Result<Vec<u8>> {
    let failed = || format!("failed to read {}", path.display());
    let limit = limits::LAB_MAX_BYTES as u64;
    let source: Box<dyn std::io::Read> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(open(path)?)
    };
    let mut bytes = Vec::new();
    // One byte more tells a file that is too large from one that is just large enough.
    source
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .with_context(failed)?;
    if bytes.len() as u64 > limit {
        let mib = limit / 1024 / 1024;
        let message = format!(
            "{} is too large: a lab has at most {mib} MiB",
            path.display()
        );
        return Err(Failure::new(Exit::BAD_DATA, message).into());
    }
    Ok(bytes)
}

fn open(path: &Path) -> anyhow::Result<std::fs::File> {
    let shown = path.display();
    match std::fs::File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Failure::new(
            Exit::NOT_FOUND,
            format!("there is no file {shown}"),
        )
        .hint(
            "give the path of a lab: our own .json, or containerlab's .clab.yml\n\
                     or begin with one that comes along: nova-ve samples",
        )
        .into()),
        opened => opened.with_context(|| format!("failed to read {shown}")),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;
    use crate::failure::explain;

    fn refusal(name: &str, content: &[u8]) -> String {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join(name);
        std::fs::write(&path, content).unwrap();
        let error = lab(&path, None).err().unwrap();
        let (text, exit) = explain(&error);
        assert_eq!(exit, Exit::BAD_DATA, "{text}");
        text.replace(&format!("{}/", temp.path().display()), "")
    }

    #[test]
    fn the_format_is_known_by_name_or_by_its_beginning() {
        assert_eq!(format_of(Path::new("a.json"), b"x: 1"), Format::Native);
        assert_eq!(
            format_of(Path::new("a.clab.yml"), b"{"),
            Format::Containerlab
        );
        assert_eq!(format_of(Path::new("-"), b" \n{"), Format::Native);
        assert_eq!(format_of(Path::new("-"), b"name: x"), Format::Containerlab);
    }

    #[test]
    fn a_truncated_file_is_refused_with_its_place() {
        let said = refusal("lab.json", b"{\n  \"schema\": 1,\n  \"na");
        assert!(said.contains("lab.json: line 3, column"), "{said}");
    }

    #[test]
    fn a_huge_file_is_refused_before_it_is_understood() {
        let said = refusal("lab.json", &vec![b' '; limits::LAB_MAX_BYTES + 1]);
        assert!(
            said.contains("too large: a lab has at most 16 MiB"),
            "{said}"
        );
    }

    #[test]
    fn deep_nesting_is_refused() {
        let said = refusal("lab.json", "[".repeat(100_000).as_bytes());
        assert!(
            said.starts_with("error: lab.json: line 1, column"),
            "{said}"
        );
    }

    #[test]
    fn odd_bytes_are_refused() {
        let said = refusal("lab.json", b"{\"name\": \"\xff\xfe\"}");
        assert!(said.contains("UTF-8"), "{said}");
    }

    #[test]
    fn a_topology_takes_the_files_beside_it_and_no_others() {
        let temp = tempfile::tempdir().unwrap();
        std::fs::create_dir(temp.path().join("lab")).unwrap();
        std::fs::write(temp.path().join("secret"), "x").unwrap();
        std::fs::write(temp.path().join("lab/frr.conf"), "hostname r1\n").unwrap();
        std::os::unix::fs::symlink("../secret", temp.path().join("lab/way")).unwrap();
        let path = temp.path().join("lab/topology.clab.yml");
        std::fs::write(
            &path,
            "name: t\ntopology:\n  nodes:\n    r1:\n      kind: linux\n      image: frr\n      binds:\n        \
             - frr.conf:/etc/frr/frr.conf\n        - way:/etc/way\n",
        )
        .unwrap();
        let read = lab(&path, Some(AsKind::Netns)).unwrap();
        let text = serde_json::to_string(&read.lab).unwrap();
        assert!(text.contains("hostname r1"), "{text}");
        assert!(
            read.losses.iter().any(|loss| loss.what == "way:/etc/way"),
            "{:?}",
            read.losses
        );
    }
}
