//! SIGHUP: the environment file is read anew. systemd reads it for the start alone, so we do it here.
//!
//! Of what it says the discovery cadence counts at once. A value that is not right keeps the old one, and
//! says so in the journal and in the status line; what else has changed is named and waits for a restart.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use agent_api::Discovery;
use anyhow::Context;
use telemetry::{service, variables};
use tokio::signal::unix::{SignalKind, signal};

use crate::app::App;
use crate::config::{CADENCE, CADENCE_DEFAULT, cadence};
use crate::settings;

/// What the file is compared with.
pub struct Reload {
    /// None: no file is named.
    pub file: Option<PathBuf>,
    /// The status line while all is well.
    pub status: String,
}

/// Hears SIGHUP from now on.
pub fn on_signal(app: &App, reload: Reload) -> anyhow::Result<()> {
    let mut hang_up = signal(SignalKind::hangup()).context("no signals")?;
    let app = app.clone();
    tokio::spawn(async move {
        while hang_up.recv().await.is_some() {
            service::reloading();
            let status = run(&app, &reload);
            service::ready(&status);
        }
    });
    Ok(())
}

/// Reads and applies; the answer is the status line.
fn run(app: &App, reload: &Reload) -> String {
    match read(reload) {
        Ok(settings) => {
            let cadence_s = settings.cadence_s;
            app.set_discovery(Discovery { cadence_s });
            for complaint in settings.complaints {
                tracing::warn!("{complaint}");
            }
            tracing::info!(cadence_s, "settings are read anew");
            reload.status_line(cadence_s)
        }
        Err(error) => {
            let kept = app.discovery.borrow().cadence_s;
            let why = format!("{error:#}; the discovery cadence stays at {kept} s");
            tracing::error!("settings are not read anew: {why}");
            format!("settings are not read anew: {why}")
        }
    }
}

impl Reload {
    pub fn status_line(&self, cadence_s: u16) -> String {
        format!("{}; looks for drift every {cadence_s} s", self.status)
    }
}

struct Settings {
    cadence_s: u16,
    complaints: Vec<String>,
}

fn read(reload: &Reload) -> anyhow::Result<Settings> {
    let path = reload.file.as_ref().context(
        "no environment file is named; set NOVA_VE_ENV_FILE, or restart for other settings",
    )?;
    let text = std::fs::read_to_string(path);
    let text = text.with_context(|| format!("cannot read {}", path.display()))?;
    judge(&parse(&text), path, |name| std::env::var(name).ok())
}

/// `now` gives a variable as it was at the start.
fn judge(
    file: &BTreeMap<String, String>,
    path: &Path,
    now: impl Fn(&str) -> Option<String>,
) -> anyhow::Result<Settings> {
    let cadence_s = match file.get(CADENCE) {
        Some(value) => cadence(value)
            .map_err(anyhow::Error::msg)
            .with_context(|| format!("{} says {CADENCE}={value}", path.display()))?,
        None => CADENCE_DEFAULT,
    };
    let mut complaints = variables::complaints_about(file.keys().map(String::as_str));
    for variable in settings::table() {
        let name = variable.name.as_str();
        let value = file.get(name);
        if name != CADENCE && value.is_some() && value != now(name).as_ref() {
            complaints.push(format!("{name} has changed, which counts after a restart"));
        }
    }
    Ok(Settings {
        cadence_s,
        complaints,
    })
}

/// As systemd reads it: `NAME=value`, quotes around the value go, `#` and `;` begin a remark.
fn parse(text: &str) -> BTreeMap<String, String> {
    let variable = |line: &str| {
        let line = line.trim();
        if line.starts_with(['#', ';']) {
            return None;
        }
        let (name, value) = line.split_once('=')?;
        Some((name.trim().to_owned(), unquote(value.trim()).to_owned()))
    };
    text.lines().filter_map(variable).collect()
}

fn unquote(value: &str) -> &str {
    let within = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    within('"').or_else(|| within('\'')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn judged(text: &str) -> anyhow::Result<Settings> {
        let at_start = |name: &str| (name == "NOVA_VE_LISTEN").then(|| "127.0.0.1:8000".into());
        judge(
            &parse(text),
            Path::new("/etc/nova-ve/backend.env"),
            at_start,
        )
    }

    #[test]
    fn the_cadence_of_the_file_counts_and_without_one_the_default() {
        let quoted = judged("# a remark\nNOVA_VE_DISCOVERY_CADENCE_SECONDS=\"7\"\n").unwrap();
        assert_eq!(quoted.cadence_s, 7);
        assert_eq!(judged("").unwrap().cadence_s, 30);
    }

    #[test]
    fn a_cadence_out_of_range_is_told_with_its_file_and_the_range() {
        for wrong in ["4", "301", "x", ""] {
            let text = format!("NOVA_VE_DISCOVERY_CADENCE_SECONDS={wrong}\n");
            let why = format!("{:#}", judged(&text).err().unwrap());
            assert!(
                why.contains("/etc/nova-ve/backend.env") && why.contains("5 to 300"),
                "{why}"
            );
        }
    }

    #[test]
    fn what_waits_for_a_restart_and_what_is_unknown_is_named_without_its_value() {
        let text = "NOVA_VE_LISTEN=127.0.0.1:8000\nDATABASE_URL='postgres://u:secret@h/d'\nNOVA_VE_LISTENS=x\n";
        let complaints = judged(text).unwrap().complaints;
        assert_eq!(complaints.len(), 2, "{complaints:?}");
        assert!(complaints[0].contains("did you mean NOVA_VE_LISTEN?"));
        assert_eq!(
            complaints[1],
            "DATABASE_URL has changed, which counts after a restart"
        );
    }
}
