//! Opens a node's console for one connection of Guacamole's, and serves it.

use std::net::SocketAddr;

use agent_api::Opening;
use agent_api::stream::WindowSize;
use model::access::Action;
use model::{LabId, NodeId};
use store::LabRecord;
use tracing::Instrument;

use super::Guacamole;
use super::door::Door;
use super::key::OneTime;
use super::places::Place;
use super::relay::Wire;
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
        let key = OneTime::draw(&self.config.instance).map_err(Error::internal)?;
        let (bounds, user) = (&guacamole.bounds, caller.user.id);
        let place = self.in_guacamole.take(&key.name, user, bounds)?;
        let door = Door::open(&guacamole).map_err(|error| {
            let why = format!("failed to listen on {}", guacamole.network.host);
            Error::GuacamoleAway(anyhow::Error::new(error).context(why))
        })?;
        let address = match guacamole.introduce(&key, door.address()).await {
            Ok(address) => address,
            Err(error) => {
                guacamole.remove(&key.name).await;
                return Err(Error::GuacamoleAway(error));
            }
        };
        let detail = format!("console {name} of node {node}");
        let waiting = Waiting {
            guacamole,
            console: Console { record, node, name },
            key,
            door,
            stay,
            place,
        };
        let span = tracing::info_span!("guacamole.serve", lab.id = %lab, node.id = %node);
        let app = self.clone();
        self.begun.spawn(waiting.serve(app).instrument(span));
        self.audit(caller, &lab.to_string(), &detail).await?;
        Ok(address)
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
    /// Makes the user known to Guacamole; the address for the browser.
    async fn introduce(&self, key: &OneTime, door: SocketAddr) -> anyhow::Result<String> {
        let connection = self.provision(key, door).await?;
        let (user, password) = (&key.name, &key.password);
        let token = self.web_app.token(user, password, self.bounds.token_within);
        Ok(self.web_app.address(connection, &token.await?))
    }
}

impl Waiting {
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
