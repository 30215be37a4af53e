//! A large lab made by one batch of edits, read back, and loaded by a server that starts.
//!
//! GNS3 3.0.6 on the machine of the first run: 8.5 s for the nodes, 322 s for the links, 126 s to
//! open the project again.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::Child;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use api::client::Client;
use api::lab::CreateLab;
use model::edit::Edit;
use model::lab::{Interface, NetnsNode, Node, NodeKind};
use model::{End, LabId, LinkState, Position};

use super::{Embedded, PACKAGES};
use crate::benchmark::{Benchmark, Context, nothing};
use crate::figure::Figure;
use crate::lab::{LARGE, link_id, node_id};
use crate::statistics::median;

pub const BENCHMARK: Benchmark = Benchmark {
    name: "edits",
    about: "200 nodes and 1000 links created through the API in one batch of edits, read back, and loaded by a server that starts. (GNS3 3.0.6: 8.5 s for the nodes, 322 s for the links, 126 s to open it again.)",
    needs_root: true,
    packages: PACKAGES,
    lacks: nothing,
    run,
};

const RUNS: usize = 5;
const READS: usize = 25;

fn run(context: &Context) -> anyhow::Result<Vec<Figure>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let embedded = Embedded::start(context)?;
    let client = embedded.client()?;
    let mut created = Vec::new();
    let mut read = Vec::new();
    let mut lab = None;
    for number in 0..RUNS {
        let (id, seconds) = runtime.block_on(create(&client, number))?;
        created.push(seconds);
        read.extend(runtime.block_on(read_back(&client, id))?);
        // One large lab is loaded below, not five.
        if let Some(old) = lab.replace(id) {
            runtime.block_on(client.delete_lab(old))?;
        }
    }
    let secret = embedded.secret()?;
    embedded.nova(&["down"])?;
    let mut loaded = Vec::new();
    for _ in 0..RUNS {
        let lab = lab.context("no lab was made")?;
        loaded.push(runtime.block_on(load(&embedded, &secret, lab))?);
    }
    Ok(vec![
        Figure::new("created", median(&created), "s").at_most(0.5),
        Figure::new("read back", median(&read) * 1e3, "ms").at_most(20.0),
        Figure::new("loaded by a started server", median(&loaded), "s").at_most(0.2),
    ])
}

pub(super) async fn create(client: &Client, number: usize) -> anyhow::Result<(LabId, f64)> {
    let body = CreateLab {
        name: format!("bench {number}"),
        description: String::new(),
    };
    let lab = client.create_lab(&body).await?.lab;
    let edits = batch();
    let begun = Instant::now();
    client.edit(lab.id, lab.revision, edits).await?;
    Ok((lab.id, begun.elapsed().as_secs_f64()))
}

async fn read_back(client: &Client, lab: LabId) -> anyhow::Result<Vec<f64>> {
    let mut times = Vec::new();
    for _ in 0..READS {
        let begun = Instant::now();
        let detail = client.lab(lab).await?;
        times.push(begun.elapsed().as_secs_f64());
        if detail.lab.links.len() as u64 != LARGE.links() {
            bail!("{} links came back", detail.lab.links.len());
        }
    }
    Ok(times)
}

/// Seconds from the start of the program until it has given the lab.
async fn load(embedded: &Embedded, secret: &str, lab: LabId) -> anyhow::Result<f64> {
    let listen = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let client = Client::new(&format!("http://{listen}"), Some(secret.to_owned()))?;
    let begun = Instant::now();
    let mut server = Server(
        embedded
            .command("nova-ve-server")
            .args(["serve", "--listen", &listen])
            .env("NOVA_VE_LOG", "warn")
            .spawn()?,
    );
    loop {
        match client.lab(lab).await {
            Ok(detail) if detail.lab.links.len() as u64 == LARGE.links() => break,
            Ok(_) => bail!("the server gives another lab"),
            Err(error) if begun.elapsed() > Duration::from_secs(30) => return Err(error.into()),
            Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
        }
        if let Some(status) = server.0.try_wait()? {
            bail!("the server ended with {status}");
        }
    }
    Ok(begun.elapsed().as_secs_f64())
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().and_then(|()| self.0.wait()).ok();
    }
}

fn batch() -> Edit {
    let nodes = (0..LARGE.nodes).map(|n| Edit::AddNode {
        id: node_id(n),
        node: node(n),
    });
    let links = (0..LARGE.links()).map(|k| {
        let [a, b] = LARGE.ends(k).map(|(node, interface)| End::Interface {
            node: node_id(node),
            interface: interface.try_into().expect("few interfaces"),
        });
        Edit::AddLink {
            id: link_id(k),
            a,
            b,
            network: None,
            state: LinkState::Up,
            extra: serde_json::Map::new(),
        }
    });
    Edit::Batch {
        edits: nodes.chain(links).collect(),
    }
}

fn node(n: u64) -> Node {
    let interfaces = (0..2 * LARGE.links_a_node).map(|i| {
        let interface = Interface {
            name: format!("eth{i}"),
            ..Interface::default()
        };
        (i.try_into().expect("few interfaces"), interface)
    });
    Node {
        name: format!("n{n}"),
        template: "host".into(),
        icon: String::new(),
        position: Position::default(),
        kind: NodeKind::Netns(NetnsNode::default()),
        interfaces: interfaces.collect(),
        labels: BTreeMap::new(),
        extra: serde_json::Map::new(),
    }
}
