//! Stages: commands that run on the way, and what waits for whom.
//!
//! containerlab holds a node back at any of its stages; here a node can wait before it starts, so only waits
//! of `create` and `create-links` mean the same.

use std::collections::BTreeMap;

use model::lab::{After, Reached};
use model::reach::Reach;
use model::{NodeId, NodeKind};

use super::run;
use crate::containerlab::binds::in_words_of;
use crate::containerlab::levels::Def;
use crate::containerlab::nodes::{Place, Placed, Places, lose_reach};
use crate::containerlab::reading::{Reading, text};
use crate::yaml::Node;

const STAGES: [&str; 5] = ["create", "create-links", "configure", "healthy", "exit"];

/// The commands of the stages until the node is configured, then its own.
pub fn exec(def: &Def<'_>, reading: &mut Reading<'_>) -> Vec<String> {
    let levels = def.all("stages", &mut reading.ledger);
    let mut lines = Vec::new();
    for level in &levels {
        for stage in level
            .children()
            .filter(|stage| !STAGES.contains(&stage.key()))
        {
            let message = format!(
                "there is no stage {:?}; use {}",
                stage.key(),
                STAGES.join(", ")
            );
            reading.ledger.wrong(stage, "stage_unknown", message);
        }
    }
    for name in STAGES {
        for exec in levels
            .iter()
            .filter_map(|level| level.get(name)?.given("exec"))
        {
            for command in commands(exec) {
                lines.extend(of_stage(def, name, command, reading));
            }
        }
    }
    for line in run::exec(def, reading) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// The commands of today's form or of the older one, on-enter before on-exit.
fn commands(exec: Node<'_>) -> Vec<Node<'_>> {
    if exec.is_list() {
        return exec.children().collect();
    }
    let of = |phase| exec.given(phase).into_iter().flat_map(Node::children);
    of("on-enter").chain(of("on-exit")).collect()
}

fn of_stage(
    def: &Def<'_>,
    stage: &str,
    command: Node<'_>,
    reading: &mut Reading<'_>,
) -> Option<String> {
    let line = if command.is_map() {
        command.given("command").map(text).unwrap_or_default()
    } else {
        text(command)
    };
    let target = command.given("target").map(text).unwrap_or_default();
    if target == "host" {
        lose_reach(Reach::HostCommand, command, &line, reading);
        return None;
    }
    if matches!(stage, "healthy" | "exit") {
        let why = "commands run once when the node has started, not in this stage";
        let cure = "put it into exec, with a wait of its own for what it needs";
        reading.ledger.lose(command, why, cure);
        return None;
    }
    Some(in_words_of(def, &line, reading)).filter(|line| !line.is_empty())
}

/// When all nodes are there: what each waits for.
pub fn add_waits(places: &Places<'_>, reading: &mut Reading<'_>) {
    for place in places.values() {
        if let Place::Node(member) = place {
            let after = waits_of(member, places, reading);
            if let Some(node) = reading.lab.nodes.get_mut(&member.id)
                && let NodeKind::Docker(settings) = &mut node.kind
            {
                settings.after = after;
            }
        }
    }
}

fn waits_of(member: &Placed<'_>, places: &Places<'_>, reading: &mut Reading<'_>) -> Vec<After> {
    let runs = reading.lab.nodes.get(&member.id);
    if !matches!(runs.map(|node| &node.kind), Some(NodeKind::Docker(_))) {
        return Vec::new();
    }
    let mut after = BTreeMap::new();
    for level in member.def.all("stages", &mut reading.ledger) {
        for stage in level.children() {
            for wait in stage.given("wait-for").into_iter().flat_map(Node::children) {
                if let Some(wait) = wait_of(stage.key(), wait, places, reading) {
                    after.insert((wait.node, wait.reached), wait);
                }
            }
        }
    }
    after.into_values().collect()
}

fn wait_of(
    stage: &str,
    wait: Node<'_>,
    places: &Places<'_>,
    reading: &mut Reading<'_>,
) -> Option<After> {
    let name = wait.given("node").map(text).unwrap_or_default();
    let Some(place) = places.get(name.as_str()) else {
        let message = format!("it waits for {name:?}, which is no node of the file");
        reading.ledger.wrong(wait, "no_such_node", message);
        return None;
    };
    if !matches!(stage, "create" | "create-links") {
        let why = format!("a node waits before it starts, not before it is at {stage}");
        reading
            .ledger
            .lose_each(wait, &why, "put the wait into the stage create");
        return None;
    }
    let Some(id) = running(place, reading) else {
        let why = format!("{name} does not run here, and waiting for it would never end");
        let cure = "let it wait for a container";
        reading.ledger.lose_each(wait, &why, cure);
        return None;
    };
    let word = wait.given("stage").map(text).unwrap_or_default();
    let reached = reached(&word);
    if reached.is_none() {
        let message = format!("{word:?} is no stage; use {}", STAGES.join(", "));
        reading.ledger.wrong(wait, "stage_unknown", message);
    }
    Some(After {
        node: id,
        reached: reached?,
    })
}

fn reached(stage: &str) -> Option<Reached> {
    match stage {
        "create" | "create-links" => Some(Reached::Started),
        "configure" => Some(Reached::Configured),
        "healthy" => Some(Reached::Healthy),
        "exit" => Some(Reached::Ended),
        _ => None,
    }
}

/// The node that is there, if it is a container.
fn running(place: &Place<'_>, reading: &Reading<'_>) -> Option<NodeId> {
    let Place::Node(member) = place else {
        return None;
    };
    let node = reading.lab.nodes.get(&member.id)?;
    matches!(node.kind, NodeKind::Docker(_)).then_some(member.id)
}
