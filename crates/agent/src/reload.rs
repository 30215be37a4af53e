//! SIGHUP: `agent.toml` is looked at again, and what it says is told. It counts at the start alone: what a
//! host's administrator allows does not change under a lab that runs.

use std::path::PathBuf;

use anyhow::Context;
use telemetry::service;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::{self, Config};

/// `agent.toml`, where there is one, and whether nobody else may read it.
#[derive(Debug, Clone)]
pub struct ConfigFile {
    pub path: Option<PathBuf>,
    pub strict: bool,
}

impl ConfigFile {
    pub fn read(&self) -> anyhow::Result<Config> {
        match &self.path {
            Some(path) => Ok(config::read(path, self.strict)?),
            None => Ok(Config::default()),
        }
    }
}

/// Hears SIGHUP for as long as the agent works. `status` is the status line while all is well, `now` what
/// the agent goes by.
pub async fn on_signal(status: String, file: ConfigFile, now: Config) -> anyhow::Result<()> {
    let mut hang_up = signal(SignalKind::hangup()).context("no signals")?;
    while hang_up.recv().await.is_some() {
        service::reloading();
        let said = judge(&file, &now);
        let status = match &said {
            Ok(None) => status.clone(),
            Ok(Some(news)) => format!("{status}; {news}"),
            Err(why) => format!("{status}; agent.toml is not right: {why:#}"),
        };
        match said {
            Ok(None) => tracing::info!("agent.toml is what it was at the start"),
            Ok(Some(news)) => tracing::warn!("{news}"),
            Err(error) => tracing::error!(error = %format!("{error:#}"), "agent.toml is not right"),
        }
        service::ready(&status);
    }
    Ok(())
}

/// What a person should know of the file now.
fn judge(file: &ConfigFile, now: &Config) -> anyhow::Result<Option<&'static str>> {
    let changed = file.read()? != *now;
    Ok(changed.then_some(
        "agent.toml has changed, which counts after a restart of nova-ve-agent (nodes go on running)",
    ))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_and_so_is_what_cannot_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agent.toml");
        std::fs::write(&path, "").unwrap();
        let file = ConfigFile {
            path: Some(path.clone()),
            strict: false,
        };
        let now = file.read().unwrap();
        assert_eq!(judge(&file, &now).unwrap(), None);
        std::fs::write(&path, "hidden_bridge = \"always\"\n").unwrap();
        assert!(judge(&file, &now).unwrap().unwrap().contains("restart"));
        std::fs::write(&path, "hidden = 1\n").unwrap();
        assert!(judge(&file, &now).is_err());
    }
}
