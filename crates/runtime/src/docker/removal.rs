//! What a node has in the engine goes.

use std::time::{Duration, Instant};

use bollard::Docker;
use bollard::query_parameters::{RemoveContainerOptionsBuilder, RemoveVolumeOptions};

use super::driver::Driver;
use super::engine::{failed, is_status, unless_missing};
use super::names;
use crate::driver::{DriverError, NodeRef};

/// A container that somebody else removes at the same time.
const GOES_WITHIN: Duration = Duration::from_secs(10);

/// With all that it wrote to its own layer.
pub async fn container(driver: &Driver, client: &Docker, node: NodeRef) -> Result<(), DriverError> {
    let there = driver.with(node, |known| known.container.clone()).flatten();
    let name = there.map_or_else(|| names::container(node), |container| container.id);
    by_name(client, &name).await?;
    driver.with(node, |known| known.container = None);
    Ok(())
}

pub async fn by_name(client: &Docker, name: &str) -> Result<(), DriverError> {
    let options = RemoveContainerOptionsBuilder::default()
        .force(true)
        .v(true)
        .build();
    let deadline = Instant::now() + GOES_WITHIN;
    loop {
        let removed = client.remove_container(name, Some(options.clone())).await;
        match unless_missing(removed) {
            // Somebody else removes it just now.
            Err(error) if is_status(&error, 409) && Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            removed => return removed.map_err(failed("remove its container")),
        }
    }
}

pub async fn volumes(driver: &Driver, client: &Docker, node: NodeRef) -> Result<(), DriverError> {
    let volumes = driver.with(node, |known| known.record.volumes.clone());
    for volume in volumes.unwrap_or_default() {
        let removed = client
            .remove_volume(&volume, None::<RemoveVolumeOptions>)
            .await;
        unless_missing(removed).map_err(failed("remove its volume"))?;
        driver.change(node, |known| known.record.volumes.remove(&volume));
    }
    Ok(())
}
