//! Readable means small: a median of 150 lines a file, 600 at most without tests, functions of 40 lines at most.
//!
//! What is larger stands in `xtask/size-allowed.txt` with its size; the list may only shrink, so a
//! line for something that has become small fails too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::sh::{root, say};

const FILE_LIMIT: usize = 600;
const TS_FILE_LIMIT: usize = 350;
const MEDIAN_LIMIT: usize = 150;
const FUNCTION_LIMIT: usize = 40;

pub fn run() -> anyhow::Result<()> {
    let mut sizes = Vec::new();
    let mut found = BTreeMap::new();
    for file in sources(&root(), &["rs", "ts", "tsx"])? {
        let text = std::fs::read_to_string(&file)?;
        let code = without_tests(&text);
        let lines = code.lines().count();
        let name = file
            .strip_prefix(root())
            .unwrap_or(&file)
            .display()
            .to_string();
        let is_rust = file.extension().is_some_and(|extension| extension == "rs");
        if is_rust {
            sizes.push(lines);
            for (function, length) in long_functions(code) {
                found.insert(format!("{name}::{function}"), length);
            }
        }
        let limit = if is_rust { FILE_LIMIT } else { TS_FILE_LIMIT };
        if lines > limit {
            found.insert(name, lines);
        }
    }
    compare(&found)?;
    sizes.sort_unstable();
    let median = sizes.get(sizes.len() / 2).copied().unwrap_or(0);
    if median > MEDIAN_LIMIT {
        bail!(
            "check-size: the median Rust file has {median} lines, {MEDIAN_LIMIT} is the limit; divide some"
        );
    }
    say(&format!(
        "check-size: {} Rust files, median {median} lines, {} on the allow-list",
        sizes.len(),
        found.len()
    ));
    Ok(())
}

/// Fails for what is too large and not allowed, for what grew, and for what need not be allowed any more.
fn compare(found: &BTreeMap<String, usize>) -> anyhow::Result<()> {
    let allowed = allowed()?;
    let mut wrong = Vec::new();
    for (name, size) in found {
        match allowed.get(name) {
            None => wrong.push(format!("{name} has {size} lines; divide it")),
            Some(limit) if size > limit => wrong.push(format!(
                "{name} grew from {limit} to {size} lines; divide it"
            )),
            Some(_) => {}
        }
    }
    for name in allowed.keys().filter(|name| !found.contains_key(*name)) {
        wrong.push(format!(
            "{name} is small enough or gone: take it off xtask/size-allowed.txt"
        ));
    }
    if !wrong.is_empty() {
        bail!(
            "check-size: {} wrong\n  {}",
            wrong.len(),
            wrong.join("\n  ")
        );
    }
    Ok(())
}

/// Lines `path[::function] size`.
fn allowed() -> anyhow::Result<BTreeMap<String, usize>> {
    let path = root().join("xtask/size-allowed.txt");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("failed to read {}", path.display()))?;
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (name, size) = line
                .rsplit_once(' ')
                .with_context(|| format!("{line:?} has no size"))?;
            Ok((name.to_owned(), size.parse()?))
        })
        .collect()
}

/// Source files below `folder` that people wrote.
pub fn sources(folder: &Path, extensions: &[&str]) -> anyhow::Result<Vec<PathBuf>> {
    const SKIPPED: &[&str] = &[
        "target",
        "node_modules",
        "dist",
        "generated",
        "tests",
        "e2e",
        "mock",
        "fuzz",
    ];
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries {
            let path = entry?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if name.starts_with('.') || SKIPPED.contains(&name.as_str()) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if is_source(&name, extensions) {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn is_source(name: &str, extensions: &[&str]) -> bool {
    let test = name == "tests.rs" || name.contains(".test.") || name.ends_with(".d.ts");
    !test
        && extensions
            .iter()
            .any(|extension| name.ends_with(&format!(".{extension}")))
}

/// The file up to its test module.
pub fn without_tests(text: &str) -> &str {
    let end = ["\n#[cfg(test)]\nmod tests {", "\n#[cfg(test)]\n#[expect"]
        .iter()
        .filter_map(|mark| text.find(mark))
        .min()
        .unwrap_or(text.len());
    &text[..end]
}

/// Functions longer than the limit, by rustfmt's shape: a line `… fn name…` and the `}` at its indent.
fn long_functions(code: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = code.lines().collect();
    let mut long = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else {
            continue;
        };
        let indent = line.len() - line.trim_start().len();
        let close = format!("{}}}", " ".repeat(indent));
        let Some(length) = lines[start..].iter().position(|line| *line == close) else {
            continue;
        };
        let length = length + 1;
        if length > FUNCTION_LIMIT {
            long.push((name.to_owned(), length));
        }
    }
    long
}

fn function_name(line: &str) -> Option<&str> {
    let trimmed = line.trim_start();
    if trimmed.starts_with("//") || trimmed.ends_with(';') {
        return None;
    }
    let starts = [
        "fn ",
        "pub",
        "async fn ",
        "const fn ",
        "unsafe fn ",
        "extern ",
    ];
    if !starts.iter().any(|start| trimmed.starts_with(start)) {
        return None;
    }
    let (_, after) = trimmed.split_once("fn ")?;
    after.split(['(', '<']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_of_41_lines_is_found_and_one_of_40_is_not() {
        let body = |n: usize| format!("fn long() {{\n{}}}\n", "    step();\n".repeat(n));
        assert_eq!(long_functions(&body(FUNCTION_LIMIT - 2)), []);
        assert_eq!(
            long_functions(&body(FUNCTION_LIMIT - 1)),
            [("long".to_owned(), 41)]
        );
    }

    #[test]
    fn tests_do_not_count() {
        assert_eq!(without_tests("code\n#[cfg(test)]\nmod tests {\n}"), "code");
    }
}
