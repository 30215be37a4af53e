//! `status`: what runs, and where. Ends with 0 when a server answers, also when it is degraded.

use std::time::Duration;

use api::client::Client;
use api::lab::LabSummary;
use api::system::Health;
use serde::Serialize;

use super::lab::tables::lab_table;
use crate::connect::{Global, Target, connect};
use crate::embedded::{DataFolder, MAKE_ROOM, UpRecord, holder_of, words_of_room};
use crate::failure::{Exit, Failure};
use crate::output::answer;

const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, clap::Args)]
pub struct Args {}

#[derive(Debug, Serialize)]
struct Status {
    url: String,
    health: Health,
    /// Of an embedded nova-ve.
    #[serde(skip_serializing_if = "Option::is_none")]
    up: Option<UpRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<String>,
    /// Why nothing can be written there.
    #[serde(skip_serializing_if = "Option::is_none")]
    disk: Option<String>,
    /// What the server wants everybody to know.
    #[serde(skip_serializing_if = "String::is_empty")]
    notice: String,
    labs: Vec<LabSummary>,
    /// Why the labs are not listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    labs_hidden: Option<String>,
}

pub async fn run(_args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let target = Target::find(global)?;
    let (up, data, disk) = match &target {
        Target::Embedded { folder, record } => (
            Some(record.clone()),
            Some(folder.path().display().to_string()),
            words_of_room(folder),
        ),
        Target::Url(_) | Target::Login(_) => (None, None, None),
        Target::Nothing(folder) => return Err(nothing(folder).into()),
    };
    let url = target.url().unwrap_or_default().to_owned();
    let health = health(&url)
        .await
        .map_err(|why| hint(&why, up.as_ref(), disk.as_deref()))?;
    let (notice, labs, labs_hidden) = match labs(global).await {
        Ok((notice, labs)) => (notice, labs, None),
        Err(error) => (String::new(), Vec::new(), Some(format!("{error:#}"))),
    };
    let status = Status {
        url,
        health,
        up,
        data,
        disk,
        notice,
        labs,
        labs_hidden,
    };
    answer(global.format(), &status, page)?;
    Ok(Exit::DONE)
}

fn nothing(folder: &DataFolder) -> Failure {
    let mut failure = Target::nothing_runs(folder);
    if let Some(holder) = holder_of(folder) {
        failure.message = format!(
            "{}, but nodes may: process {} holds their namespaces",
            failure.message, holder.pid
        );
    }
    failure
}

async fn labs(global: &Global) -> anyhow::Result<(String, Vec<LabSummary>)> {
    let client = connect(global).await?;
    Ok((client.system().await?.notice, client.labs().await?))
}

/// The socket of an embedded server takes connections also while the server is being started again.
async fn health(url: &str) -> anyhow::Result<Health> {
    let client = Client::new(url, None)?;
    let asked = tokio::time::timeout(PATIENCE, client.health()).await;
    let health = asked.map_err(|_| {
        let message = format!("the server at {url} does not answer");
        Failure::new(Exit::UNAVAILABLE, message)
    })?;
    Ok(health?)
}

/// An embedded server that does not answer is on its way, or its keeper is gone.
fn hint(why: &anyhow::Error, up: Option<&UpRecord>, disk: Option<&str>) -> anyhow::Error {
    let failure = Failure::new(Exit::UNAVAILABLE, why.to_string());
    let hint = match (up, disk) {
        (None, _) => "is the address right?".to_owned(),
        (Some(_), Some(disk)) => format!("the disk of the data folder is {disk}; {MAKE_ROOM}"),
        (Some(record), None) if record.keeper.is_alive() => {
            "nova-ve up runs and is starting it; its words: logs/server.log in the data folder"
                .into()
        }
        (Some(_), None) => "its keeper is gone; start it again: nova-ve up -d".into(),
    };
    failure.hint(hint).into()
}

fn page(status: &Status) -> String {
    let mut lines = vec![
        format!("nova-ve at {}: {}", status.url, status.health.status),
        format!("  database  {}", status.health.database),
        format!("  agent     {}", status.health.agent),
    ];
    if let (Some(up), Some(data)) = (&status.up, &status.data) {
        lines.push(format!("  data      {data}"));
        lines.extend(status.disk.iter().map(|disk| format!("  disk      {disk}")));
        lines.push(format!("  logs      {data}/logs"));
        lines.push(format!("  processes {}", processes(up)));
        if !up.keeper.is_alive() {
            lines
                .push("its keeper is gone: nothing starts it again; to mend: nova-ve up -d".into());
        }
    }
    if !status.notice.is_empty() {
        lines.push(format!("notice: {}", status.notice));
    }
    lines.push(String::new());
    lines.push(match &status.labs_hidden {
        Some(why) => format!("labs cannot be listed: {why}"),
        None if status.labs.is_empty() => "no labs yet".into(),
        None => lab_table(&status.labs),
    });
    lines.join("\n")
}

fn processes(up: &UpRecord) -> String {
    let word = |name: &str, process: Option<crate::embedded::ProcessId>| match process {
        Some(process) if process.is_alive() => format!("{name} {}", process.pid),
        // It answered just now, so another was started that could not be written down.
        Some(_) | None if name == "server" => format!("{name} another than is written down"),
        Some(_) | None => format!("{name} gone"),
    };
    [
        word("keeper", Some(up.keeper)),
        word("server", up.server),
        word("agent", up.agent),
    ]
    .join(", ")
}
