//! How a lab is read: options that `lab convert`, `lab import` and `clab deploy` have in common.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use formats::images::ImageMap;

use super::source;
use crate::failure::{Exit, Failure};

#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// Use another image instead, as frr-ssh:latest=nova-ve/frr; a * in FROM is any letters
    #[arg(long, value_name = "FROM=TO")]
    map_image: Vec<String>,
    /// A file with a FROM=TO a line
    #[arg(long, value_name = "FILE")]
    image_map: Vec<PathBuf>,
    /// The value of a variable of the topology, ${NAME}; nothing comes from the environment
    #[arg(long, value_name = "NAME=VALUE", value_parser = variable)]
    set: Vec<(String, String)>,
    /// A YAML file of such values, NAME: VALUE; of several files the last wins, --set wins of all
    #[arg(long, value_name = "FILE")]
    vars: Vec<PathBuf>,
    /// Run a topology's containers as this kind of node, where we know how
    #[arg(long = "as", value_name = "KIND")]
    as_kind: Option<AsKind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum AsKind {
    /// Processes in namespaces of their own; needs neither Docker nor root
    Netns,
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        Some(_) | None => Err("a variable is written NAME=VALUE".into()),
    }
}

impl Options {
    pub fn as_netns(&self) -> bool {
        self.as_kind == Some(AsKind::Netns)
    }

    /// The first of the options that mean nothing to a lab of ours.
    pub fn of_topologies(&self) -> Option<&'static str> {
        let given = [
            ("--set", !self.set.is_empty()),
            ("--vars", !self.vars.is_empty()),
            ("--as", self.as_kind.is_some()),
        ];
        given
            .into_iter()
            .find(|(_, given)| *given)
            .map(|(name, _)| name)
    }

    /// What the command line says goes before the files.
    pub fn images(&self) -> anyhow::Result<ImageMap> {
        let mut map = ImageMap::NONE;
        for rule in &self.map_image {
            map.add(rule)
                .map_err(|error| Failure::new(Exit::USAGE, format!("--map-image: {error}")))?;
        }
        for path in &self.image_map {
            let wrong =
                |error| Failure::new(Exit::BAD_DATA, format!("{}: {error}", path.display()));
            let rules = ImageMap::parse(&text_of(path)?).map_err(wrong)?;
            map.append(rules);
        }
        Ok(map)
    }

    pub fn variables(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let mut all = BTreeMap::new();
        for path in &self.vars {
            all.extend(variables_of(&text_of(path)?).map_err(|why| {
                Failure::new(Exit::BAD_DATA, format!("{}: {why}", path.display()))
                    .hint("write NAME: VALUE, one a line; a value is a single word or text")
            })?);
        }
        all.extend(self.set.iter().cloned());
        Ok(all)
    }
}

fn text_of(path: &Path) -> anyhow::Result<String> {
    let shown = path.display().to_string();
    let bytes = source::whole(source::open(path)?, &shown)?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::new(Exit::BAD_DATA, format!("{shown} is no text")))
        .context("failed to read how to read")
}

/// Texts as they stand in the file: `1.10` stays that.
fn variables_of(text: &str) -> Result<BTreeMap<String, String>, String> {
    if text.trim().is_empty() {
        return Ok(BTreeMap::new());
    }
    serde_saphyr::from_str(text).map_err(|error| {
        error
            .to_string()
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    fn written(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join(name);
        std::fs::write(&path, text).unwrap();
        (temp, path)
    }

    #[test]
    fn what_is_said_goes_before_the_files() {
        let (_temp, path) = written("vars.yml", "TAG: 1.10\nON: yes\nNAME: of the file\n");
        let options = Options {
            vars: vec![path],
            set: vec![("NAME".into(), "said".into())],
            ..Options::default()
        };
        let all = options.variables().unwrap();
        let pairs: Vec<String> = all
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(pairs, ["NAME=said", "ON=yes", "TAG=1.10"]);
        let (_temp, path) = written("images", "frr-ssh = b/frr\nalpine = c/alpine\n");
        let options = Options {
            map_image: vec!["frr-ssh=a/frr".into()],
            image_map: vec![path],
            ..Options::default()
        };
        let images = options.images().unwrap();
        assert_eq!(images.map("frr-ssh:latest"), Some("a/frr"));
        assert_eq!(images.map("alpine"), Some("c/alpine"));
    }

    #[test]
    fn a_file_of_nested_values_is_refused() {
        let (_temp, path) = written("vars.yml", "a:\n  b: 1\n");
        let options = Options {
            vars: vec![path],
            ..Options::default()
        };
        let error = options.variables().unwrap_err();
        let (said, exit) = crate::failure::explain(&error);
        assert_eq!(
            (exit, said.contains("vars.yml: ")),
            (Exit::BAD_DATA, true),
            "{said}"
        );
    }
}
