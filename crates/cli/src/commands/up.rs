//! `up`: starts nova-ve on this host, in the foreground or with `-d` behind it.
//!
//! ```text
//! up ──────▶ this process keeps server and agent until Ctrl-C
//! up -d ──▶ starts itself again as a session of its own, shows its words until it is ready
//! ```

mod background;
mod first;
pub mod words;

use std::net::SocketAddr;

use anyhow::Context;
use api::system::Health;
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

use crate::connect::{Global, connect_administrator, connect_embedded};
use crate::embedded::{self, DataFolder, Keeper, Listen, Stopped, UpRecord};
use crate::failure::Exit;
use crate::output::{print, remark};
use first::Place;

const NOTICE_PATIENCE: std::time::Duration = std::time::Duration::from_secs(2);

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Go on in the background once everything answers
    #[arg(short, long)]
    detach: bool,
    /// Address of the server [default: 127.0.0.1:8000, or the next free port]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The process that `up -d` leaves behind
    #[arg(long, hide = true)]
    background: bool,
}

pub async fn run(args: Args, global: &Global) -> anyhow::Result<Exit> {
    let folder = global.folder()?;
    if args.detach {
        return background::start(&folder, args.listen).await;
    }
    if args.background {
        // Away from the terminal that started it; it is the leader of no group, so this cannot fail.
        let _ = rustix::process::setsid();
    }
    keep(&folder, &args).await
}

async fn keep(folder: &DataFolder, args: &Args) -> anyhow::Result<Exit> {
    folder.ensure()?;
    let lock = match first::take(folder, args.background).await? {
        Place::Ours(lock) => lock,
        Place::Taken(record) => {
            print(&words::already(&record, folder));
            return Ok(Exit::DONE);
        }
    };
    embedded::require_room(folder)?;
    embedded::check_host(folder)?;
    end_orphans(folder);
    let password = embedded::prepare(folder)?;
    let listen = args.listen.map_or(Listen::Default, Listen::At);
    raise_open_files();
    let mut keeper = Keeper::new(folder, lock, listen, args.background)?;
    let mut stop = Stop::new()?;
    let health = tokio::select! {
        health = keeper.start() => health?,
        () = stop.came() => {
            keeper.end().await;
            return Ok(Exit::INTERRUPTED);
        }
    };
    if !args.background {
        print(&words::up(keeper.url(), folder, password.as_deref()));
        print(words::HOW_TO_STOP);
    }
    tell_what_is_not_in_order(folder, &health, keeper.url()).await;
    if let Err(error) = keeper.mark_ready() {
        keeper.end().await;
        return Err(error);
    }
    let Stopped = keeper.watch(stop.came()).await;
    let left = running_nodes(folder, keeper.url()).await;
    keeper.end().await;
    print(&words::stopped(left));
    Ok(Exit::DONE)
}

async fn tell_what_is_not_in_order(folder: &DataFolder, health: &Health, url: &str) {
    if health.status != "ok" {
        remark(&words::degraded(health));
    }
    if let Some(notice) = notice_of(folder, url).await {
        remark(&format!("notice: {notice}"));
    }
}

/// The agent holds some descriptors for each node, and shells give 1024. Nodes get a limit of their own.
fn raise_open_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}

/// A keeper that was killed leaves its server and agent; new ones take over.
fn end_orphans(folder: &DataFolder) {
    let Some(record) = UpRecord::read(folder) else {
        return;
    };
    for process in record.orphans() {
        process.end(std::time::Duration::from_secs(15));
    }
    UpRecord::remove(folder);
}

/// What the server wants everybody to know, as that labs stay stopped after a reboot.
async fn notice_of(folder: &DataFolder, url: &str) -> Option<String> {
    // Only after an earlier log-in: the first start has nothing to tell, and need not wait for one.
    if !folder.file("session.json").exists() {
        return None;
    }
    let ask = async {
        connect_embedded(folder, url)
            .await
            .ok()?
            .system()
            .await
            .ok()
    };
    let system = tokio::time::timeout(NOTICE_PATIENCE, ask).await.ok()??;
    (!system.notice.is_empty()).then_some(system.notice)
}

/// How many nodes go on when server and agent end; `None` when nobody can tell.
pub async fn running_nodes(folder: &DataFolder, url: &str) -> Option<u32> {
    let ask = async {
        let labs = connect_administrator(folder, url)
            .await
            .ok()?
            .labs()
            .await
            .ok()?;
        Some(labs.iter().map(|lab| lab.running_count).sum())
    };
    tokio::time::timeout(std::time::Duration::from_secs(3), ask)
        .await
        .ok()
        .flatten()
}

/// Ctrl-C, SIGTERM, or the terminal going away.
struct Stop(Vec<tokio::signal::unix::Signal>);

impl Stop {
    fn new() -> anyhow::Result<Self> {
        [
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
        ]
        .into_iter()
        .map(signal)
        .collect::<Result<Vec<_>, _>>()
        .map(Self)
        .context("failed to watch for signals")
    }

    async fn came(&mut self) {
        let any = self.0.iter_mut().map(|signal| Box::pin(signal.recv()));
        futures_util::future::select_all(any).await;
    }
}
