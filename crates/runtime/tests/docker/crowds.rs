//! Many at once.

use std::time::Instant;

use bollard::Docker;
use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, RemoveContainerOptionsBuilder, StartContainerOptions,
};
use futures_util::future::join_all;
use model::seen::NodePhase;
use runtime::NodeDriver;

use super::lab::{IMAGE, container, lab};

#[tokio::test(flavor = "multi_thread")]
async fn twenty_containers_come_and_go_side_by_side() {
    let Some(mut lab) = lab("twenty_containers").await else {
        return;
    };
    let nodes: Vec<_> = (1..=20).map(|number| lab.node(number)).collect();
    let spec = container("r", "exec sleep 1000");
    let begun = Instant::now();
    let started = nodes.iter().map(|node| lab.start(*node, &spec));
    join_all(started).await;
    println!("20 containers: {} ms", begun.elapsed().as_millis());
    let mut lives = std::collections::BTreeSet::new();
    for node in &nodes {
        let seen = lab.until(*node, "running").await;
        assert_eq!(seen.phase, NodePhase::Running);
        lives.insert(seen.life);
    }
    assert_eq!(lives.len(), 20);
    lab.another_driver();
    assert_eq!(lab.driver.observe_all().await.unwrap().len(), 20);
    let begun = Instant::now();
    let removed = join_all(nodes.iter().map(|node| lab.driver.remove(*node))).await;
    for removed in removed {
        removed.unwrap();
    }
    println!("20 containers removed: {} ms", begun.elapsed().as_millis());
    assert!(nodes.iter().all(|node| lab.left(*node).is_empty()));
    assert!(lab.driver.observe_all().await.unwrap().is_empty());
}

/// What the gate and everything around it cost: `cargo test … -- --ignored --nocapture forty`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement, of minutes"]
async fn forty_containers_beside_the_bare_engine() {
    let Some(mut lab) = lab("forty_containers").await else {
        return;
    };
    let spec = container("r", "exec sleep 1000");
    for _ in 0..5 {
        let begun = Instant::now();
        let names: Vec<String> = (0..40)
            .map(|number| format!("nova-bare-{number}"))
            .collect();
        join_all(names.iter().map(|name| bare(&lab.client, name))).await;
        let bare_up = begun.elapsed();
        let begun = Instant::now();
        let removal = RemoveContainerOptionsBuilder::default()
            .force(true)
            .v(true)
            .build();
        let removals = names
            .iter()
            .map(|name| lab.client.remove_container(name, Some(removal.clone())));
        join_all(removals).await;
        let bare_down = begun.elapsed();

        let nodes: Vec<_> = (1..=40).map(|number| lab.node(number)).collect();
        let begun = Instant::now();
        join_all(nodes.iter().map(|node| lab.start(*node, &spec))).await;
        let up = begun.elapsed();
        let begun = Instant::now();
        join_all(nodes.iter().map(|node| lab.driver.remove(*node))).await;
        let down = begun.elapsed();
        println!(
            "up: bare {} ms, driver {} ms, {:.2}×; down: bare {} ms, driver {} ms, {:.2}×",
            bare_up.as_millis(),
            up.as_millis(),
            up.div_duration_f32(bare_up),
            bare_down.as_millis(),
            down.as_millis(),
            down.div_duration_f32(bare_down),
        );
    }
}

async fn bare(client: &Docker, name: &str) {
    let body = ContainerCreateBody {
        image: Some(IMAGE.into()),
        cmd: Some(
            ["/bin/sh", "-c", "exec sleep 1000"]
                .map(str::to_owned)
                .into(),
        ),
        tty: Some(true),
        open_stdin: Some(true),
        host_config: Some(HostConfig {
            network_mode: Some("none".into()),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    };
    let options = CreateContainerOptionsBuilder::default().name(name).build();
    let id = client
        .create_container(Some(options), body)
        .await
        .unwrap()
        .id;
    client
        .start_container(&id, None::<StartContainerOptions>)
        .await
        .unwrap();
}
