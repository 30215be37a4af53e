//! What a person does with a lab.

use std::time::Duration;

use api::client::{Client, ClientError, Terminal, TerminalFrame};
use api::job::JobAct;
use api::lab::Selection;
use api::node::{Exec, OpenConsole, ReadLogs};
use fastrand::Rng;
use futures_util::StreamExt;
use model::edit::Edit;
use model::{End, Lab, LabId, LinkId, LinkState, NodeId};

use super::calls::Tally;

/// Names of the acts; each must succeed at least once in a calm phase.
pub(super) const ALL: &[&str] = &[
    "import", "start", "stop", "restart", "wipe", "cut", "heal", "add", "remove", "undo",
    "console", "exec", "logs", "files", "look", "delete",
];
/// How long a job may take here, on a machine that does much else.
const JOB_LIMIT_S: u64 = 60;

pub(super) async fn start_all(client: &Client, lab: LabId, tally: &mut Tally) {
    act_on(client, lab, JobAct::Start, None, tally).await;
}

pub(super) async fn stop_all(client: &Client, lab: LabId, tally: &mut Tally) {
    act_on(client, lab, JobAct::Stop, None, tally).await;
}

/// One act, drawn.
pub(super) async fn any(client: &Client, id: LabId, dice: &mut Rng, tally: &mut Tally) {
    let Some(detail) = tally.count("look", client.lab(id).await) else {
        return tokio::time::sleep(Duration::from_millis(500)).await;
    };
    let lab = detail.lab;
    let node = dice.choice(lab.nodes.keys().copied());
    let link = dice.choice(lab.links.keys().copied());
    let (Some(node), Some(link)) = (node, link) else {
        return;
    };
    match dice.u8(0..20) {
        0 => stop_all(client, id, tally).await,
        1 | 2 => start_all(client, id, tally).await,
        3 => act_on(client, id, JobAct::Start, Some(node), tally).await,
        4 => act_on(client, id, JobAct::Stop, Some(node), tally).await,
        5 => act_on(client, id, JobAct::Restart, Some(node), tally).await,
        6 => wipe(client, id, node, tally).await,
        7 | 8 => cut_and_heal(client, id, link, dice, tally).await,
        9..=11 => add(client, &lab, node, dice, tally).await,
        12 => drop(tally.count(
            "remove",
            edit(client, &lab, Edit::RemoveNode { id: node }).await,
        )),
        13 => drop(tally.count("undo", client.undo(id).await)),
        14..=16 => console(client, id, node, dice, tally).await,
        17 => exec(client, id, node, tally).await,
        18 => logs(client, id, node, tally).await,
        _ => files(client, id, node, tally).await,
    }
}

async fn act_on(client: &Client, lab: LabId, act: JobAct, node: Option<NodeId>, tally: &mut Tally) {
    let word = match act {
        JobAct::Start => "start",
        JobAct::Stop => "stop",
        JobAct::Restart => "restart",
        JobAct::Wipe => "wipe",
    };
    let selection = Selection {
        nodes: node.map(|node| vec![node]),
    };
    let Some(job) = tally.count(word, client.act(lab, act, &selection).await) else {
        return;
    };
    let ended = client.job(job.id, JOB_LIMIT_S).await;
    if let Some(job) = tally.count("look", ended)
        && job.ended_ms.is_none()
    {
        tally.lose(word, &format!("the job did not end: {:?}", job.nodes));
    }
}

/// Only a stopped node can be wiped.
async fn wipe(client: &Client, lab: LabId, node: NodeId, tally: &mut Tally) {
    act_on(client, lab, JobAct::Stop, Some(node), tally).await;
    act_on(client, lab, JobAct::Wipe, Some(node), tally).await;
}

async fn cut_and_heal(
    client: &Client,
    lab: LabId,
    link: LinkId,
    dice: &mut Rng,
    tally: &mut Tally,
) {
    tally.count("cut", client.cut_link(lab, link).await);
    tokio::time::sleep(Duration::from_millis(dice.u64(0..400))).await;
    tally.count("heal", client.heal_link(lab, link).await);
}

/// A copy of a node with a link to a network of the lab, or to a free interface of another.
async fn add(client: &Client, lab: &Lab, like: NodeId, dice: &mut Rng, tally: &mut Tally) {
    let (Some(id), Some(link)) = (lab.next_node_id(), lab.next_link_id()) else {
        return;
    };
    let mut node = lab.nodes[&like].clone();
    node.name = format!("n{id}-{}", dice.u16(..));
    for interface in node.interfaces.values_mut() {
        interface.addresses.clear();
    }
    let first = node.interfaces.keys().next().copied();
    let network = dice.choice(lab.networks.keys().copied()).map(End::Network);
    let mut edits = vec![Edit::AddNode { id, node }];
    if let (Some(interface), Some(b)) = (first, network) {
        edits.push(Edit::AddLink {
            id: link,
            a: End::Interface {
                node: id,
                interface,
            },
            b,
            network: None,
            state: LinkState::default(),
            extra: serde_json::Map::new(),
        });
    }
    if tally
        .count("add", edit(client, lab, Edit::Batch { edits }).await)
        .is_some()
    {
        act_on(client, lab.id, JobAct::Start, Some(id), tally).await;
    }
}

async fn edit(client: &Client, lab: &Lab, edit: Edit) -> Result<(), ClientError> {
    client.edit(lab.id, lab.revision, edit).await.map(drop)
}

/// Types a line and reads the answer; now and then leaves without reading.
async fn console(client: &Client, lab: LabId, node: NodeId, dice: &mut Rng, tally: &mut Tally) {
    let opened = client
        .console(lab, node, "shell", &OpenConsole::default())
        .await;
    let Some(mut terminal) = tally.count("console", opened) else {
        return;
    };
    let number = dice.u32(..);
    let line = format!("echo soak-$((40+2))-{number}\r");
    let sent = terminal.send(line.as_bytes()).await;
    if sent.is_err() || dice.u8(0..4) == 0 {
        return;
    }
    // The node may be stopped by its owner's next act, so no answer is no fault of ours.
    let answer = format!("soak-42-{number}");
    let read = read_until(&mut terminal, answer.as_bytes());
    tokio::time::timeout(Duration::from_secs(5), read)
        .await
        .ok();
}

async fn read_until(terminal: &mut Terminal, wanted: &[u8]) {
    let mut seen = Vec::new();
    while let Some(Ok(frame)) = terminal.next().await {
        if let TerminalFrame::Output(bytes) = frame {
            seen.extend_from_slice(&bytes);
        }
        if seen.windows(wanted.len()).any(|window| window == wanted) {
            return;
        }
    }
}

async fn exec(client: &Client, lab: LabId, node: NodeId, tally: &mut Tally) {
    let body = Exec {
        argv: ["ip", "-br", "link"].map(str::to_owned).into(),
        env: std::collections::BTreeMap::new(),
        stdin: String::new(),
    };
    tally.count("exec", client.exec(lab, node, &body).await);
}

async fn logs(client: &Client, lab: LabId, node: NodeId, tally: &mut Tally) {
    let stream = client.logs(lab, node, &ReadLogs::default()).await;
    if let Some(stream) = tally.count("logs", stream) {
        stream.for_each(async |_| {}).await;
    }
}

async fn files(client: &Client, lab: LabId, node: NodeId, tally: &mut Tally) {
    let stream = client.get_files(lab, node, "/etc").await;
    if let Some(stream) = tally.count("files", stream) {
        stream.for_each(async |_| {}).await;
    }
}
