//! The web client: installed and built only when its inputs changed, told by a stamp of their contents.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use crate::sh::{call_in, root, say};
use crate::test::Counts;

fn folder() -> PathBuf {
    root().join("web")
}

/// `npm ci`, when the lock file is not the one that was installed.
pub fn install() -> anyhow::Result<()> {
    let stamp = folder().join("node_modules/.nova-installed");
    unless_stamped(&stamp, &["package.json", "package-lock.json"], || {
        call_in(
            &folder(),
            "npm",
            &["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        )
    })
}

/// `npm run build` into `web/dist`, which the server embeds.
pub fn build() -> anyhow::Result<()> {
    install()?;
    let stamp = folder().join("dist/.nova-built");
    let inputs = [
        "package-lock.json",
        "index.html",
        "vite.config.ts",
        "tsconfig.json",
        "src",
        "public",
    ];
    unless_stamped(&stamp, &inputs, || {
        call_in(&folder(), "npm", &["run", "--silent", "build"])
    })
}

/// Types, lint, cycles, unit tests.
pub fn test() -> anyhow::Result<Counts> {
    call_in(&folder(), "npm", &["run", "--silent", "check"])?;
    let out = Command::new("npm")
        .args(["test", "--silent"])
        .current_dir(folder())
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .context("failed to start npm")?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    say(text.trim_end());
    say(String::from_utf8_lossy(&out.stderr).trim_end());
    let counts = counts_of(&text);
    if !out.status.success() && counts.failed == 0 {
        bail!(
            "the web tests ended with {} before they could count",
            out.status
        );
    }
    Ok(counts)
}

/// Vitest closes with `Tests  2 failed | 20 passed | 1 skipped (23)`.
fn counts_of(text: &str) -> Counts {
    let closing = text
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("Tests "));
    let number = |word: &str| {
        let parts = closing.unwrap_or_default().split(['|', '(']);
        let mut numbers =
            parts.filter_map(|part| part.trim().strip_suffix(word)?.trim().parse().ok());
        numbers.next().unwrap_or(0)
    };
    let mut counts = Counts {
        passed: number("passed"),
        failed: number("failed"),
        ..Counts::default()
    };
    if number("skipped") > 0 {
        counts.skips.insert(format!(
            "web: {} tests are marked to be skipped",
            number("skipped")
        ));
    }
    counts
}

fn unless_stamped(
    stamp: &Path,
    inputs: &[&str],
    act: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let wanted = fingerprint(inputs)?;
    if std::fs::read_to_string(stamp).is_ok_and(|have| have == wanted) {
        return Ok(());
    }
    act()?;
    std::fs::write(stamp, wanted)?;
    say(&format!(
        "wrote {}",
        stamp.strip_prefix(root()).unwrap_or(stamp).display()
    ));
    Ok(())
}

/// Not a secret and not kept across compilers: only "has anything changed since".
fn fingerprint(inputs: &[&str]) -> anyhow::Result<String> {
    let mut hasher = DefaultHasher::new();
    for input in inputs {
        hash_tree(&folder().join(input), &mut hasher)?;
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn hash_tree(path: &Path, hasher: &mut DefaultHasher) -> anyhow::Result<()> {
    path.hash(hasher);
    if path.is_file() {
        std::fs::read(path)?.hash(hasher);
    }
    if path.is_dir() {
        let mut entries: Vec<_> = std::fs::read_dir(path)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        entries.sort();
        for entry in entries {
            hash_tree(&entry, hasher)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vitests_closing_line_is_counted() {
        let counts = counts_of(
            " Test Files  4 passed (4)\n      Tests  1 failed | 20 passed | 1 skipped (22)\n",
        );
        assert_eq!(
            (counts.passed, counts.failed, counts.skips.len()),
            (20, 1, 1)
        );
    }
}
