//! Making, holding, letting go, stopping and removing a container. Each act looks first and does what is
//! missing, so that it can be cut off anywhere and done again.

use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use bollard::Docker;
use bollard::errors::Error;
use bollard::models::ContainerCreateBody;
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, KillContainerOptionsBuilder, StartContainerOptions,
    StopContainerOptionsBuilder,
};
use model::lab::PullPolicy;
use model::spec::{DockerSpec, DriverSpec, NodeSpec, RunWish};
use rustix::process::Signal;

use super::driver::Driver;
use super::engine::{failed, is_status, words};
use super::folder::{LifeRecord, Record};
use super::image::Image;
use super::life::Stage;
use super::world::{Container, Node};
use super::{
    binds, check, commands, consoles, create, door, files, folder, gate, hosts, logs, names,
    removal,
};
use crate::driver::{DriverError, DriverEvent, NodeObserved, NodeRef, Tell};
use crate::faults;
use crate::process::{self, ProcessId};

/// Docker may just be starting again.
const ENGINE_PATIENCE: Duration = Duration::from_secs(20);
/// From Docker's word that the container runs to its gate's knock.
const KNOCKS_WITHIN: Duration = Duration::from_secs(20);
/// From the byte that lets it go to another program.
const EXECS_WITHIN: Duration = Duration::from_millis(500);
/// Docker's time to notice an end.
const ENDS_WITHIN: Duration = Duration::from_secs(10);

fn docker_of(spec: &NodeSpec) -> Result<&DockerSpec, DriverError> {
    let problems = check::problems(spec);
    match &spec.driver {
        DriverSpec::Docker(docker) if problems.is_empty() => Ok(docker),
        DriverSpec::Docker(_) | DriverSpec::Netns(_) | DriverSpec::CannotRun { .. } => {
            Err(DriverError::BadSpec(problems.join("; ")))
        }
    }
}

/// Its image is there.
pub async fn prepare(
    driver: &Driver,
    node: NodeRef,
    spec: &NodeSpec,
    tell: &Tell<'_>,
) -> Result<(), DriverError> {
    let docker = docker_of(spec)?;
    if driver.with(node, |known| known.is_alive()) == Some(true) {
        return Ok(());
    }
    if driver.engine.down().is_some() {
        tell("the Docker engine");
    }
    let client = driver.engine.wait(ENGINE_PATIENCE).await?;
    // Asked of its registry before each new container, and of no other.
    let is_new = driver.with(node, |known| known.container.is_none()) != Some(false);
    let policy = match docker.pull {
        PullPolicy::Always if !is_new => PullPolicy::Missing,
        policy => policy,
    };
    driver
        .images
        .ensure(&client, (&docker.image, policy), tell)
        .await
}

pub async fn ensure(
    driver: &Driver,
    node: NodeRef,
    spec: &NodeSpec,
) -> Result<NodeObserved, DriverError> {
    let docker = docker_of(spec)?;
    let RunWish::On { start } = spec.run else {
        return Err(DriverError::BadSpec("the node shall not run".into()));
    };
    let _alone = driver.act_on(node).await;
    if driver.with(node, |known| known.is_alive()) != Some(true) {
        let client = driver.engine.wait(ENGINE_PATIENCE).await?;
        make(driver, &client, node, spec, docker, start).await?;
    }
    driver
        .observed(node)
        .ok_or(DriverError::NoSuchNode { node })
}

async fn make(
    driver: &Driver,
    client: &Docker,
    node: NodeRef,
    spec: &NodeSpec,
    docker: &DockerSpec,
    start: u64,
) -> Result<(), DriverError> {
    let at = |what| faults::point(|| format!("{node}: {what}"));
    renew_data(driver, client, node, spec.wipe).await?;
    let image = driver.images.find(client, &docker.image).await?;
    let image = image.ok_or_else(|| {
        DriverError::failed(
            "make its container",
            format!("the image {} is gone", docker.image),
        )
    })?;
    binds::check(docker)?;
    begin_life(driver, node, (spec, docker), image.stop_signal, start)?;
    at("its folder is prepared");
    let mut container = ensure_container(driver, client, node, docker, &image).await?;
    at("its container is made");
    let mut started = start_container(client, &container).await;
    // Somebody removes it, and the engine's word of that is still under way.
    if started.as_ref().is_err_and(is_going) {
        removal::container(driver, client, node).await?;
        container = ensure_container(driver, client, node, docker, &image).await?;
        started = start_container(client, &container).await;
    }
    if let Err(error) = started {
        let why = words(&error);
        driver.change(node, |known| known.rest(why.clone()));
        return Err(DriverError::failed("start its container", why));
    }
    at("its container is started");
    held(driver, client, node, &container).await
}

async fn start_container(client: &Docker, container: &str) -> Result<(), Error> {
    client
        .start_container(container, None::<StartContainerOptions>)
        .await
}

/// The container that was to be started is removed, or just being removed.
fn is_going(error: &Error) -> bool {
    is_status(error, 404) || (is_status(error, 409) && words(error).contains("marked for removal"))
}

/// What the node has, where that was made under an older wipe count, goes.
async fn renew_data(
    driver: &Driver,
    client: &Docker,
    node: NodeRef,
    wipe: u64,
) -> Result<(), DriverError> {
    let known = driver.with(node, |known| known.record.wipe);
    if known.is_some_and(|count| count >= wipe) {
        return Ok(());
    }
    if known.is_some() {
        removal::container(driver, client, node).await?;
        removal::volumes(driver, client, node).await?;
    }
    take_up(driver, node, wipe)
}

/// A folder and a record, and nothing else yet.
fn take_up(driver: &Driver, node: NodeRef, wipe: u64) -> Result<(), DriverError> {
    let folder = driver.folder(node);
    let record = Record::new(node, wipe);
    let made = folder.remove_logs().and_then(|()| folder.create());
    made.and_then(|()| folder.write(&record))
        .map_err(|error| DriverError::failed("make the node's folder", error))?;
    let mut world = driver.world();
    match world.get_mut(&node) {
        Some(known) => known.record = record,
        None => drop(world.insert(node, Node::new(record))),
    }
    Ok(())
}

/// From here on its gate is expected.
fn begin_life(
    driver: &Driver,
    node: NodeRef,
    (spec, docker): (&NodeSpec, &DockerSpec),
    stop_signal: u32,
    start: u64,
) -> Result<(), DriverError> {
    let folder = driver.folder(node);
    let written = folder.create().and_then(|()| {
        hosts::begin(driver, node, &docker.hostname)?;
        folder::write_open(&folder.resolv_conf(), &create::resolv_conf(&docker.dns))
    });
    written.map_err(|error| DriverError::failed("write the node's files", error))?;
    let volumes = docker.volumes.iter().map(|path| names::volume(node, path));
    let volumes: Vec<String> = volumes.collect();
    driver.change(node, |known| {
        let before = known.record.life.as_ref();
        let again = before
            .filter(|life| life.start == start)
            .map(|life| life.restarts + 1);
        known.record.volumes.extend(volumes);
        known.record.life = Some(LifeRecord {
            start,
            fingerprint: spec.fingerprint(),
            spec: docker.clone(),
            stop_signal,
            restarts: again.unwrap_or(0),
            process: None,
            end: None,
            commands: Vec::new(),
            shells: Vec::new(),
        });
        known.stage = Stage::Coming;
    });
    door::open(driver, node)
}

/// The one there is, where it is made of the same; else a new one.
async fn ensure_container(
    driver: &Driver,
    client: &Docker,
    node: NodeRef,
    docker: &DockerSpec,
    image: &Image,
) -> Result<String, DriverError> {
    let instance = &driver.config.instance;
    let body = create::body(instance, node, docker, image, &driver.folder(node));
    let made_of = create::made_of_label(&body);
    if let Some(there) = driver.with(node, |known| known.container.clone()).flatten() {
        if there.made_of == made_of {
            return Ok(there.id);
        }
        removal::container(driver, client, node).await?;
    }
    let id = create_container(driver, client, node, body).await?;
    driver.with(node, |known| {
        known.container = Some(Container {
            id: id.clone(),
            made_of,
            runs: false,
        });
    });
    if let Err(error) = files::put(client, &id, &docker.files).await {
        // Half of it would be taken for whole.
        removal::container(driver, client, node).await?;
        return Err(error);
    }
    Ok(id)
}

async fn create_container(
    driver: &Driver,
    client: &Docker,
    node: NodeRef,
    body: ContainerCreateBody,
) -> Result<String, DriverError> {
    let name = names::container(node);
    let options = CreateContainerOptionsBuilder::default().name(&name).build();
    let created = client
        .create_container(Some(options.clone()), body.clone())
        .await;
    let created = match created {
        // Made by one that was cut off, or by nobody of ours.
        Err(error) if is_status(&error, 409) => {
            remove_if_ours(driver, client, node, &name).await?;
            client.create_container(Some(options), body).await
        }
        created => created,
    };
    Ok(created.map_err(failed("make its container"))?.id)
}

async fn remove_if_ours(
    driver: &Driver,
    client: &Docker,
    node: NodeRef,
    name: &str,
) -> Result<(), DriverError> {
    let found = client.inspect_container(name, None).await;
    let found = match found {
        Err(error) if is_status(&error, 404) => return Ok(()),
        found => found.map_err(failed(format!("look at the container {name}")))?,
    };
    let labels = found
        .config
        .and_then(|config| config.labels)
        .unwrap_or_default();
    if names::owner(&driver.config.instance, |key| labels.get(key)) != Some(node) {
        let why = format!("there is a container {name} that is not ours; rename or remove it");
        return Err(DriverError::failed("make its container", why));
    }
    removal::by_name(client, name).await
}

/// Until its gate waits; whatever else comes of it is told with what it said.
async fn held(
    driver: &Driver,
    client: &Docker,
    node: NodeRef,
    container: &str,
) -> Result<(), DriverError> {
    let mut changes = driver.changes();
    let deadline = Instant::now() + KNOCKS_WITHIN;
    loop {
        let stage = driver.with(node, |known| (known.stage, known.why.clone()));
        match stage {
            Some((Stage::Held | Stage::Running, _)) => return Ok(()),
            Some((Stage::Coming, _)) => {}
            Some((Stage::Rest, why)) => return Err(DriverError::failed("hold its container", why)),
            None => return Err(DriverError::NoSuchNode { node }),
        }
        let wait = deadline.saturating_duration_since(Instant::now());
        let news = tokio::time::timeout(wait, changes.changed()).await;
        if news.is_err() {
            let said = logs::last_lines(driver, container).await;
            kill(client, container).await?;
            let why = format!(
                "its gate did not come within {} s {said}",
                KNOCKS_WITHIN.as_secs()
            );
            return Err(DriverError::failed("hold its container", why));
        }
    }
}

/// The container's network namespace.
pub fn netns(driver: &Driver, node: NodeRef) -> Result<OwnedFd, DriverError> {
    let not_running = || DriverError::NotRunning { node };
    let process = living(driver, node).ok_or_else(not_running)?;
    let path = format!("/proc/{}/ns/net", process.pid);
    let opened = std::fs::File::open(path);
    let opened =
        opened.map_err(|error| DriverError::failed("open its network namespace", error))?;
    // It was this process's, not a later one's of the same number.
    process
        .living()
        .map(|_| opened.into())
        .ok_or_else(not_running)
}

pub fn living(driver: &Driver, node: NodeRef) -> Option<ProcessId> {
    let process = driver.with(node, |known| {
        let is_alive = known.is_alive();
        known.life().filter(|_| is_alive)?.process.clone()
    });
    process.flatten()
}

pub async fn release(driver: &Driver, node: NodeRef) -> Result<(), DriverError> {
    let _alone = driver.act_on(node).await;
    let not_running = || DriverError::NotRunning { node };
    let waits = driver.with(node, |known| {
        let life = known.life()?;
        Some((
            known.stage,
            known.gate.clone(),
            life.process.clone()?,
            life.spec.clone(),
        ))
    });
    let Some((stage, gate, process, spec)) = waits.flatten() else {
        return Err(not_running());
    };
    if stage == Stage::Running {
        return Ok(());
    }
    let gate = gate
        .filter(|_| stage == Stage::Held)
        .ok_or_else(not_running)?;
    if let Err(why) = binds::compare(&process, &spec) {
        let message = format!("{why}; its container is not let go");
        return Err(DriverError::BadSpec(message));
    }
    let sent = gate.try_write(&[1]);
    sent.map_err(|error| DriverError::failed("let its container go", error))?;
    let is_checked = spec.healthcheck.is_some();
    driver.change(node, |known| {
        known.stage = Stage::Running;
        if is_checked && known.health == super::life::Health::Unchecked {
            known.health = super::life::Health::Starting;
        }
    });
    faults::point(|| format!("{node}: its container is let go"));
    commands::run(driver, node);
    Ok(())
}

pub async fn stop(driver: &Driver, node: NodeRef, grace: Duration) -> Result<(), DriverError> {
    let _alone = driver.act_on(node).await;
    let known = driver.with(node, |known| {
        let process = known
            .life()
            .and_then(|life| Some((life.process.clone()?, life.stop_signal)));
        let may_run = known.stage != Stage::Rest || known.container_runs();
        known.is_ending = true;
        (known.container.clone(), known.stage, process, may_run)
    });
    let Some((container, stage, process, may_run)) = known else {
        return Ok(());
    };
    let ended = if may_run {
        let grace = if stage == Stage::Running {
            grace
        } else {
            Duration::ZERO
        };
        let id = container.map_or_else(|| names::container(node), |container| container.id);
        end(driver, node, &id, process, grace).await
    } else {
        Ok(())
    };
    driver.change(node, |known| {
        known.is_ending = false;
        if ended.is_ok() {
            known.rest("");
            known.record.life = None;
        }
    });
    faults::point(|| format!("{node}: its container has ended"));
    ended
}

/// Ask, wait, kill: Docker's own way, or the kernel's where there is no Docker.
async fn end(
    driver: &Driver,
    node: NodeRef,
    container: &str,
    process: Option<(ProcessId, u32)>,
    grace: Duration,
) -> Result<(), DriverError> {
    let pidfd = process.as_ref().and_then(|(process, _)| process.living());
    let Ok(client) = driver.engine.client() else {
        return match pidfd {
            Some(pidfd) => end_without_docker(pidfd).await,
            None => Ok(()),
        };
    };
    // A first process that does not handle the signal would be waited for in vain.
    let heeds = match process {
        Some((process, signal)) if !grace.is_zero() => {
            wait_for_exec(&driver.folder(node).program(), process.pid).await;
            gate::heeds(process.pid, signal)
        }
        Some(_) | None => false,
    };
    if !heeds {
        return kill(&client, container).await;
    }
    let seconds = i32::try_from(grace.as_secs()).unwrap_or(i32::MAX);
    let options = StopContainerOptionsBuilder::default().t(seconds).build();
    match client.stop_container(container, Some(options)).await {
        Err(error) if is_status(&error, 304) || is_status(&error, 404) => Ok(()),
        stopped => stopped.map_err(failed("stop its container")),
    }
}

/// The gate heeds what the program that it becomes may not.
async fn wait_for_exec(program: &Path, pid: u32) {
    let deadline = Instant::now() + EXECS_WITHIN;
    while gate::is_gate(pid, program) && Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn end_without_docker(pidfd: OwnedFd) -> Result<(), DriverError> {
    // Gone already is as good.
    let _ = rustix::process::pidfd_send_signal(&pidfd, Signal::KILL);
    match tokio::time::timeout(ENDS_WITHIN, process::ended(pidfd)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(DriverError::failed("wait for its end", error)),
        Err(_) => Err(DriverError::failed(
            "end it",
            "it does not end although it was killed",
        )),
    }
}

async fn kill(client: &Docker, container: &str) -> Result<(), DriverError> {
    let options = KillContainerOptionsBuilder::default()
        .signal("SIGKILL")
        .build();
    match client.kill_container(container, Some(options)).await {
        // It does not run, which is what is wanted.
        Err(error) if is_status(&error, 409) || is_status(&error, 404) => Ok(()),
        killed => killed.map_err(failed("kill its container")),
    }
}

pub async fn wipe(driver: &Driver, node: NodeRef, wipe: u64) -> Result<(), DriverError> {
    let _alone = driver.act_on(node).await;
    match driver.with(node, |known| known.is_alive()) {
        None => return Ok(()),
        Some(true) => return Err(DriverError::StillRuns { node }),
        Some(false) => {}
    }
    let client = driver.engine.wait(ENGINE_PATIENCE).await?;
    renew_data(driver, &client, node, wipe).await
}

pub async fn remove(driver: &Driver, node: NodeRef) -> Result<(), DriverError> {
    {
        let _alone = driver.act_on(node).await;
        if driver.with(node, |known| known.is_ending = true).is_none() {
            return Ok(());
        }
        let has_any = driver.with(node, |known| {
            known.container.is_some() || known.life().is_some() || !known.record.volumes.is_empty()
        });
        if has_any == Some(true) {
            let client = driver.engine.wait(ENGINE_PATIENCE).await?;
            removal::container(driver, &client, node).await?;
            removal::volumes(driver, &client, node).await?;
        }
        faults::point(|| format!("{node}: its folder is to go"));
        let removed = driver.folder(node).remove();
        removed.map_err(|error| DriverError::failed("remove the node's folder", error))?;
        driver.world().remove(&node);
    }
    driver.forget_acts(node);
    driver.tell(DriverEvent::Ended(node));
    Ok(())
}

/// Of an adopted node: what an earlier agent had begun.
pub fn go_on(driver: &Driver, node: NodeRef) {
    let Some(process) = driver
        .with(node, |known| known.life()?.process.clone())
        .flatten()
    else {
        return;
    };
    let Some(pidfd) = process.living() else {
        return;
    };
    let shells = driver.with(node, |known| known.life().map(|life| life.shells.clone()));
    consoles::end_left(shells.flatten().unwrap_or_default());
    driver.change(node, |known| {
        if let Some(life) = &mut known.record.life {
            life.shells.clear();
        }
    });
    door::follow(driver, node, process, pidfd);
    if driver.with(node, |known| known.stage) == Some(Stage::Running) {
        commands::run(driver, node);
    }
}

/// This process of the node's ended, and nobody said why.
pub fn found_ended(driver: &Driver, node: NodeRef, process: &ProcessId, why: &str) {
    let is_it = |known: &Node| known.life().and_then(|life| life.process.as_ref()) == Some(process);
    if driver.with(node, |known| is_it(known)) == Some(true) {
        driver.change(node, |known| {
            if is_it(known) {
                known.rest("");
            }
        });
        let message = format!("{why}; it is started again if it shall run");
        driver.tell(DriverEvent::Notice { node, message });
    }
}
