//! Where a lab's file is: a path, a folder with one topology in it, an address, standard input.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use model::limits;

use crate::failure::{Exit, Failure};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Stdin,
    File(PathBuf),
    Url(String),
}

impl Source {
    /// What a person means by `FILE|DIR|URL|-`.
    pub fn find(text: &str) -> anyhow::Result<Self> {
        if text == "-" {
            return Ok(Self::Stdin);
        }
        if let Some((scheme, _)) = text.split_once("://") {
            return match scheme.to_lowercase().as_str() {
                "http" | "https" => Ok(Self::Url(text.into())),
                _ => Err(other_scheme(scheme).into()),
            };
        }
        let path = Path::new(text);
        if path.is_dir() {
            return Ok(Self::File(only_topology(path)?));
        }
        Ok(Self::File(path.into()))
    }

    /// As messages name it.
    pub fn shown(&self) -> String {
        match self {
            Self::Stdin => "standard input".into(),
            Self::File(path) => path.display().to_string(),
            Self::Url(url) => super::fetch::public_part(url),
        }
    }

    /// By which the same file is known again, also after it is gone: its whole path, its address.
    pub fn lasting_name(&self) -> String {
        match self {
            Self::Stdin => "-".into(),
            Self::File(path) => {
                let whole = std::fs::canonicalize(path).or_else(|_| std::path::absolute(path));
                whole.as_deref().unwrap_or(path).display().to_string()
            }
            Self::Url(url) => super::fetch::public_part(url),
        }
    }
}

fn other_scheme(scheme: &str) -> Failure {
    Failure::new(
        Exit::USAGE,
        format!("a lab cannot be fetched by {scheme}://"),
    )
    .hint("give an address of http:// or https://, or fetch the file first")
}

/// The single `*.clab.yml` or `*.clab.yaml` of a folder.
fn only_topology(folder: &Path) -> anyhow::Result<PathBuf> {
    let shown = folder.display();
    let mut found = names(folder, &[".clab.yml", ".clab.yaml"])
        .with_context(|| format!("failed to read {shown}"))?;
    match found.len() {
        1 => Ok(folder.join(found.remove(0))),
        0 => {
            let others = names(folder, &[".yml", ".yaml", ".json"]).unwrap_or_default();
            let message = format!("{shown} holds no *.clab.yml and no *.clab.yaml");
            let failure = Failure::new(Exit::NOT_FOUND, message);
            Err(if others.is_empty() {
                failure
            } else {
                failure.hint(format!("name the file: {}", others.join(", ")))
            }
            .into())
        }
        n => Err(
            Failure::new(Exit::USAGE, format!("{shown} holds {n} topologies"))
                .hint(format!("name the one that is meant: {}", found.join(", ")))
                .into(),
        ),
    }
}

/// The names in a folder that end so, hidden files apart.
fn names(folder: &Path, endings: &[&str]) -> std::io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let ends = endings.iter().any(|ending| name.ends_with(ending));
        if ends && !name.starts_with('.') && !name.ends_with(".annotations.json") {
            found.push(name);
        }
    }
    found.sort();
    Ok(found)
}

pub fn open(path: &Path) -> anyhow::Result<std::fs::File> {
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

/// All bytes, if they are not more than a lab may have.
pub fn whole(source: impl Read, shown: &str) -> anyhow::Result<Vec<u8>> {
    let limit = limits::LAB_MAX_BYTES as u64;
    let mut bytes = Vec::new();
    // One byte more tells a file that is too large from one that is just large enough.
    source
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("failed to read {shown}"))?;
    if bytes.len() as u64 > limit {
        let mib = limit / 1024 / 1024;
        let message = format!("{shown} is too large: a lab has at most {mib} MiB");
        return Err(Failure::new(Exit::BAD_DATA, message).into());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;
    use crate::failure::explain;

    fn refusal(text: &str) -> (String, Exit) {
        explain(&Source::find(text).unwrap_err())
    }

    #[test]
    fn a_path_an_address_and_standard_input_are_told_apart() {
        assert_eq!(Source::find("-").unwrap(), Source::Stdin);
        assert_eq!(Source::find("a.yml").unwrap(), Source::File("a.yml".into()));
        let url = "https://example.net/a.clab.yml";
        assert_eq!(Source::find(url).unwrap(), Source::Url(url.into()));
        let (said, exit) = refusal("ftp://example.net/a");
        assert_eq!(
            (exit, said.contains("ftp://")),
            (Exit::USAGE, true),
            "{said}"
        );
    }

    #[test]
    fn a_folder_stands_for_its_single_topology() {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path().display().to_string();
        let put = |name: &str| std::fs::write(temp.path().join(name), "x").unwrap();
        assert_eq!(refusal(&folder).1, Exit::NOT_FOUND);
        put("topology.yml");
        let (said, _) = refusal(&folder);
        assert!(said.contains("name the file: topology.yml"), "{said}");
        put("a.clab.yaml");
        put("a.clab.yaml.annotations.json");
        put(".a.clab.yml");
        let found = Source::find(&folder).unwrap();
        assert_eq!(found, Source::File(temp.path().join("a.clab.yaml")));
        put("b.clab.yml");
        let (said, exit) = refusal(&folder);
        assert_eq!(exit, Exit::USAGE);
        assert!(said.contains("a.clab.yaml, b.clab.yml"), "{said}");
    }
}
