//! Carries carrier: a cut link, a stopped node and an interface shut inside one are felt at the other
//! end within milliseconds, without a pass.
//!
//! ```text
//! kernel events ─▶ ends (what both look like) ─▶ model::carrier ─▶ set up or down ─▶ kernel events
//!      passes ask ─────────────┘
//! ```
//! This task alone raises and lowers the ends of links between two interfaces; a pass that finds one
//! wrong asks for it here. Two that write by looks of different age would drive each other in circles.
//! An end that is not there yet because its node is being made is waited for: its own event tells of it.
//! Events that wait are all read before anything is decided, and nothing is decided on an end whose
//! last write has not been heard of yet. Lost events: everything is looked at.

mod ends;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fabric::{LinkChange, LinkWatch};
use futures_util::FutureExt;
use model::carrier::EndSeen;
use model::names::LabHash;
use model::seen::PortId;
use tokio::sync::Notify;

use crate::host::Host;
use crate::service::Labs;
use ends::{EndId, Ends, Write};

/// Events read together at most, so that a storm of them cannot put off every decision.
const TOGETHER: usize = 4096;
/// How often everything is looked at because a pass and this task disagree.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What passes ask for.
#[derive(Default)]
pub struct Requests {
    ends: Mutex<BTreeSet<EndId>>,
    wake: Notify,
}

impl Requests {
    /// The pass thinks that this end is wrong.
    pub fn settle(&self, lab: LabHash, port: PortId) {
        self.ends().insert((lab, port));
        self.wake.notify_one();
    }

    fn take(&self) -> BTreeSet<EndId> {
        std::mem::take(&mut *self.ends())
    }

    fn ends(&self) -> std::sync::MutexGuard<'_, BTreeSet<EndId>> {
        self.ends
            .lock()
            .expect("no holder of this lock panics: it only moves ids")
    }
}

/// Runs as long as the agent.
pub async fn run(host: Arc<Host>, labs: Arc<Labs>) {
    loop {
        if let Err(error) = follow(&host, &labs).await {
            tracing::warn!(error = %format!("{error:#}"), "cannot follow the links, trying again");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn follow(host: &Host, labs: &Labs) -> anyhow::Result<()> {
    let mut watch = host.fabric.watch_links().await?;
    let mut ends = look(host, labs).await?;
    let mut looked = Instant::now();
    let mut unsettled = ends.all();
    loop {
        settle_all(host, labs, &mut ends, &unsettled).await;
        // Both arms are cancel-safe; a request that was not taken stays in its set.
        let first = tokio::select! {
            change = watch.next() => Some(change?),
            () = host.settle.wake.notified() => None,
        };
        let heard = hear(&mut watch, &mut ends, first)?;
        let asked = host.settle.take();
        let disagree = asked
            .iter()
            .any(|id| !heard.ends.contains(id) && !ends.is_awaited(*id));
        unsettled = &heard.ends | &asked;
        if heard.lost {
            host.figures.resync();
            labs.wake_all();
            // What still waits is older than the look, and what came between was lost with its news.
            while let Some(old) = waiting(&mut watch) {
                old?;
            }
        }
        if heard.lost || (disagree && looked.elapsed() > LOOK_EVERY) {
            ends = look(host, labs).await?;
            looked = Instant::now();
            unsettled = ends.all();
        }
        for lab in heard.labs {
            labs.wake_hash(lab);
        }
        for lab in heard.bridge_gone {
            labs.wake_unless_reaping(lab);
        }
    }
}

/// What a handful of events told.
#[derive(Default)]
struct Heard {
    ends: BTreeSet<EndId>,
    labs: BTreeSet<LabHash>,
    /// Labs that lost a bridge: by a person, or by their own reaper.
    bridge_gone: BTreeSet<LabHash>,
    lost: bool,
}

/// Takes in the first event and all that wait behind it.
fn hear(
    watch: &mut LinkWatch,
    ends: &mut Ends,
    first: Option<LinkChange>,
) -> anyhow::Result<Heard> {
    let mut heard = Heard::default();
    let mut next = first;
    for _ in 0..TOGETHER {
        match next {
            Some(LinkChange::Resync) => heard.lost = true,
            Some(LinkChange::Bridge {
                lab,
                present: false,
                ..
            }) => _ = heard.bridge_gone.insert(lab),
            Some(LinkChange::Bridge { .. }) | None => {}
            Some(LinkChange::Stranger { lab }) => _ = heard.labs.insert(lab),
            Some(LinkChange::Port { lab, port, end }) => {
                ends.hear((lab, port), end);
                heard.ends.insert((lab, port));
                heard.labs.insert(lab);
            }
        }
        match waiting(watch) {
            Some(change) => next = Some(change?),
            None => break,
        }
    }
    Ok(heard)
}

/// The next event that is there already. The runtime would else say after some hundred that there is
/// none, and a queue that overflowed takes nothing in until it was empty.
fn waiting(watch: &mut LinkWatch) -> Option<fabric::Result<LinkChange>> {
    tokio::task::unconstrained(watch.next()).now_or_never()
}

async fn look(host: &Host, labs: &Labs) -> anyhow::Result<Ends> {
    let devices = host.fabric.observe().await?;
    let mut ends = Ends::default();
    for names in labs.names() {
        for (port, seen) in devices.lab(&names).ports {
            let end = EndSeen::Present {
                admin_up: seen.admin_up,
                carrier: seen.carrier,
            };
            ends.hear((names.hash, port), end);
        }
    }
    Ok(ends)
}

async fn settle_all(host: &Host, labs: &Labs, ends: &mut Ends, unsettled: &BTreeSet<EndId>) {
    for &(hash, port) in unsettled {
        let Some((names, peer)) = labs.peer(hash, port) else {
            continue;
        };
        if ends.is_missing((hash, peer.port)) && labs.is_coming(hash, peer.port.node) {
            continue;
        }
        if labs.are_being_joined(hash, [port, peer.port]) {
            continue;
        }
        let writes = ends.plan((hash, port), (hash, peer.port), peer.cut, Instant::now());
        for Write { end, up } in writes {
            let device = names.port(end.1);
            runtime::faults::point(|| {
                format!("SetAdmin: {device} {}", if up { "up" } else { "down" })
            });
            match host.fabric.set_admin(&names, end.1, up).await {
                Ok(()) => tracing::debug!(device, up, "carrier.follow"),
                Err(error) => {
                    // It went away meanwhile, which its own event tells, or the next pass asks again.
                    ends.forget_write(end);
                    tracing::debug!(device, %error, "carrier.follow failed");
                }
            }
        }
    }
}
