//! The host on the networks of this lab: chosen before a pass, made and ended by its steps.

use std::sync::Arc;

use agent_api::LabEntry;
use anyhow::Context;
use model::NetworkId;
use model::lab::Gateway;
use model::networks::{domain, resolve};
use model::spec::LabSpec;

use super::{Inner, Wish};
use crate::gateway::{Contents, addresses, find_program, server};
use crate::ledger::Entry;

/// A wish with the subnets of its networks in it, as long as both are the same.
pub(super) struct Resolved {
    of: Arc<LabEntry>,
    version: u64,
    wish: Arc<LabEntry>,
}

impl Inner {
    /// Every network of the wish that the host is to be on has its subnets, or is refused.
    pub(super) async fn choose_subnets(&self) {
        let wish = match self.host.ledger().get(self.id) {
            Some(Entry::Known { wish, .. }) => wish.clone(),
            Some(Entry::Frozen(_)) | None => return,
        };
        let LabEntry::Present { spec, .. } = &*wish else {
            return;
        };
        let gateways = &self.host.gateways;
        if let Err(error) = gateways.choose(&self.host.fabric, &self.names, spec).await {
            tracing::warn!(lab.id = %self.id, %error, "no subnets can be chosen, it is tried again");
        }
    }

    /// The same wish as long as nothing is chosen anew: whoever compares wishes sees one.
    pub(super) fn resolved(&self, of: &Arc<LabEntry>) -> Arc<LabEntry> {
        let LabEntry::Present { generation, spec } = &**of else {
            return of.clone();
        };
        let drawn = spec.networks.values();
        if drawn.into_iter().all(|network| network.gateway.is_none()) {
            return of.clone();
        }
        let version = self.host.gateways.version();
        let mut kept = self
            .resolved
            .lock()
            .expect("no holder of this lock panics: the planner's own part does not");
        if let Some(kept) = &*kept
            && Arc::ptr_eq(&kept.of, of)
            && kept.version == version
        {
            return kept.wish.clone();
        }
        let whole = LabEntry::Present {
            generation: *generation,
            spec: resolve(spec, &self.host.gateways.subnets(self.id)),
        };
        // Another lab's choice changes nothing here.
        let wish = match kept.take() {
            Some(before) if Arc::ptr_eq(&before.of, of) && *before.wish == whole => before.wish,
            Some(_) | None => Arc::new(whole),
        };
        *kept = Some(Resolved {
            of: of.clone(),
            version,
            wish: wish.clone(),
        });
        wish
    }

    /// Names and addresses of the nodes, for whoever serves or asks for them.
    pub(super) fn write_names(&self, wish: &Wish) {
        let Some(spec) = wish.spec() else {
            return;
        };
        let gateways = &self.host.gateways;
        let contents = Contents::of(spec);
        let names = contents.hosts.clone().unwrap_or_default();
        self.host.driver.set_names(self.id, &names);
        match contents.write(&gateways.folder(self.id)) {
            Ok(changed) => changed
                .into_iter()
                .for_each(|network| gateways.reload(self.id, network)),
            Err(error) => self.problem(format!("names of nodes cannot be written: {error}")),
        }
    }
}

/// From every state; what the network does without is told in the status.
pub(super) async fn ensure(
    lab: &Inner,
    spec: &LabSpec,
    network: NetworkId,
    gateway: &Gateway,
) -> anyhow::Result<()> {
    let (gateways, fabric) = (&lab.host.gateways, &lab.host.fabric);
    // First what passes: an address that is there before would be open to others.
    gateways.open_gate(fabric, lab.id, network, gateway).await?;
    let own = addresses(gateway);
    let bridge = fabric
        .ensure_gateway(&lab.names, network, own.clone())
        .await?;
    let mut notes = Vec::new();
    if gateway.outward && gateways.settings.own_network {
        notes.push(
            "there is no way outward: this agent runs without root, in a network of its own".into(),
        );
    } else if gateway.outward {
        for net in own {
            fabric.ensure_forwarding(net.addr().is_ipv6()).await?;
        }
    }
    notes.extend(serve(lab, spec, network, gateway).await?);
    gateways.stands(lab.id, network, bridge, notes);
    Ok(())
}

/// What is not served, and why.
async fn serve(
    lab: &Inner,
    spec: &LabSpec,
    network: NetworkId,
    gateway: &Gateway,
) -> anyhow::Result<Vec<String>> {
    let gateways = &lab.host.gateways;
    let folder = gateways.folder(lab.id);
    if !(gateway.dhcp || gateway.dns) {
        end_server(lab, network).await?;
        return Ok(Vec::new());
    }
    let dnsmasq = find_program(server::PROGRAM);
    let (Some(dnsmasq), Some(agent)) = (dnsmasq, &gateways.settings.program) else {
        end_server(lab, network).await?;
        return Ok(vec![not_installed()]);
    };
    let start = server::Start {
        folder: &folder,
        agent,
        dnsmasq: &dnsmasq,
        served: server::Served {
            network,
            bridge: &lab.names.bridge(network),
            domain: &domain(spec),
            gateway,
            user: server::user(),
        },
    };
    let before = gateways.take_server(lab.id, network);
    let (server, without, new) = server::ensure(&start, before).await?;
    gateways.keep_server(lab.id, network, server, lab.wake.clone());
    if let Some(pid) = new {
        enter_scope(lab, network, pid).await;
    }
    Ok(without)
}

fn not_installed() -> String {
    format!(
        "neither addresses nor names are given out: {} is not installed here (sudo apt install {})",
        server::PROGRAM,
        server::PACKAGE
    )
}

/// Where the agent is a unit of systemd, the server is none of it.
async fn enter_scope(lab: &Inner, network: NetworkId, pid: u32) {
    if !lab.host.gateways.settings.scopes {
        return;
    }
    let what = format!("{}-n{network}", lab.names.hash);
    let description = format!("nova-ve network {what}");
    if let Err(error) = runtime::netns::enter_scope(&what, &description, pid).await {
        tracing::warn!(lab.id = %lab.id, %network, %error, "the network's server has no scope of its own");
    }
}

async fn end_server(lab: &Inner, network: NetworkId) -> anyhow::Result<()> {
    let gateways = &lab.host.gateways;
    match gateways.take_server(lab.id, network) {
        Some(server) => server.end().await,
        None => server::end_found(&gateways.folder(lab.id), network).await,
    }
}

/// Nothing of the host is left on the network.
pub(super) async fn remove(lab: &Inner, network: NetworkId) -> anyhow::Result<()> {
    let (gateways, fabric) = (&lab.host.gateways, &lab.host.fabric);
    gateways.set_gates(fabric, Some((lab.id, network))).await?;
    end_server(lab, network).await?;
    fabric.remove_gateway(&lab.names, network).await?;
    gateways
        .remove_files(lab.id, network)
        .context("remove the network's files")?;
    gateways.closed(lab.id, network);
    Ok(())
}
