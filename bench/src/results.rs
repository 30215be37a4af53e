//! `RESULTS.md`: a section for each benchmark. A run replaces the sections of what it ran.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use anyhow::Context;

use crate::benchmark::{ALL, Benchmark};
use crate::figure::Figure;

const HEAD: &str = "# Results\n\nWritten by `cargo xtask bench`, which says it all again on another machine. Figures are \
medians; a ratio stands with both of its numbers, ours first, which were measured in turns in one run: \
`2.10 × (3.42 s / 1.63 s)`. A figure with a limit says whether it is kept; one without is for comparison.\n";

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
            "`cargo xtask bench {name}` · {} · commit {} · {}\n\n| figure | measured | limit | kept? |\n|---|---|---|---|",
            self.date,
            self.commit,
            machine()
        );
        told.expect("a string takes all");
        for figure in self.figures {
            let verdict = match (figure.limit, figure.is_good()) {
                (None, _) => "",
                (Some(_), true) => "yes",
                (Some(_), false) => "**no**",
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

/// `2 cores (Intel(R) Xeon(R) …), 24 GB of memory, Linux 6.18.44`: nothing that tells whose machine it is.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = value(&processors, "model name").unwrap_or("unknown processor");
    let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = value(&memory, "MemTotal").and_then(|text| text.split(' ').next()?.parse().ok());
    let gb = kib.map_or(0, |kib: u64| kib * 1024 / 1_000_000_000);
    let system = rustix::system::uname();
    let release = system.release().to_string_lossy();
    let version: String = release
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    format!("{cores} cores ({model}), {gb} GB of memory, Linux {version}")
}

/// Of the first line `name: value`.
fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (its, value) = line.split_once(':')?;
        (its.trim() == name).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::sections;

    #[test]
    fn a_value_is_found_by_its_whole_name() {
        let text = "model\t: 85\nmodel name\t: Good One\n";
        assert_eq!(super::value(text, "model name"), Some("Good One"));
        assert_eq!(super::value(text, "name"), None);
    }

    #[test]
    fn sections_of_what_was_not_run_stay_as_they_are() {
        let text = "# Results\n\nhead\n\n## one\n\nabout\n\n| a |\n\n## two\n\nb\n";
        let read = sections(text);
        assert_eq!(read["one"], "\n## one\n\nabout\n\n| a |\n");
        assert_eq!(read["two"], "\n## two\n\nb\n");
    }
}
