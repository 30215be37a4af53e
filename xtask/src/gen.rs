//! `cargo xtask gen` writes every generated file; CI demands that this changes nothing.

use std::process::Command;

use anyhow::{Context, bail};

use crate::sh::{build_all, call_in, ours, root, say};

pub fn run() -> anyhow::Result<()> {
    build_all()?;
    write_output("nova-ve-server", &["openapi"], "crates/server/openapi.json")?;
    write_output(
        "nova-ve-server",
        &["config-example"],
        "deploy/env/backend.env.example",
    )?;
    write_output(
        "nova-ve-server",
        &["config-example", "--markdown"],
        "docs/reference/settings.md",
    )?;
    crate::web::install()?;
    call_in(&root().join("web"), "npm", &["run", "--silent", "gen:api"])
}

fn write_output(binary: &str, args: &[&str], file: &str) -> anyhow::Result<()> {
    say(&format!("{binary} {} > {file}", args.join(" ")));
    let out = Command::new(ours(binary))
        .args(args)
        .output()
        .with_context(|| format!("failed to start {binary}"))?;
    if !out.status.success() {
        bail!(
            "{binary} {} ended with {}: {}",
            args.join(" "),
            out.status,
            String::from_utf8_lossy(&out.stderr)
        );
    }
    let path = root().join(file);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    if std::fs::read(&path).ok().as_deref() != Some(&out.stdout) {
        std::fs::write(&path, out.stdout).with_context(|| format!("failed to write {file}"))?;
    }
    Ok(())
}
