//! A key typed at a console, until it is seen: through server and agent, beside a bare PTY.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use api::client::{Terminal, TerminalFrame};
use api::node::{ExecStart, TerminalSize};
use model::NodeId;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::{Embedded, PACKAGES, import, start};
use crate::benchmark::{Benchmark, Context, nothing};
use crate::figure::Figure;
use crate::statistics::median;

pub const BENCHMARK: Benchmark = Benchmark {
    name: "console",
    about: "One key and its echo by the terminal's line discipline: over the WebSocket of the API, server, agent and the node's supervisor, beside a bare PTY in one process; taken in turns.",
    needs_root: true,
    packages: PACKAGES,
    lacks: nothing,
    run,
};

const KEYS: usize = 500;
const PATIENCE: Duration = Duration::from_secs(10);

fn run(context: &Context) -> anyhow::Result<Vec<Figure>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let embedded = Embedded::start(context)?;
    let (ours, bare) = runtime.block_on(measure(&embedded))?;
    let [ours, bare] = [ours, bare].map(|times| median(&times) * 1e3);
    Ok(vec![
        Figure::new("through nova-ve", ours, "ms"),
        Figure::new("bare PTY", bare, "ms"),
        Figure::new("above the bare PTY", ours - bare, "ms").at_most(1.0),
    ])
}

async fn measure(embedded: &Embedded) -> anyhow::Result<(Vec<f64>, Vec<f64>)> {
    let client = embedded.client()?;
    let lab = import(&client, "bench".into()).await?;
    start(&client, lab.id).await?;
    let node: NodeId = *lab.nodes.keys().next().context("a lab without nodes")?;
    let command = ExecStart {
        argv: vec!["cat".into()],
        env: std::collections::BTreeMap::new(),
        tty: Some(TerminalSize {
            columns: 80,
            rows: 24,
        }),
    };
    let mut terminal = client.exec_stream(lab.id, node, &command).await?;
    let bare = BarePty::open()?;
    // The first key waits for the command to start.
    echo(&mut terminal).await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..KEYS {
        ours.push(echo(&mut terminal).await?);
        theirs.push(bare.echo()?);
    }
    Ok((ours, theirs))
}

/// Seconds until the key is seen.
async fn echo(terminal: &mut Terminal) -> anyhow::Result<f64> {
    let begun = Instant::now();
    terminal.send(b"x").await?;
    let seen = async {
        while let Some(frame) = terminal.next().await {
            if let TerminalFrame::Output(bytes) = frame?
                && bytes.contains(&b'x')
            {
                return Ok(begun.elapsed().as_secs_f64());
            }
        }
        bail!("the terminal was closed");
    };
    tokio::time::timeout(PATIENCE, seen).await?
}

/// Both ends in one process.
struct BarePty {
    ours: std::os::fd::OwnedFd,
    _theirs: std::fs::File,
}

impl BarePty {
    fn open() -> anyhow::Result<Self> {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        grantpt(&ours)?;
        unlockpt(&ours)?;
        let name = ptsname(&ours, Vec::new())?;
        let theirs = std::fs::File::options()
            .read(true)
            .write(true)
            .open(name.to_str()?)?;
        Ok(Self {
            ours,
            _theirs: theirs,
        })
    }

    fn echo(&self) -> anyhow::Result<f64> {
        let begun = Instant::now();
        rustix::io::write(&self.ours, b"x")?;
        let mut byte = [0; 1];
        rustix::io::read(&self.ours, &mut byte)?;
        Ok(begun.elapsed().as_secs_f64())
    }
}
