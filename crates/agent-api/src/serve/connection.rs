//! One connection: the peer, the hello, then requests until it ends.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::net::UnixStream;
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::story::{Wishes, tell_opening};
use super::tickets::Tickets;
use super::{Service, stream};
use crate::client::{AgentError, ClientEvent};
use crate::codec::{self, CONTROL_LIMIT_BYTES, CodecError, Wire};
use crate::message::{
    ErrorBody, Event, FromAgent, Hello, HelloReply, Reply, ReplyBody, Request, RequestBody,
};
use crate::older;
use crate::protocol::{Speaks, refusal_of};
use crate::request_id::RequestId;
use crate::spec::ControllerId;
use crate::stream::{Opening, Ticket};

const HELLO_WITHIN: Duration = Duration::from_secs(5);
/// Frames not yet written; when it is full, events wait, and a lagging subscriber starts afresh.
const WRITE_QUEUE: usize = 256;

/// Why a connection ended, apart from being closed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Codec(#[from] CodecError),
    #[error(transparent)]
    Agent(#[from] AgentError),
    #[error("no hello within 5 s")]
    NoHello,
    #[error("refused: {0}")]
    Refused(String),
}

/// A refusal is for the operator; that somebody hung up is not.
pub(super) fn tell_end(ended: &Ended) {
    match ended {
        Ended::Refused(why) => tracing::warn!(why, "connection.refused"),
        Ended::Io(_) | Ended::Codec(_) | Ended::Agent(_) | Ended::NoHello => {
            tracing::debug!(error = %ended, "connection.end");
        }
    }
}

pub(super) async fn run(
    stream: UnixStream,
    peer: Result<(), String>,
    service: Arc<dyn Service>,
    tickets: Arc<Tickets>,
) -> Result<(), Ended> {
    let mut wire = codec::wire(stream);
    if let Err(why) = peer {
        return refuse(wire, why).await;
    }
    let Some(frame) = timeout(HELLO_WITHIN, wire.next())
        .await
        .map_err(|_| Ended::NoHello)?
    else {
        return Ok(());
    };
    match codec::decode::<Hello>(&frame?) {
        Err(error) => refuse(wire, format!("not a hello: {error}")).await,
        Ok(Hello::Control { protocol, .. } | Hello::Stream { protocol, .. })
            if !Speaks::OURS.contains(protocol) =>
        {
            refuse_with(wire, refusal_of(protocol), Some(Speaks::OURS)).await
        }
        Ok(Hello::Stream { protocol, ticket }) => fetch(wire, protocol, &ticket, &tickets).await,
        Ok(Hello::Control {
            protocol,
            controller,
        }) => {
            let greeted = Greeted {
                protocol,
                controller,
            };
            control(wire, greeted, service, tickets).await
        }
    }
}

/// Who said hello.
struct Greeted {
    protocol: u32,
    controller: ControllerId,
}

async fn fetch(
    mut wire: Wire<UnixStream>,
    protocol: u32,
    ticket: &Ticket,
    tickets: &Tickets,
) -> Result<(), Ended> {
    let Some(open) = tickets.take(ticket) else {
        return refuse(
            wire,
            "the ticket is unknown, used or older than 10 s".into(),
        )
        .await;
    };
    wire.send(codec::encode(&HelloReply::StreamOpen)?).await?;
    stream::run(wire, protocol, open).await
}

async fn refuse(wire: Wire<UnixStream>, why: String) -> Result<(), Ended> {
    refuse_with(wire, why, None).await
}

async fn refuse_with(
    mut wire: Wire<UnixStream>,
    why: String,
    speaks: Option<Speaks>,
) -> Result<(), Ended> {
    let reply = HelloReply::Refused {
        why: why.clone(),
        speaks,
    };
    wire.send(codec::encode(&reply)?).await?;
    Err(Ended::Refused(why))
}

async fn control(
    mut wire: Wire<UnixStream>,
    greeted: Greeted,
    service: Arc<dyn Service>,
    tickets: Arc<Tickets>,
) -> Result<(), Ended> {
    let Greeted {
        protocol,
        controller,
    } = greeted;
    if let Err(why) = service.admit(&controller) {
        return refuse(wire, why).await;
    }
    let welcome = speaking(service.hello()?, protocol);
    wire.send(codec::encode(&welcome)?).await?;
    wire.codec_mut().set_max_frame_length(CONTROL_LIMIT_BYTES);
    let (sink, source) = wire.split();
    let (out, queue) = mpsc::channel(WRITE_QUEUE);
    let asked = Asked {
        service,
        tickets,
        controller,
        out,
    };
    // Either half that ends ends the connection, and with it every request that is under way.
    tokio::select! {
        ended = write_frames(sink, queue, protocol) => ended,
        ended = read_requests(source, asked) => ended,
    }
}

/// The service's own welcome says the newest number that it speaks.
fn speaking(mut welcome: HelloReply, spoken: u32) -> HelloReply {
    match &mut welcome {
        HelloReply::Welcome { protocol, .. } => *protocol = spoken,
        HelloReply::StreamOpen | HelloReply::Refused { .. } => {}
    }
    welcome
}

async fn write_frames(
    mut sink: SplitSink<Wire<UnixStream>, Bytes>,
    mut queue: mpsc::Receiver<FromAgent>,
    protocol: u32,
) -> Result<(), Ended> {
    while let Some(message) = queue.recv().await {
        let message = older::from_agent(message, protocol);
        sink.send(codec::encode(&message)?).await?;
    }
    Ok(())
}

/// Everything a request may need.
#[derive(Clone)]
struct Asked {
    service: Arc<dyn Service>,
    tickets: Arc<Tickets>,
    controller: ControllerId,
    out: mpsc::Sender<FromAgent>,
}

async fn read_requests(
    mut source: SplitStream<Wire<UnixStream>>,
    asked: Asked,
) -> Result<(), Ended> {
    let mut tasks = JoinSet::new();
    let mut subscribed = false;
    while let Some(frame) = source.next().await {
        let Request {
            id,
            request_id,
            body,
        } = codec::decode(&frame?)?;
        let first_subscription = matches!(body, RequestBody::Subscribe) && !subscribed;
        subscribed |= first_subscription;
        let asked = asked.clone();
        tasks.spawn(async move {
            // Listening begins before the answer, so that nothing is missed in between.
            let events = first_subscription.then(|| asked.service.events());
            let body = RequestId::scope_maybe(request_id, asked.answer(body)).await;
            // The receiver is gone only with the whole connection.
            let _ = asked.out.send(FromAgent::Reply(Reply { id, body })).await;
            if let Some(events) = events {
                asked.send_events(events).await;
            }
        });
        while tasks.try_join_next().is_some() {}
    }
    Ok(())
}

impl Asked {
    async fn answer(&self, body: RequestBody) -> ReplyBody {
        self.answered(body).await.unwrap_or_else(|error| {
            let (code, message) = match error {
                AgentError::Failed { code, message } => (code, message),
                other @ (AgentError::Refused(_) | AgentError::Unreachable(_)) => {
                    ("internal".into(), other.to_string())
                }
            };
            ReplyBody::Error(ErrorBody { code, message })
        })
    }

    async fn answered(&self, body: RequestBody) -> Result<ReplyBody, AgentError> {
        match body {
            RequestBody::Ping => Ok(ReplyBody::Pong),
            RequestBody::Subscribe => Ok(ReplyBody::Subscribed),
            RequestBody::Figures => {
                let figures = self.service.figures().await?;
                Ok(ReplyBody::Figures(Box::new(figures)))
            }
            RequestBody::Discovery(discovery) => {
                self.service.set_discovery(discovery).await?;
                Ok(ReplyBody::Taken)
            }
            RequestBody::Repair(repair) => {
                self.service.repair(repair).await?;
                Ok(ReplyBody::Taken)
            }
            RequestBody::Status => Ok(ReplyBody::Status(self.service.status().await?)),
            RequestBody::Apply(spec) if spec.controller != self.controller => {
                Err(AgentError::Failed {
                    code: "unknown_controller".into(),
                    message: "the wish names another controller than this connection".into(),
                })
            }
            RequestBody::Apply(spec) => {
                let wishes = Wishes::of(&spec);
                let outcomes = self.service.apply(spec).await?;
                wishes.tell(&outcomes);
                Ok(ReplyBody::Applied(outcomes))
            }
            RequestBody::Images(ask) => Ok(ReplyBody::Images(self.service.images(ask).await?)),
            RequestBody::Open(opening) => self.opened(opening).await,
        }
    }

    async fn opened(&self, opening: Opening) -> Result<ReplyBody, AgentError> {
        let opened = self.service.open(opening.clone()).await;
        tell_opening(&opening, opened.as_ref().map(|_| ()));
        let ticket = self.tickets.give(opened?);
        let ticket = ticket.ok_or_else(|| AgentError::Failed {
            code: "too_many_tickets".into(),
            message: "too many streams are open and not fetched".into(),
        })?;
        Ok(ReplyBody::Ticket(ticket))
    }

    /// First the status of every lab, then what changes; the same again for a reader that lagged.
    async fn send_events(&self, mut events: broadcast::Receiver<ClientEvent>) {
        if self.send_status().await.is_none() {
            return;
        }
        loop {
            let sent = match events.recv().await {
                Ok(ClientEvent::Agent(event)) => self.out.send(FromAgent::Event(event)).await.ok(),
                Ok(ClientEvent::Connected | ClientEvent::Disconnected { .. }) => Some(()),
                Err(broadcast::error::RecvError::Lagged(_)) => self.send_status().await,
                Err(broadcast::error::RecvError::Closed) => None,
            };
            if sent.is_none() {
                return;
            }
        }
    }

    /// None when the connection is gone.
    async fn send_status(&self) -> Option<()> {
        let Ok(status) = self.service.status().await else {
            return Some(());
        };
        let labs = status
            .labs
            .into_iter()
            .map(|(lab, status)| Event::Lab { lab, status });
        let removed = status
            .removed
            .into_iter()
            .map(|(lab, generation)| Event::LabRemoved { lab, generation });
        for event in labs.chain(removed) {
            self.out.send(FromAgent::Event(event)).await.ok()?;
        }
        Some(())
    }
}
