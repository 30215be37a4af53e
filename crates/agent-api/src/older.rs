//! What is sent, as the older protocol of a connection reads it. Pure.
//!
//! A server asks (`request`), an agent tells (`from_agent`), and both write on streams (`stream_frame`).
//! Wishes are read with unknown fields denied, so every field of theirs is named here, and every
//! variant of everything: who adds one decides here what an older reader gets in its place, or the
//! program does not build. A field that is added to what an agent tells is skipped by older readers,
//! and needs nothing.
//!
//! What comes in needs no rewriting: types of today read what older ones wrote, fields that are
//! missing have defaults, and `tests/fixtures/upgrade` holds us to it.

mod told;
mod wish;

use crate::message::{Event, FromAgent, Reply, ReplyBody, RequestBody};
use crate::stream::{Control, Opening, StreamFrame};

/// The last protocol that knows nothing of what 3 brings.
const TWO: u32 = 2;

/// From a server.
pub fn request(mut body: RequestBody, protocol: u32) -> RequestBody {
    if protocol > TWO {
        return body;
    }
    match &mut body {
        RequestBody::Apply(spec) => wish::host(spec),
        // What 2 cannot open it is not asked for: `can_open`.
        RequestBody::Open(_)
        | RequestBody::Status
        | RequestBody::Subscribe
        | RequestBody::Ping
        | RequestBody::Figures
        | RequestBody::Discovery(_)
        | RequestBody::Repair(_)
        // Nor for this: `knows_images`.
        | RequestBody::Images(_) => {}
    }
    body
}

/// Whether an agent of this protocol can open it.
pub fn can_open(opening: &Opening, protocol: u32) -> bool {
    match opening {
        Opening::Console { .. }
        | Opening::Exec { .. }
        | Opening::Logs { .. }
        | Opening::GetFile { .. }
        | Opening::PutFile { .. } => true,
        Opening::Port { .. } => protocol > TWO,
        Opening::Image(_) => knows_images(protocol),
    }
}

/// Whether an agent of this protocol knows of its host's images.
pub fn knows_images(protocol: u32) -> bool {
    protocol > TWO
}

/// From an agent.
pub fn from_agent(mut message: FromAgent, protocol: u32) -> FromAgent {
    if protocol > TWO {
        return message;
    }
    match &mut message {
        FromAgent::Reply(Reply { id: _, body }) => reply(body),
        FromAgent::Event(event) => match event {
            Event::Lab { lab: _, status } => told::lab(status),
            Event::LabRemoved { .. } | Event::Notice { .. } => {}
        },
    }
    message
}

fn reply(body: &mut ReplyBody) {
    match body {
        ReplyBody::Applied(outcomes) => outcomes.values_mut().for_each(told::outcome),
        ReplyBody::Status(status) => status.labs.values_mut().for_each(told::lab),
        ReplyBody::Subscribed
        | ReplyBody::Ticket(_)
        | ReplyBody::Pong
        | ReplyBody::Taken
        | ReplyBody::Error(_)
        | ReplyBody::Figures(_)
        | ReplyBody::Images(_) => {}
    }
}

/// From either.
pub fn stream_frame(frame: StreamFrame, protocol: u32) -> StreamFrame {
    if protocol > TWO {
        return frame;
    }
    match frame {
        known @ (StreamFrame::Data(_)
        | StreamFrame::Stderr(_)
        | StreamFrame::Control(
            Control::Resize(_)
            | Control::EndOfInput
            | Control::Replay { .. }
            | Control::Exit { .. }
            | Control::Failed { .. },
        )) => known,
    }
}
