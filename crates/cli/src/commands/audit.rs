//! `audit`: who did what, and what was refused, newest first. For administrators.

use std::collections::BTreeMap;

use api::audit::{AuditItem, AuditOutcome, AuditQuery};
use api::client::Client;

use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::output::{answer, table};
use crate::times::{Moment, moment};

/// The most of one page.
const PAGE: u32 = 200;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Of this user alone
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// This action alone: `create_session`, `create_user`, `start_lab`, …
    #[arg(long, value_name = "WORD")]
    action: Option<String>,
    /// From this time on: 2h, 3d, 2026-11-23, 2026-11-23T16:00
    #[arg(long, value_name = "TIME")]
    since: Option<Moment>,
    /// Before this time
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
    /// How many at most
    #[arg(short = 'n', long, default_value_t = 100, value_name = "COUNT")]
    most: u32,
}

pub async fn run(args: Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let items = read(&client, args).await?;
    let names = lab_names(&client).await;
    answer(global.format(), &items, |items| {
        if items.is_empty() {
            return "nothing of that kind was done".into();
        }
        table(
            ["TIME", "USER", "ACTION", "ON", "OUTCOME", "FROM", "DETAIL"],
            items.iter().map(|item| row(item, &names)).collect(),
        )
    })?;
    Ok(Exit::DONE)
}

async fn read(client: &Client, args: Args) -> anyhow::Result<Vec<AuditItem>> {
    let mut query = AuditQuery {
        limit: None,
        cursor: None,
        user: args.user,
        action: args.action,
        since_ms: args.since.map(|at| at.0),
        until_ms: args.until.map(|at| at.0),
    };
    let mut items = Vec::new();
    let mut left = args.most;
    while left > 0 {
        query.limit = Some(left.min(PAGE));
        let page = client.audit(&query).await?;
        left = left.saturating_sub(u32::try_from(page.items.len()).unwrap_or(u32::MAX));
        items.extend(page.items);
        query.cursor = page.next_cursor;
        if query.cursor.is_none() {
            break;
        }
    }
    Ok(items)
}

/// Labs are named in the log by their ids, which outlive every name; one that is gone stays an id.
async fn lab_names(client: &Client) -> BTreeMap<String, String> {
    let labs = client.labs().await.unwrap_or_default();
    labs.into_iter()
        .map(|lab| (lab.id.to_string(), lab.name))
        .collect()
}

fn row(item: &AuditItem, names: &BTreeMap<String, String>) -> [String; 7] {
    let subject = names.get(&item.subject).unwrap_or(&item.subject);
    [
        moment(item.at_ms),
        item.user.clone().unwrap_or_else(|| "(nobody)".into()),
        item.action.clone(),
        subject.clone(),
        match item.outcome {
            AuditOutcome::Done => "done",
            AuditOutcome::Refused => "refused",
        }
        .into(),
        item.address.clone(),
        item.detail.clone(),
    ]
}
