//! Runs the tests and says what was counted. A test that cannot run prints `SKIP name: reason`;
//! in CI a skip that is not on `tests/allowed-skips.txt` fails.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::ops::AddAssign;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::sh::{in_ci, output, root, say};

#[derive(Debug, Default, Clone)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
    /// `name: reason`.
    pub skips: BTreeSet<String>,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skips.extend(other.skips);
    }
}

/// `cargo test` over everything but the whole-system tests, which are acceptance.
pub fn run() -> anyhow::Result<Counts> {
    // What root tests as an ordinary user needs one.
    if nix::unistd::geteuid().is_root() {
        crate::acceptance::ensure_user()?;
    }
    let counts = cargo_test(&["--workspace", "--all-features", "--exclude", "system-tests"])?;
    report(&counts)?;
    Ok(counts)
}

/// Runs `cargo test` with these arguments, shows what it prints, and counts.
pub fn cargo_test(args: &[&str]) -> anyhow::Result<Counts> {
    let mut child = Command::new("cargo")
        .args(["test", "--no-fail-fast"])
        .args(args)
        .args(["--", "--show-output"])
        .current_dir(root())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("failed to start cargo test")?;
    let stdout = child.stdout.take().context("cargo test has no output")?;
    let mut counts = Counts::default();
    for line in BufReader::new(stdout).lines() {
        let line = line?;
        count_line(&line, &mut counts);
        if worth_showing(&line) {
            say(&line);
        }
    }
    let status = child.wait()?;
    if !status.success() && counts.failed == 0 {
        bail!("cargo test ended with {status} before it could count");
    }
    Ok(counts)
}

/// Builds a package's tests and says where their executables lie.
pub fn cargo_test_executables(package: &str) -> anyhow::Result<Vec<PathBuf>> {
    let text = output(
        "cargo",
        &[
            "test",
            "--no-run",
            "--quiet",
            "--message-format=json",
            "--workspace",
            "--all-features",
        ],
    )?;
    let its = format!("#{package}@");
    let messages = text
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    Ok(messages
        .filter(|message| {
            message["profile"]["test"] == true
                && message["target"]["kind"][0] == "test"
                && message["package_id"]
                    .as_str()
                    .is_some_and(|id| id.contains(&its))
        })
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .collect())
}

/// Counts what a test executable printed.
pub fn count_output(text: &str) -> Counts {
    let mut counts = Counts::default();
    text.lines().for_each(|line| count_line(line, &mut counts));
    counts
}

/// The names of passed tests stay; what they printed does not, unless it is a skip.
fn worth_showing(line: &str) -> bool {
    !line.is_empty() && !line.starts_with("successes:") && !line.starts_with("running 0 tests")
}

fn count_line(line: &str, counts: &mut Counts) {
    if let Some(skip) = line.trim_start().strip_prefix("SKIP ") {
        counts.skips.insert(skip.to_owned());
    }
    let Some(rest) = line.strip_prefix("test result: ") else {
        return;
    };
    let number = |word: &str| {
        rest.split([';', '.'])
            .find_map(|part| part.trim().strip_suffix(word)?.trim().parse::<u64>().ok())
    };
    counts.passed += number("passed").unwrap_or(0);
    counts.failed += number("failed").unwrap_or(0);
}

/// Prints every skip and the closing line; fails when a test failed, or when CI skipped what it must not.
pub fn report(counts: &Counts) -> anyhow::Result<()> {
    let allowed = allowed_skips()?;
    let mut forbidden = Vec::new();
    for skip in &counts.skips {
        let name = skip.split(':').next().unwrap_or(skip);
        let known = allowed.contains(name);
        say(&format!(
            "skipped  {skip}{}",
            if known {
                ""
            } else {
                "  (not on tests/allowed-skips.txt)"
            }
        ));
        if !known {
            forbidden.push(name.to_owned());
        }
    }
    say(&format!(
        "{} passed, {} failed, {} skipped",
        counts.passed,
        counts.failed,
        counts.skips.len()
    ));
    if counts.failed > 0 {
        bail!("{} tests failed", counts.failed);
    }
    if in_ci() && !forbidden.is_empty() {
        bail!(
            "skipped in CI, but not on tests/allowed-skips.txt: {}",
            forbidden.join(", ")
        );
    }
    Ok(())
}

fn allowed_skips() -> anyhow::Result<BTreeSet<String>> {
    let path = root().join("tests/allowed-skips.txt");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("failed to read {}", path.display()))?;
    Ok(text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split(':').next().unwrap_or(line).to_owned())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_lines_are_counted() {
        let mut counts = Counts::default();
        count_line(
            "test result: ok. 12 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            &mut counts,
        );
        count_line("SKIP netem_delays: this kernel has no netem", &mut counts);
        assert_eq!(
            (counts.passed, counts.failed, counts.skips.len()),
            (12, 1, 1)
        );
    }
}
