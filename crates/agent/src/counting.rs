//! What went through the ports of all labs: the kernel tells no event of it, so it is asked, by one
//! question for all labs, while anything runs.

use std::sync::Arc;
use std::time::Duration;

use crate::host::Host;
use crate::service::Labs;

const COUNT_EVERY: Duration = Duration::from_secs(2);

/// Runs as long as the agent.
pub async fn run(host: Arc<Host>, labs: Arc<Labs>) {
    loop {
        if labs.any_awake() {
            match host.fabric.count().await {
                Ok(counted) => labs.take_counters(&counted),
                Err(error) => tracing::debug!(%error, "counters are not read"),
            }
        }
        tokio::time::sleep(COUNT_EVERY).await;
    }
}
