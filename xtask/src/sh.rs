//! Running other programs, and finding the project.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// The project's root folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the project's root")
        .to_owned()
}

/// Where cargo puts what it builds in the dev profile.
pub fn target() -> PathBuf {
    let exe = std::env::current_exe().unwrap_or_default();
    // …/debug/xtask
    exe.parent()
        .map_or_else(|| root().join("target/debug"), Path::to_owned)
}

/// A binary of ours, built before.
pub fn ours(name: &str) -> PathBuf {
    target().join(name)
}

/// Every program and test, in the one selection of features that tests have too: with another, cargo
/// would compile what we depend on once more.
pub fn build_all() -> anyhow::Result<()> {
    let all = ["--workspace", "--all-targets", "--all-features"];
    call("cargo", &[&["build", "--quiet"], &all[..]].concat())
}

/// Says the step, runs the command in the project's root, fails with its words when it fails.
pub fn call(program: &str, args: &[&str]) -> anyhow::Result<()> {
    call_in(&root(), program, args)
}

pub fn call_in(folder: &Path, program: &str, args: &[&str]) -> anyhow::Result<()> {
    say(&format!("$ {program} {}", args.join(" ")));
    let status = Command::new(program)
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("failed to start {program}"))?;
    if !status.success() {
        bail!("{program} {} ended with {status}", args.join(" "));
    }
    Ok(())
}

/// What the command printed on standard output.
pub fn output(program: &str, args: &[&str]) -> anyhow::Result<String> {
    let out = Command::new(program)
        .args(args)
        .current_dir(root())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("failed to start {program}"))?;
    if !out.status.success() {
        bail!("{program} {} ended with {}", args.join(" "), out.status);
    }
    String::from_utf8(out.stdout).with_context(|| format!("{program} printed no UTF-8"))
}

pub fn exists(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Whether CI runs us: then a skip that is not on the list fails.
pub fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

/// A line for the person who watches.
#[expect(clippy::print_stdout, reason = "xtask speaks to a person")]
pub fn say(line: &str) {
    println!("{line}");
}

/// xtask has no runtime that a sleep could block.
#[expect(
    clippy::disallowed_methods,
    reason = "a plain program that waits for other programs"
)]
pub fn pause(time: std::time::Duration) {
    std::thread::sleep(time);
}
