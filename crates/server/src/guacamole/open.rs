//! Opens a node's console for one connection of Guacamole's, and serves it.

use agent_api::Opening;
use agent_api::stream::WindowSize;
use anyhow::Context;
use model::access::Action;
use model::{LabId, NodeId};
use store::LabRecord;
use tracing::Instrument;

use super::Guacamole;
use super::account::Account;
use super::door::Door;
use super::key::{OneTime, draw_user};
use super::places::Place;
use super::relay::Wire;
use super::rows::title;
use crate::app::App;
use crate::auth::{Caller, Stay};
use crate::error::Error;

/// A console that waits for guacd.
struct Waiting {
    guacamole: Guacamole,
    console: Console,
    key: OneTime,
    door: Door,
    stay: Stay,
    place: Place,
}

struct Console {
    record: LabRecord,
    node: NodeId,
    name: String,
}

impl App {
    /// The address of a page of Guacamole's that shows the console, for one connection soon.
    pub async fn open_in_guacamole(
        &self,
        caller: &Caller,
        lab: LabId,
        node: NodeId,
        name: String,
    ) -> Result<String, Error> {
        let record = self.node_for(caller, lab, node, Action::Operate).await?;
        let guacamole = self.config.guacamole.clone().ok_or(Error::GuacamoleOff)?;
        self.require_console(&record, node, &name)?;
        let stay = self.stay(caller, lab, Action::Operate).await?;
        let console = Console { record, node, name };
        let key = OneTime::draw(&self.config.instance).map_err(Error::internal)?;
        let place = self.take_place(&guacamole, caller, &key)?;
        let door = Door::open(&guacamole).map_err(|error| {
            let why = format!("failed to listen on {}", guacamole.network.host);
            Error::GuacamoleAway(anyhow::Error::new(error).context(why))
        })?;
        let waiting = Waiting {
            guacamole,
            console,
            key,
            door,
            stay,
            place,
        };
        let address = waiting.introduce().await.map_err(Error::GuacamoleAway)?;
        let detail = format!("console {} of node {node}", waiting.console.name);
        let span = tracing::info_span!("guacamole.serve", lab.id = %lab, node.id = %node);
        let app = self.clone();
        self.begun.spawn(waiting.serve(app).instrument(span));
        self.audit(caller, &lab.to_string(), &detail).await?;
        Ok(address)
    }

    /// Of the session's first console on, its user of Guacamole's has a task that removes it.
    fn take_place(
        &self,
        guacamole: &Guacamole,
        caller: &Caller,
        key: &OneTime,
    ) -> Result<Place, Error> {
        let draw = || draw_user(&self.config.instance);
        let taken = self
            .in_guacamole
            .take(&key.name, caller, &guacamole.bounds, draw);
        let (place, tenure) = taken?;
        if let Some(tenure) = tenure {
            let stay = self.live.stay_beside(caller);
            self.begun.spawn(tenure.run(guacamole.clone(), stay));
        }
        Ok(place)
    }

    /// Refuses what the agent would refuse when guacd has come, and nobody could read it any more.
    fn require_console(&self, record: &LabRecord, node: NodeId, name: &str) -> Result<(), Error> {
        self.host()?;
        let status = self.statuses.raw(record.lab.id);
        let consoles = status.nodes.get(&node).map(|node| &node.consoles);
        match consoles {
            Some(consoles) if consoles.iter().any(|one| one == name) => Ok(()),
            Some(consoles) if !consoles.is_empty() => Err(Error::Unprocessable {
                code: "unknown_console".into(),
                what: format!(
                    "This node has no such console; it has {}.",
                    consoles.join(", ")
                ),
            }),
            Some(_) | None => Err(Error::not_running(record, node)),
        }
    }
}

impl Guacamole {
    /// The address of the connection's page, with the token of the account.
    async fn page(&self, account: &Account, connection: u64) -> anyhow::Result<String> {
        let Self {
            web_app, bounds, ..
        } = self;
        let page = async {
            let mut kept = account.token.lock().await;
            let token = web_app.token(&account.user, kept.as_ref()).await?;
            let address = web_app.address(connection, &token);
            *kept = Some(token);
            Ok(address)
        };
        let within = bounds.token_within;
        let page = tokio::time::timeout(within, page).await;
        page.with_context(|| format!("{web_app} did not answer within {within:?}"))?
    }
}

impl Waiting {
    /// Makes the connection known to Guacamole; the address for the browser.
    async fn introduce(&self) -> anyhow::Result<String> {
        let Self {
            guacamole,
            key,
            place,
            ..
        } = self;
        let (account, door) = (&place.account, self.door.address());
        let made = guacamole.provision(&account.user, key, self.console.title(), door);
        // Where this fails nothing is written.
        let connection = made.await?;
        let page = guacamole.page(account, connection).await;
        if page.is_err() {
            guacamole.remove(&key.name).await;
        }
        page
    }

    /// Until either side, the session or the right ends.
    async fn serve(self, app: App) {
        let Self {
            guacamole,
            console,
            key,
            door,
            stay,
            place,
        } = self;
        let guest = tokio::select! {
            biased;
            () = stay.ended() => None,
            guest = door.guest() => guest,
        };
        if let Some(guest) = guest {
            let mut wire = Wire::new(guest, guacamole.bounds);
            let open = |size| console.open(&app, size);
            let words = tokio::select! {
                // First, so that nothing begins after the right has gone.
                biased;
                () = stay.ended() => stay.why().to_owned(),
                words = wire.run(&key, open) => words,
            };
            wire.part(&words).await;
        }
        drop(stay);
        guacamole.remove(&key.name).await;
        drop(place);
    }
}

impl Console {
    fn title(&self) -> String {
        let lab = &self.record.lab;
        let node = lab.nodes.get(&self.node).map_or("", |node| &node.name);
        title(&lab.name, node, &self.name)
    }

    async fn open(&self, app: &App, size: WindowSize) -> Result<agent_api::AgentStream, Error> {
        let opening = Opening::Console {
            lab: self.record.lab.id,
            node: self.node,
            console: self.name.clone(),
            size,
            from_offset: 0,
        };
        app.open_stream(&self.record, opening).await
    }
}
