//! One control connection, from the hello to its end.

use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::{Shared, socket};
use crate::client::{AgentError, ClientEvent};
use crate::codec::{self, CONTROL_LIMIT_BYTES, Wire};
use crate::message::{ErrorBody, FromAgent, Hello, HelloReply, ReplyBody, Request, RequestBody};
use crate::older;
use crate::protocol::{PROTOCOL, Speaks, nothing_common};

const HELLO_WITHIN: Duration = Duration::from_secs(5);
const PING_EVERY: Duration = Duration::from_secs(10);
/// An agent that says nothing for this long, pings included, hangs.
const SILENT_FOR: Duration = Duration::from_secs(40);
/// Requests not yet written to the socket.
const REQUEST_QUEUE: usize = 256;

/// Runs until the connection ends; the answer is why.
pub(super) async fn run(shared: &Shared) -> AgentError {
    match connect(shared).await {
        Ok((wire, hello, protocol)) => match serve(shared, wire, hello, protocol).await {
            Ok(()) => AgentError::Unreachable("the agent closed the connection".into()),
            Err(why) => AgentError::Unreachable(why.to_string()),
        },
        Err(why) => why,
    }
}

/// Also says which protocol the connection speaks. Ours is said first; each further one is older.
async fn connect(shared: &Shared) -> Result<(Wire<UnixStream>, HelloReply, u32), AgentError> {
    let mut said = PROTOCOL;
    loop {
        let hello = Hello::Control {
            protocol: said,
            controller: shared.controller.clone(),
        };
        let mut wire = dial(&shared.path).await?;
        match greet(&mut wire, &hello).await? {
            HelloReply::Refused { why, speaks } => said = older_than(said, why, speaks)?,
            HelloReply::StreamOpen => {
                return Err(AgentError::Refused("it took us for a stream".into()));
            }
            HelloReply::Welcome { protocol, .. } if protocol != said => {
                let why = format!("it answers protocol {protocol} to {said}");
                return Err(AgentError::Refused(why));
            }
            welcome @ HelloReply::Welcome { .. } => {
                wire.codec_mut().set_max_frame_length(CONTROL_LIMIT_BYTES);
                return Ok((wire, welcome, said));
            }
        }
    }
}

/// What to say next, where it was the protocol that the agent refused.
fn older_than(said: u32, why: String, speaks: Option<Speaks>) -> Result<u32, AgentError> {
    let Some(theirs) = speaks.or_else(|| Speaks::from_words(&why, said)) else {
        return Err(AgentError::Refused(why));
    };
    match Speaks::OURS.common(theirs) {
        Some(common) if common < said => Ok(common),
        Some(_) => Err(AgentError::Refused(why)),
        None => Err(AgentError::Refused(nothing_common(theirs))),
    }
}

/// A connection before its hello.
pub(super) async fn dial(path: &std::path::Path) -> Result<Wire<UnixStream>, AgentError> {
    let stream = socket::connect(path)
        .await
        .map_err(|error| AgentError::Unreachable(format!("{}: {error}", path.display())))?;
    Ok(codec::wire(stream))
}

/// Says hello and reads the answer.
pub(super) async fn greet(
    wire: &mut Wire<UnixStream>,
    hello: &Hello,
) -> Result<HelloReply, AgentError> {
    let broken = |error: &dyn std::fmt::Display| AgentError::Unreachable(error.to_string());
    let talk = async {
        let frame = codec::encode(hello).map_err(|error| broken(&error))?;
        // An agent that refuses by the peer's user alone may close without reading: its word is
        // there to be read all the same.
        let sent = wire.send(frame).await;
        match wire.next().await {
            Some(Ok(answer)) => codec::decode(&answer).map_err(|error| broken(&error)),
            Some(Err(error)) => Err(broken(&error)),
            None => Err(match sent {
                Ok(()) => broken(&"the agent closed the connection without a hello"),
                Err(error) => broken(&error),
            }),
        }
    };
    timeout(HELLO_WITHIN, talk)
        .await
        .unwrap_or_else(|_| Err(broken(&"the agent does not answer the hello")))
}

async fn serve(
    shared: &Shared,
    wire: Wire<UnixStream>,
    hello: HelloReply,
    protocol: u32,
) -> Result<(), std::io::Error> {
    let (sink, source) = wire.split();
    let (requests, queue) = mpsc::channel(REQUEST_QUEUE);
    let _ = requests.try_send(Request {
        id: 0,
        request_id: None,
        body: RequestBody::Subscribe,
    });
    {
        let mut link = shared.link();
        link.hello = Ok(hello);
        link.requests = Some(requests);
    }
    // Told when calls work already, and before the first event is read.
    let _ = shared.events.send(ClientEvent::Connected);
    // Reading and writing are two halves, so that neither side can wait for the other forever.
    // Dropping either half at any await loses nothing that outlives the connection.
    tokio::select! {
        ended = write_requests(shared, sink, queue, protocol) => ended,
        ended = read_frames(shared, source) => ended,
    }
}

async fn write_requests(
    shared: &Shared,
    mut sink: SplitSink<Wire<UnixStream>, bytes::Bytes>,
    mut queue: mpsc::Receiver<Request>,
    protocol: u32,
) -> Result<(), std::io::Error> {
    let mut ping = tokio::time::interval(PING_EVERY);
    loop {
        // `recv` and `tick` are both cancel-safe.
        let mut request = tokio::select! {
            request = queue.recv() => match request {
                Some(request) => request,
                None => return Ok(()),
            },
            _ = ping.tick() => Request { id: 0, request_id: None, body: RequestBody::Ping },
        };
        request.body = older::request(request.body, protocol);
        let frame = codec::encode(&request).map_err(std::io::Error::other)?;
        if frame.len() > CONTROL_LIMIT_BYTES {
            refuse(shared, request.id, frame.len());
            continue;
        }
        sink.send(frame).await?;
    }
}

/// Answers in the agent's place: it would have to end the connection.
fn refuse(shared: &Shared, id: u64, length_bytes: usize) {
    let waiting = shared.link().waiting.remove(&id);
    if let Some(waiting) = waiting {
        let message = format!(
            "a request of {length_bytes} bytes; an agent takes {CONTROL_LIMIT_BYTES} at most"
        );
        let _ = waiting.send(ReplyBody::Error(ErrorBody {
            code: "too_large".into(),
            message,
        }));
    }
}

async fn read_frames(
    shared: &Shared,
    mut source: SplitStream<Wire<UnixStream>>,
) -> Result<(), std::io::Error> {
    loop {
        let deadline = Instant::now() + SILENT_FOR;
        let frame = match tokio::time::timeout_at(deadline, source.next()).await {
            Ok(Some(frame)) => frame?,
            Ok(None) => return Ok(()),
            Err(_) => return Err(std::io::Error::other("the agent does not answer")),
        };
        match codec::decode::<FromAgent>(&frame).map_err(std::io::Error::other)? {
            FromAgent::Event(event) => {
                let _ = shared.events.send(ClientEvent::Agent(event));
            }
            FromAgent::Reply(reply) => {
                let waiting = shared.link().waiting.remove(&reply.id);
                if let Some(waiting) = waiting {
                    let _ = waiting.send(reply.body);
                }
            }
        }
    }
}
