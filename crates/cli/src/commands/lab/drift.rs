//! `lab drift LAB`: where the lab and its host differ, and with `--repair` that it is mended.

use std::time::{Duration, Instant};

use anyhow::bail;
use api::client::Client;
use api::drift::{DriftItem, DriftList, RepairDrift};
use model::LabId;

use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::lookup::find_lab;
use crate::output::{answer, remark, table};

/// A repair takes milliseconds; what is not mended by then will not be.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK_EVERY: Duration = Duration::from_millis(100);

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The lab
    lab: String,
    /// Plumb what the lab declares; devices that are none of the lab's are left alone
    #[arg(long)]
    repair: bool,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let lab = find_lab(&client.labs().await?, &args.lab)?.id;
    if args.repair {
        repair(&client, lab).await?;
    }
    let list = client.drift(lab).await?;
    answer(global.format(), &list, page)?;
    Ok(Exit::DONE)
}

/// Until everything that was asked for is gone.
async fn repair(client: &Client, lab: LabId) -> anyhow::Result<()> {
    let asked = client.repair_drift(lab, &RepairDrift::default()).await?.ids;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let left = client.drift(lab).await?.items.into_iter();
        let left: Vec<String> = left
            .filter(|item| asked.contains(&item.drift.id))
            .map(|item| item.drift.why)
            .collect();
        if left.is_empty() {
            remark(&format!("repaired: {}", asked.len()));
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!(
                "cannot be repaired: {}; nova-ve lab show says what is in the way",
                left.join("; ")
            );
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn page(list: &DriftList) -> String {
    if list.items.is_empty() {
        return "the host is as the lab declares".into();
    }
    let rows = list.items.iter().map(|item| {
        [
            item.drift.kind.to_string(),
            item.drift.why.clone(),
            cure(item),
        ]
    });
    table(["", "WHAT", "WHAT TO DO"], rows.collect())
}

fn cure(item: &DriftItem) -> String {
    match (item.can_repair, &item.adopt) {
        (true, Some(_)) => "--repair, or adopt it in the browser".into(),
        (true, None) => "--repair".into(),
        (false, Some(_)) => "adopt it in the browser".into(),
        (false, None) => item.why_not.clone(),
    }
}

#[cfg(test)]
mod tests {
    use model::drift::{Drift, DriftKind};

    use super::*;

    #[test]
    fn drift_as_a_table() {
        let item = |kind, why: &str, can_repair, why_not: &str| DriftItem {
            drift: Drift {
                why: why.into(),
                ..Drift::new(why.into(), kind)
            },
            can_repair,
            adopt: None,
            why_not: why_not.into(),
        };
        let list = DriftList {
            items: vec![
                item(
                    DriftKind::LostLink,
                    "r1 eth0: its device nve06a9d1i0 on the host is gone",
                    true,
                    "",
                ),
                item(
                    DriftKind::DiscoveredLink,
                    "the device eth9 is in the bridge nove06a9n7, and the lab does not say so",
                    false,
                    "take it out by hand: ip link set eth9 nomaster",
                ),
            ],
            cadence_s: 30,
        };
        insta::assert_snapshot!(page(&list));
        let none = DriftList {
            items: Vec::new(),
            cadence_s: 30,
        };
        assert_eq!(page(&none), "the host is as the lab declares");
    }
}
