//! The list of benchmarks. A new one is a file beside this one and a line in [`ALL`].

use std::path::PathBuf;

use anyhow::Context as _;

use crate::figure::Figure;
use crate::{containers, formats, lab_up, mininet, removal, steady, tcp, whole};

/// What a benchmark gets.
pub struct Context {
    /// Where cargo put the release programs.
    pub programs: PathBuf,
}

impl Context {
    pub fn program(&self, name: &str) -> PathBuf {
        self.programs.join(name)
    }
}

pub struct Benchmark {
    pub name: &'static str,
    /// Told in the results above the figures.
    pub about: &'static str,
    /// Runs in a network namespace of its own, as root; skipped with a word for others.
    pub needs_root: bool,
    /// Packages whose release programs it runs.
    pub packages: &'static [&'static str],
    /// What it needs and this machine does not have, in a sentence that says how to get it.
    pub lacks: fn() -> Option<String>,
    pub run: fn(&Context) -> anyhow::Result<Vec<Figure>>,
}

/// For those that need nothing.
pub fn nothing() -> Option<String> {
    None
}

pub const ALL: &[Benchmark] = &[
    lab_up::ON_DEMAND,
    lab_up::ALWAYS,
    mininet::BENCHMARK,
    removal::BENCHMARK,
    tcp::BENCHMARK,
    steady::BENCHMARK,
    whole::IDLE,
    whole::EDITS,
    whole::HEALTH,
    whole::MEMORY,
    whole::UP,
    whole::CONSOLE,
    containers::BENCHMARK,
    containers::CONTAINERLAB,
    formats::LARGE,
    formats::SAMPLES,
];

impl Benchmark {
    pub fn named(name: &str) -> anyhow::Result<&'static Self> {
        let names = || {
            ALL.iter()
                .map(|benchmark| benchmark.name)
                .collect::<Vec<_>>()
        };
        ALL.iter()
            .find(|benchmark| benchmark.name == name)
            .with_context(|| {
                format!(
                    "there is no benchmark {name:?}; there are {}",
                    names().join(", ")
                )
            })
    }

    /// All if none is named.
    pub fn chosen(names: &[String]) -> anyhow::Result<Vec<&'static Self>> {
        if names.is_empty() {
            return Ok(ALL.iter().collect());
        }
        names.iter().map(|name| Self::named(name)).collect()
    }
}
