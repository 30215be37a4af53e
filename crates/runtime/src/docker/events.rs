//! Docker's events, for as long as it answers; and the look at everything with which each connection begins.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bollard::Docker;
use bollard::models::{ContainerSummary, ContainerSummaryStateEnum, EventMessage};
use bollard::query_parameters::{EventsOptionsBuilder, ListContainersOptionsBuilder};
use futures_util::StreamExt;

use super::driver::{Driver, WeakDriver};
use super::engine::{State, words};
use super::folder::Record;
use super::life::{End, Health, Stage};
use super::world::{Container, Node};
use super::{door, logs, names};
use crate::driver::{DriverEvent, NodeRef};
use crate::process::ProcessId;

const ASK_AGAIN: Duration = Duration::from_millis(250);
/// Where nothing is known that would need it.
const ASK_IDLY: Duration = Duration::from_secs(2);
/// Signals that somebody sends who wants it to end.
const ENDING_SIGNALS: [&str; 6] = ["1", "2", "3", "9", "15", "37"];

/// Until the driver is gone.
pub async fn listen(driver: WeakDriver) {
    loop {
        let Some(strong) = driver.get() else { return };
        let pause = if strong.world().is_empty() {
            ASK_IDLY
        } else {
            ASK_AGAIN
        };
        match strong.engine.connect().await {
            Ok(client) => {
                drop(strong);
                follow(&driver, client).await;
            }
            Err(why) => {
                if strong.engine.set(State::Down(why)) {
                    tell_all(&strong);
                }
            }
        }
        tokio::time::sleep(pause).await;
    }
}

/// To the end of its events.
async fn follow(driver: &WeakDriver, client: Docker) {
    // What happens while it is looked at comes again as an event.
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let since = since.unwrap_or_default();
    let since = format!("{}.{:09}", since.as_secs(), since.subsec_nanos());
    {
        let Some(driver) = driver.get() else { return };
        if let Err(error) = look(&driver, &client).await {
            let why = format!("Docker does not list its containers: {error}");
            driver.engine.set(State::Down(why.into()));
            return;
        }
        if driver.engine.set(State::Up(client.clone())) {
            tracing::info!(socket = %driver.engine.socket().display(), "docker.found");
        }
        tell_all(&driver);
    }
    let why = hear_all(driver, &client, &since).await;
    let Some(driver) = driver.get() else { return };
    let socket = driver.engine.socket().display();
    tracing::warn!(%socket, why, "docker.lost");
    let down = format!("the Docker engine at {socket} went away");
    driver.engine.set(State::Down(down.into()));
    tell_all(&driver);
}

/// Answers why nothing more is heard.
async fn hear_all(driver: &WeakDriver, client: &Docker, since: &str) -> String {
    let filters = [("type", vec!["container"])].into();
    let options = EventsOptionsBuilder::default()
        .since(since)
        .filters(&filters);
    let mut events = std::pin::pin!(client.events(Some(options.build())));
    loop {
        match events.next().await {
            Some(Ok(event)) => {
                let Some(driver) = driver.get() else {
                    return "the agent ends".into();
                };
                hear(&driver, event);
            }
            Some(Err(error)) => return words(&error),
            None => return "its connection ended".into(),
        }
    }
}

fn tell_all(driver: &Driver) {
    let nodes: Vec<NodeRef> = driver.world().keys().copied().collect();
    for node in nodes {
        driver.tell(DriverEvent::Changed(node));
    }
}

/// Which containers there are. What lives is known by the kernel already; this adds the rest.
async fn look(driver: &Driver, client: &Docker) -> Result<(), String> {
    let label = format!("{}={}", names::INSTANCE, driver.config.instance);
    let filters = [("label", vec![label])].into();
    let options = ListContainersOptionsBuilder::default()
        .all(true)
        .filters(&filters);
    let listed = client.list_containers(Some(options.build())).await;
    let listed = listed.map_err(|error| words(&error))?;
    let mut there: BTreeMap<NodeRef, ContainerSummary> = BTreeMap::new();
    for summary in listed {
        let labels = summary.labels.as_ref();
        let owner =
            labels.and_then(|labels| names::owner(&driver.config.instance, |key| labels.get(key)));
        if let Some(owner) = owner {
            there.insert(owner, summary);
        }
    }
    let mut world = driver.world();
    for (node, known) in world.iter_mut() {
        let listed = there.remove(node);
        take_in(known, listed.as_ref());
    }
    let strays: Vec<NodeRef> = there.keys().copied().collect();
    for (node, summary) in there {
        let mut stray = Node::new(Record::new(node, 0));
        take_in(&mut stray, Some(&summary));
        world.insert(node, stray);
    }
    drop(world);
    for node in strays {
        take_up_stray(driver, node);
    }
    Ok(())
}

fn take_in(known: &mut Node, listed: Option<&ContainerSummary>) {
    known.container = listed.and_then(|listed| {
        let labels = listed.labels.as_ref();
        let made_of = labels
            .and_then(|labels| labels.get(names::MADE_OF))
            .cloned();
        Some(Container {
            id: listed.id.clone()?,
            made_of: made_of.unwrap_or_default(),
            runs: listed.state == Some(ContainerSummaryStateEnum::RUNNING),
        })
    });
    let is_checked = known
        .life()
        .is_some_and(|life| life.spec.healthcheck.is_some());
    if let Some(words) = listed
        .and_then(|listed| listed.status.as_ref())
        .filter(|_| is_checked)
    {
        known.health = Health::of_words(words);
    }
}

/// Its folder is gone, and its container is not: it belongs to somebody again, who can remove it.
fn take_up_stray(driver: &Driver, node: NodeRef) {
    let folder = driver.folder(node);
    let record = Record::new(node, 0);
    let kept = folder.create().and_then(|()| folder.write(&record));
    if let Err(error) = kept {
        tracing::warn!(%node, %error, "a container without a folder gets none");
        return;
    }
    if let Err(error) = door::open(driver, node) {
        tracing::warn!(%node, %error, "nobody listens for the node's gate");
    }
}

fn hear(driver: &Driver, event: EventMessage) {
    let Some(actor) = event.actor else { return };
    let (Some(id), Some(action)) = (actor.id, event.action) else {
        return;
    };
    let attributes = actor.attributes.unwrap_or_default();
    let attribute = |key: &str| attributes.get(key);
    let Some(node) = names::owner(&driver.config.instance, attribute) else {
        return;
    };
    let is_ours = driver.with(node, |known| {
        let container = known.container.as_ref();
        container.is_none_or(|container| container.id == id)
    });
    if is_ours == Some(true) {
        hear_of(driver, node, id, &action, attribute);
    }
}

fn hear_of<'a>(
    driver: &Driver,
    node: NodeRef,
    id: String,
    action: &str,
    attribute: impl Fn(&str) -> Option<&'a String>,
) {
    match action.split(':').next().unwrap_or_default() {
        "start" => {
            driver.change(node, |known| started(known, &id));
        }
        "kill"
            if attribute("signal")
                .is_some_and(|signal| ENDING_SIGNALS.contains(&signal.as_str())) =>
        {
            driver.with(node, |known| known.killed = Some(Instant::now()));
        }
        "oom" => {
            driver.with(node, |known| known.oom = true);
        }
        "die" => {
            let status = attribute("exitCode").and_then(|code| code.parse().ok());
            died(driver, node, id, status.unwrap_or(-1));
        }
        "destroy" => {
            driver.change(node, |known| known.container = None);
        }
        "health_status" => {
            driver.change(node, |known| known.health = Health::of_words(action));
        }
        _ => {}
    }
}

fn started(known: &mut Node, id: &str) {
    if let Some(container) = &mut known.container {
        id.clone_into(&mut container.id);
        container.runs = true;
    }
    if known.stage == Stage::Rest && known.life().is_some() {
        known.stage = Stage::Coming;
    }
}

/// What was known of the one that died.
struct Dead {
    stage: Stage,
    process: Option<ProcessId>,
    was_killed: bool,
    is_ending: bool,
    oom: bool,
}

fn died(driver: &Driver, node: NodeRef, id: String, status: i64) {
    let dead = driver.with(node, |known| {
        if let Some(container) = &mut known.container {
            container.runs = false;
        }
        Dead {
            stage: known.stage,
            process: known.life().and_then(|life| life.process.clone()),
            was_killed: known.was_killed(),
            is_ending: known.is_ending,
            oom: known.oom,
        }
    });
    let Some(dead) = dead else { return };
    // The one that died is not the one that lives: it was started again since.
    let process = dead.process.as_ref();
    let lives = process.is_some_and(|process| process.living().is_some());
    if dead.stage == Stage::Rest || lives || dead.is_ending {
        driver.change(node, |_| ());
    } else if dead.was_killed && !dead.oom {
        driver.change(node, |known| known.rest(""));
        let message = "its container was ended by hand; it is started again if it shall run";
        driver.tell(DriverEvent::Notice {
            node,
            message: message.into(),
        });
    } else {
        tokio::spawn(ended(driver.clone(), node, id, dead, status));
    }
}

/// By itself: with what it said last.
async fn ended(driver: Driver, node: NodeRef, container: String, dead: Dead, status: i64) {
    let end = End {
        status,
        oom: dead.oom,
        last_lines: logs::last_lines(&driver, &container).await,
    };
    driver.change(node, |known| {
        let its = known.life().and_then(|life| life.process.clone());
        if its != dead.process || known.stage == Stage::Rest {
            return;
        }
        // Nothing of the lab ran yet.
        if dead.stage != Stage::Running {
            known.rest(end.why());
            return;
        }
        known.rest("");
        if let Some(life) = &mut known.record.life {
            life.end = Some(end);
        }
    });
}
