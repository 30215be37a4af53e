//! Every promise and every limit that is written down has a test: the last column of the tables in
//! `docs/reference/{limits,security}.md` names it, and it is there. The page of the deployment contract
//! is the one that its sentences make.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, bail};

use crate::sh::{root, say};

const PAGES: [&str; 2] = ["docs/reference/limits.md", "docs/reference/security.md"];
/// Where tests lie.
const FOLDERS: [&str; 5] = ["crates", "tests", "xtask/src", "bench", "web/e2e"];

pub fn run() -> anyhow::Result<()> {
    crate::acceptance::check_page()?;
    let known = tests()?;
    let (mut rows, mut wrong) = (0, Vec::new());
    for page in PAGES {
        let path = root().join(page);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("failed to read {}", path.display()))?;
        let strays = stray_rows(&text).into_iter();
        wrong.extend(strays.map(|line| format!("{page}:{line} is a row outside of a table")));
        for (line, cell) in test_cells(&text) {
            rows += 1;
            let names = names_in(cell);
            if names.is_empty() {
                wrong.push(format!("{page}:{line} names no test"));
            }
            let unknown = names.iter().filter(|name| !known.contains(**name));
            wrong.extend(
                unknown.map(|name| format!("{page}:{line} names {name}, which is no test")),
            );
        }
    }
    if !wrong.is_empty() {
        bail!(
            "check-docs: {} wrong\n  {}",
            wrong.len(),
            wrong.join("\n  ")
        );
    }
    say(&format!(
        "check-docs: {rows} promises and limits, each with a test"
    ));
    Ok(())
}

/// The last cell of each row of each table whose last column is headed `test`, with its line.
fn test_cells(text: &str) -> Vec<(usize, &str)> {
    let mut cells = Vec::new();
    let mut in_table = false;
    for (number, line) in (1..).zip(text.lines()) {
        let Some(last) = last_cell(line) else {
            in_table = false;
            continue;
        };
        if last == "test" {
            in_table = true;
        } else if in_table && !last.starts_with("--") {
            cells.push((number, last));
        }
    }
    cells
}

/// Rows in no table: one begins with a head and a line of dashes below it.
fn stray_rows(text: &str) -> Vec<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let is_rule = |line: &&str| last_cell(line).is_some_and(|last| last.starts_with("--"));
    let mut strays = Vec::new();
    let mut in_table = false;
    for (at, line) in lines.iter().enumerate() {
        let is_row = line.trim_start().starts_with('|');
        in_table = is_row && (in_table || lines.get(at + 1).is_some_and(is_rule));
        if is_row && !in_table {
            strays.push(at + 1);
        }
    }
    strays
}

fn last_cell(line: &str) -> Option<&str> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    inner.rsplit('|').next().map(str::trim)
}

/// What stands in backticks, without its path.
fn names_in(cell: &str) -> Vec<&str> {
    let quoted = cell.split('`').skip(1).step_by(2);
    quoted
        .map(|name| name.rsplit("::").next().unwrap_or(name))
        .collect()
}

/// The name of every function below the folders of tests, and the file of every story of the browser.
pub fn tests() -> anyhow::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for folder in FOLDERS {
        collect(&root().join(folder), &mut names)?;
    }
    Ok(names)
}

fn collect(folder: &Path, names: &mut BTreeSet<String>) -> anyhow::Result<()> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries {
        let path = entry?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        match extension {
            _ if path.is_dir() => collect(&path, names)?,
            Some("rs" | "py" | "ts") => names.extend(functions(&std::fs::read_to_string(&path)?)),
            // A story of the browser is a file.
            Some("mjs") => {
                let below = path.strip_prefix(root()).unwrap_or(&path);
                names.insert(below.display().to_string());
            }
            Some(_) | None => {}
        }
    }
    Ok(())
}

fn functions(text: &str) -> impl Iterator<Item = String> {
    let starts = ["fn ", "def ", "function "];
    text.lines().filter_map(move |line| {
        let after = starts
            .iter()
            .find_map(|start| line.split_once(start).map(|(_, after)| after))?;
        let name = after.split(['(', '<']).next()?;
        Some(name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
text with `code`
| limit | value | test |
|---|---|---|
| names | 63 | `model::validate::odd_names`, `other` |
| nothing | 1 | |

| other | table |
|---|---|
| a | `b` |
";

    #[test]
    fn the_tests_of_a_table_are_found() {
        let cells = test_cells(PAGE);
        assert_eq!(cells.len(), 2);
        assert_eq!(names_in(cells[0].1), ["odd_names", "other"]);
        assert_eq!((cells[1].0, names_in(cells[1].1)), (5, vec![]));
    }

    #[test]
    fn a_row_outside_of_a_table_is_found() {
        assert_eq!(stray_rows(PAGE), Vec::<usize>::new());
        let broken = PAGE.replace("| nothing |", "\n| nothing |");
        assert_eq!(stray_rows(&broken), [6]);
    }

    #[test]
    fn functions_are_found_by_name() {
        let found: Vec<String> =
            functions("    async fn a_test() {\nfn other<T>(x: T)\n").collect();
        assert_eq!(found, ["a_test", "other"]);
    }
}
