//! The same containers by the engine's API alone, all at once.

use std::time::{Duration, Instant};

use bollard::Docker;
use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, ListContainersOptionsBuilder, RemoveContainerOptionsBuilder,
    StartContainerOptions,
};
use futures_util::future::try_join_all;

use super::{COMMAND, IMAGE, RING, SOCKET, Times};

const ANSWER_S: u64 = 120;
const LOOK_EVERY: Duration = Duration::from_millis(20);

pub async fn run() -> anyhow::Result<Times> {
    let client = Docker::connect_with_unix(SOCKET, ANSWER_S, bollard::API_DEFAULT_VERSION)?;
    let client = client.negotiate_version().await?;
    let names: Vec<String> = (0..RING.nodes).map(|n| format!("nova-bench-{n}")).collect();
    let begun = Instant::now();
    let made = try_join_all(names.iter().map(|name| start(&client, name))).await;
    let up = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let options = RemoveContainerOptionsBuilder::default().force(true).v(true);
    let options = options.build();
    let removals = names
        .iter()
        .map(|name| client.remove_container(name, Some(options.clone())));
    let removed = try_join_all(removals).await;
    let down = begun.elapsed().as_secs_f64();
    made?;
    removed?;
    Ok(Times { up, down })
}

/// When the engine lists no container any more whose name begins so.
pub async fn until_none(prefix: &str) -> anyhow::Result<Instant> {
    let client = Docker::connect_with_unix(SOCKET, ANSWER_S, bollard::API_DEFAULT_VERSION)?;
    let client = client.negotiate_version().await?;
    let options = ListContainersOptionsBuilder::default().all(true).build();
    // The engine writes a slash before a name.
    let is_it = |name: &String| name.trim_start_matches('/').starts_with(prefix);
    loop {
        let there = client.list_containers(Some(options.clone())).await?;
        if !there.iter().flat_map(|one| &one.names).flatten().any(is_it) {
            return Ok(Instant::now());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn start(client: &Docker, name: &str) -> anyhow::Result<()> {
    let body = ContainerCreateBody {
        image: Some(IMAGE.into()),
        cmd: Some(COMMAND.map(str::to_owned).into()),
        tty: Some(true),
        open_stdin: Some(true),
        host_config: Some(HostConfig {
            network_mode: Some("none".into()),
            cap_add: Some(["NET_ADMIN", "NET_RAW"].map(str::to_owned).into()),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    };
    let options = CreateContainerOptionsBuilder::default().name(name).build();
    let made = client.create_container(Some(options), body).await?;
    Ok(client
        .start_container(&made.id, None::<StartContainerOptions>)
        .await?)
}
