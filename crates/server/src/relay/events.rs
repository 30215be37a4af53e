//! The event WebSocket: what was missed, then what comes, for this user alone.

use std::sync::Arc;
use std::time::Duration;

use api::event::{Frame, WatchEvents};
use axum::extract::ws::{Message, WebSocket, close_code};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use model::LabId;

use super::farewell::{close, part};
use crate::app::App;
use crate::auth::{Caller, Stay};
use crate::hub::{Published, Subscription, TooMuch};

const PING_EVERY: Duration = Duration::from_secs(20);
/// A client that does not answer pings for this long is gone.
const SILENCE: Duration = Duration::from_mins(1);
/// A client that does not take a frame for this long reads too slowly.
const SEND_WITHIN: Duration = Duration::from_secs(10);

/// The client's side of the socket, and what it may hear.
struct Listener {
    to_client: SplitSink<WebSocket, Message>,
    caller: Caller,
    query: WatchEvents,
}

/// The client is gone, or nothing more is to be told: the last frame to send.
struct Gone(Option<Message>);

pub async fn run_events(
    app: App,
    socket: WebSocket,
    caller: Caller,
    query: WatchEvents,
    stay: Stay,
) {
    let _open = app.metrics.event_stream();
    let (to_client, mut from_client) = socket.split();
    let mut listener = Listener {
        to_client,
        caller,
        query,
    };
    let Gone(last) = tokio::select! {
        gone = listener.run(&app) => gone,
        () = read_until_gone(&mut from_client) => Gone(None),
        () = stay.ended() => Gone(Some(close(close_code::POLICY, stay.why()))),
    };
    part(listener.to_client, from_client, last).await;
}

/// Nothing is expected from the client but its answers to pings.
async fn read_until_gone(from_client: &mut SplitStream<WebSocket>) {
    while let Ok(Some(Ok(message))) = tokio::time::timeout(SILENCE, from_client.next()).await {
        if matches!(message, Message::Close(_)) {
            return;
        }
    }
}

impl Listener {
    /// Tells until there is nobody to tell any more.
    async fn run(&mut self, app: &App) -> Gone {
        match self.tell(app).await {
            Ok(()) => Gone(None),
            Err(gone) => gone,
        }
    }

    async fn tell(&mut self, app: &App) -> Result<(), Gone> {
        let epoch = self.query.epoch.clone();
        let seen = epoch.as_deref().zip(self.query.after);
        let (subscription, missed) = app.hub.subscribe(seen);
        self.send_frame(&Frame::Hello {
            epoch: app.hub.epoch().into(),
            sequence: subscription.begun_at,
        })
        .await?;
        if let Err(TooMuch) = missed {
            self.send_frame(&Frame::Reload).await?;
        }
        self.follow(app, subscription).await
    }

    async fn follow(&mut self, app: &App, mut reader: Subscription) -> Result<(), Gone> {
        let mut ping = tokio::time::interval(PING_EVERY);
        loop {
            // Both arms are cancel-safe: `next` and `tick` lose nothing.
            tokio::select! {
                events = app.hub.next(&mut reader) => {
                    let Ok(events) = events else {
                        app.metrics.event_stream_lagged();
                        return Err(Gone(Some(close(close_code::AGAIN, "too slow"))));
                    };
                    self.pass_on(app, &events).await?;
                }
                _ = ping.tick() => self.send(Message::Ping(bytes::Bytes::new())).await?,
            }
        }
    }

    async fn pass_on(&mut self, app: &App, events: &[Arc<Published>]) -> Result<(), Gone> {
        for event in events {
            if self.wants(event.audience.lab()) && app.may_hear(&self.caller, event) {
                self.send(Message::Text(event.text.clone())).await?;
            }
        }
        Ok(())
    }

    /// Whether the client asked for events of this lab.
    fn wants(&self, lab: Option<LabId>) -> bool {
        match (self.query.lab, lab) {
            (Some(wanted), Some(lab)) => wanted == lab,
            (None, _) | (_, None) => true,
        }
    }

    async fn send_frame(&mut self, frame: &Frame) -> Result<(), Gone> {
        let text = serde_json::to_string(frame).map_err(|_| Gone(None))?;
        self.send(Message::Text(text.into())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Gone> {
        match tokio::time::timeout(SEND_WITHIN, self.to_client.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone(None)),
        }
    }
}
