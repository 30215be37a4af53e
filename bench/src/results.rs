//! `RESULTS.md`: a section for each benchmark. A run replaces the sections of what it ran.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use anyhow::Context;

use crate::benchmark::{ALL, Benchmark};
use crate::figure::Figure;

const HEAD: &str = "# Results\n\nWritten by `cargo xtask bench`. Figures are medians; a ratio and what it \
stands beside were measured in one run.\n";

/// Sections by the benchmark's name, as text.
pub struct Results(BTreeMap<String, String>);

pub struct Section<'a> {
    pub benchmark: &'a Benchmark,
    pub figures: &'a [Figure],
    pub commit: &'a str,
    pub date: &'a str,
}

impl Results {
    /// A file that is not there has no sections.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Self(sections(&text))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self(BTreeMap::new())),
            Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
        }
    }

    pub fn put(&mut self, section: &Section<'_>) {
        self.0.insert(section.benchmark.name.into(), section.text());
    }

    /// In the order of the list.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let known = ALL
            .iter()
            .filter_map(|benchmark| self.0.get(benchmark.name));
        let text: String = std::iter::once(HEAD)
            .chain(known.map(String::as_str))
            .collect();
        std::fs::write(path, text).with_context(|| format!("write {}", path.display()))
    }
}

fn sections(text: &str) -> BTreeMap<String, String> {
    let each = text.split("\n## ").skip(1);
    each.filter_map(|section| {
        let name = section.lines().next()?;
        Some((name.to_owned(), format!("\n## {}\n", section.trim_end())))
    })
    .collect()
}

impl Section<'_> {
    fn text(&self) -> String {
        let Benchmark { name, about, .. } = self.benchmark;
        let mut text = format!("\n## {name}\n\n{about}\n\n");
        let told = writeln!(
            text,
            "`cargo xtask bench {name}` · {} · commit {} · {}\n\n| figure | measured | limit | |\n|---|---|---|---|",
            self.date,
            self.commit,
            machine()
        );
        told.expect("a string takes all");
        for figure in self.figures {
            let verdict = match (figure.limit, figure.is_good()) {
                (None, _) => "",
                (Some(_), true) => "kept",
                (Some(_), false) => "**missed**",
            };
            let row = writeln!(
                text,
                "| {} | {} | {} | {verdict} |",
                figure.name,
                figure.shown,
                figure.limit_shown()
            );
            row.expect("a string takes all");
        }
        text
    }
}

/// `2 cores, Linux 6.18.44`: nothing that tells whose machine it is.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let system = rustix::system::uname();
    let release = system.release().to_string_lossy();
    let version: String = release
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    format!("{cores} cores, Linux {version}")
}

#[cfg(test)]
mod tests {
    use super::sections;

    #[test]
    fn sections_of_what_was_not_run_stay_as_they_are() {
        let text = "# Results\n\nhead\n\n## one\n\nabout\n\n| a |\n\n## two\n\nb\n";
        let read = sections(text);
        assert_eq!(read["one"], "\n## one\n\nabout\n\n| a |\n");
        assert_eq!(read["two"], "\n## two\n\nb\n");
    }
}
