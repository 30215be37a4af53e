//! `nova-ve-server openapi`.

use std::io::Write;
use std::process::ExitCode;

pub fn run() -> anyhow::Result<ExitCode> {
    std::io::stdout().write_all(crate::http::openapi::text().as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
