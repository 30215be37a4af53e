//! Lab networks stay closed to the host while the agent works: see `fabric`'s `host/closing.rs`.
//!
//! Networks that the host is on are open as they were made (`gateway`).
//!
//! Somebody may flush the host's rules, or another program replace them all. A look every two seconds
//! costs one question and sets ours again. The servers of such networks are
//! looked after at the same time.

use std::sync::Arc;
use std::time::Duration;

use fabric::Fabric;

use crate::gateway::Gateways;
use crate::host::Host;

const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Before the first device is made. Where the agent has a network namespace of its own there is
/// nothing to be reached, so there it is no reason to refuse the work.
pub async fn begin(
    fabric: &Fabric,
    gateways: &Gateways,
    own_namespace: bool,
) -> Result<(), fabric::Error> {
    // What an earlier agent opened stays open: nodes use it.
    match gateways.set_gates(fabric, None).await {
        Err(error @ fabric::Error::Opening(_)) => {
            tracing::error!(%error, "networks that the host was on are closed");
            Ok(())
        }
        Err(error) if own_namespace => {
            tracing::warn!(%error, "lab networks are not closed by rules");
            Ok(())
        }
        outcome => outcome,
    }
}

pub async fn keep(host: Arc<Host>) {
    let mut fails = false;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        host.gateways.look_after();
        match host.fabric.ensure_closed().await {
            Ok(changed) => {
                if changed {
                    tracing::debug!("nftables' rules have changed, ours are set again");
                }
                fails = false;
            }
            Err(error) if !fails => {
                tracing::error!(%error, "lab networks are open to this host, it is tried again");
                fails = true;
            }
            Err(_) => {}
        }
    }
}
