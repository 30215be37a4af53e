//! Carries carrier: a cut link, a stopped node and an interface shut inside one are felt at the other
//! end within milliseconds, without a pass.
//!
//! Every kernel event of a host end has the end's whole state; with the other end's last state, a pure
//! function (`model::carrier`) says which of the two shall be up. Lost events: everything is looked at.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fabric::LinkChange;
use model::carrier::{EndSeen, plan_admin};
use model::names::{LabHash, Names};
use model::seen::PortId;

use crate::host::Host;
use crate::service::Labs;

type Ends = BTreeMap<(LabHash, PortId), EndSeen>;

/// Runs as long as the agent.
pub async fn run(host: Arc<Host>, labs: Arc<Labs>) {
    loop {
        if let Err(error) = follow(&host, &labs).await {
            tracing::warn!(error = %format!("{error:#}"), "cannot follow the links, trying again");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn follow(host: &Host, labs: &Labs) -> anyhow::Result<()> {
    let mut watch = host.fabric.watch_links().await?;
    let mut ends = look(host, labs).await?;
    settle_all(host, labs, &ends).await;
    loop {
        match watch.next().await? {
            LinkChange::Resync => {
                ends = look(host, labs).await?;
                settle_all(host, labs, &ends).await;
                labs.wake_all();
            }
            LinkChange::Bridge { lab, .. } => labs.wake_hash(lab),
            LinkChange::Port { lab, port, end } => {
                match end {
                    EndSeen::Missing => ends.remove(&(lab, port)),
                    EndSeen::Present { .. } => ends.insert((lab, port), end),
                };
                settle(host, labs, &ends, (lab, port)).await;
                labs.wake_hash(lab);
            }
        }
    }
}

async fn look(host: &Host, labs: &Labs) -> anyhow::Result<Ends> {
    let devices = host.fabric.observe().await?;
    let mut ends = Ends::new();
    for names in labs.names() {
        for (port, seen) in devices.lab(&names).ports {
            let end = EndSeen::Present {
                admin_up: seen.admin_up,
                carrier: seen.carrier,
            };
            ends.insert((names.hash, port), end);
        }
    }
    Ok(ends)
}

async fn settle_all(host: &Host, labs: &Labs, ends: &Ends) {
    for id in ends.keys() {
        settle(host, labs, ends, *id).await;
    }
}

/// Brings both ends of the port's link to what they shall be.
async fn settle(host: &Host, labs: &Labs, ends: &Ends, (hash, port): (LabHash, PortId)) {
    let Some((names, peer)) = labs.peer(hash, port) else {
        return;
    };
    let seen = |port| ends.get(&(hash, port)).copied().unwrap_or(EndSeen::Missing);
    let (this_up, other_up) = plan_admin(peer.cut, seen(port), seen(peer.port));
    set(host, &names, port, seen(port), this_up).await;
    set(host, &names, peer.port, seen(peer.port), other_up).await;
}

async fn set(host: &Host, names: &Names, port: PortId, seen: EndSeen, up: bool) {
    let EndSeen::Present { admin_up, .. } = seen else {
        return;
    };
    if admin_up == up {
        return;
    }
    // A port that went away meanwhile is told by its own event; anything else the next pass mends.
    match host.fabric.set_admin(names, port, up).await {
        Ok(()) => tracing::debug!(device = names.port(port), up, "carrier.follow"),
        Err(error) => tracing::debug!(device = names.port(port), %error, "carrier.follow failed"),
    }
}
