//! A command inside a container, by Docker's exec.

use std::collections::BTreeMap;

use bollard::exec::{CreateExecOptions, ResizeExecOptions};

use super::driver::Driver;
use super::engine::words;
use super::raw::{self, Raw};
use crate::process::ProcessId;
use crate::stream::WindowSize;

/// By which Docker's words on a program that does not run are known.
const REFUSED: &str = "OCI runtime exec failed";
pub const CANNOT_RUN: i64 = 126;
pub const NOT_FOUND: i64 = 127;

/// Begun, and its output not read yet.
pub struct Begun {
    pub id: String,
    pub raw: Raw,
}

pub struct Asked<'a> {
    pub argv: &'a [String],
    pub env: &'a BTreeMap<String, String>,
    pub tty: Option<WindowSize>,
    pub stdin: bool,
}

pub async fn create(driver: &Driver, container: &str, asked: &Asked<'_>) -> Result<String, String> {
    let env = asked
        .env
        .iter()
        .map(|(key, value)| format!("{key}={value}"));
    let terminal = asked.tty.map(|_| "TERM=xterm-256color".to_owned());
    let options = CreateExecOptions::<String> {
        attach_stdin: Some(asked.stdin),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        tty: Some(asked.tty.is_some()),
        env: Some(terminal.into_iter().chain(env).collect()),
        cmd: Some(asked.argv.to_vec()),
        ..CreateExecOptions::default()
    };
    let client = driver.engine.client().map_err(|error| error.to_string())?;
    let created = client.create_exec(container, options).await;
    Ok(created.map_err(|error| words(&error))?.id)
}

pub async fn start(driver: &Driver, id: String, tty: Option<WindowSize>) -> Result<Begun, String> {
    let body = format!("{{\"Detach\":false,\"Tty\":{}}}", tty.is_some());
    let raw = raw::upgrade(driver.engine.socket(), &format!("/exec/{id}/start"), &body).await?;
    if let Some(size) = tty {
        resize(driver, &id, size).await;
    }
    Ok(Begun { id, raw })
}

/// What is too early or too late for it does no harm.
pub async fn resize(driver: &Driver, id: &str, size: WindowSize) {
    // A client that does not know its size yet.
    if size.columns == 0 || size.rows == 0 {
        return;
    }
    let Ok(client) = driver.engine.client() else {
        return;
    };
    let size = ResizeExecOptions {
        height: size.rows,
        width: size.columns,
    };
    if let Err(error) = client.resize_exec(id, size).await {
        let error = words(&error);
        tracing::debug!(exec = id, error, "a terminal keeps its size");
    }
}

/// Its status; `None` as long as it runs.
pub async fn status(driver: &Driver, id: &str) -> Result<Option<i64>, String> {
    let client = driver.engine.client().map_err(|error| error.to_string())?;
    let found = client
        .inspect_exec(id)
        .await
        .map_err(|error| words(&error))?;
    let ended = found.running == Some(false);
    Ok(ended.then_some(found.exit_code.unwrap_or(-1)))
}

/// The process of one that runs, which must be one of the container.
pub async fn process(driver: &Driver, id: &str, init: &ProcessId) -> Option<ProcessId> {
    let client = driver.engine.client().ok()?;
    let found = client.inspect_exec(id).await.ok()?;
    let pid = u32::try_from(found.pid.filter(|_| found.running == Some(true))?).ok()?;
    let process = ProcessId::of(pid)?;
    let namespace = |pid: u32| std::fs::read_link(format!("/proc/{pid}/ns/pid")).ok();
    let same = namespace(pid).is_some() && namespace(pid) == namespace(init.pid);
    (same && process.living().is_some()).then_some(process)
}

/// Docker writes why a program does not run where its output would be.
pub fn is_refusal(status: i64, output: &str) -> bool {
    matches!(status, CANNOT_RUN | NOT_FOUND) && output.trim_start().starts_with(REFUSED)
}

/// 127 for a program that is not there, whatever Docker counts.
pub fn refusal_status(status: i64, output: &str) -> i64 {
    let missing = ["executable file not found", "no such file or directory"];
    if missing.iter().any(|words| output.contains(words)) {
        NOT_FOUND
    } else {
        status
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_missing_is_told_from_one_that_failed() {
        let missing = "OCI runtime exec failed: exec failed: unable to start container process: exec: \"x\": executable file not found in $PATH: unknown\r\n";
        assert!(is_refusal(126, missing));
        assert_eq!(refusal_status(126, missing), 127);
        assert!(!is_refusal(127, "sh: x: not found\n"));
        assert!(!is_refusal(1, missing));
    }
}
